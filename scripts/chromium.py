"""Finds the Chromium of this machine for the browser tests; with --install, asks apt for it where that is possible."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
PACKAGES = ("chromium", "fonts-noto-cjk")


def find_chromium() -> str | None:
    """Path of a Chromium (DDPM_CHROMIUM names one), or None."""
    candidates = (os.environ.get("DDPM_CHROMIUM"), *map(shutil.which, NAMES), *PLACES)
    return next((path for path in candidates if path and Path(path).is_file()), None)


def required() -> bool:
    """In CI a missing browser is a failure, elsewhere its tests are skipped."""
    return os.environ.get("DDPM_REQUIRE_BROWSER") == "1"


def install() -> None:
    """Chromium and Chinese fonts from apt, if this is root on a machine that has it; failing is not an error."""
    if shutil.which("apt-get") is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *PACKAGES]):
        subprocess.run(["apt-get", "-qq", *command], check=False, stdin=subprocess.DEVNULL, env=environment)


def main() -> int:
    if find_chromium() is None and "--install" in sys.argv[1:]:
        install()
    path = find_chromium()
    missing = "No Chromium found: install one or name it in DDPM_CHROMIUM. The browser tests"
    print(f"Browser tests use {path}." if path else f"{missing} {'fail' if required() else 'are skipped'}.")
    return 1 if path is None and required() else 0


if __name__ == "__main__":
    sys.exit(main())
