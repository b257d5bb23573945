"""The peers' environment: made by the benchmark, beside the project's own and leaving it alone."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".cache" / "peers"
PEERS = (
    "denoising-diffusion-pytorch==2.3.4",
    "torchvision==0.28.0",
    "accelerate==1.15.0",
    "einops==0.8.2",
    "ema-pytorch==0.8.3",
)
"""Installed without what they depend on: torch, diffusers and NumPy are the project's own, so that all are equal."""


def peers_python() -> Path:
    """The Python of the peers' environment, which is made if it is not there or its list has changed."""
    python = FOLDER / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    listed = FOLDER / "peers.txt"
    if not (listed.exists() and listed.read_text(encoding="utf-8") == "\n".join(PEERS)):
        print(f"Installing the peers into {FOLDER.relative_to(ROOT)} (once)", flush=True)
        venv.create(FOLDER, with_pip=False, clear=True)
        command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", *PEERS]
        subprocess.run(command, check=True)
        ours = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
        theirs = sysconfig.get_path("purelib", "venv", {"base": str(FOLDER), "platbase": str(FOLDER)})
        (Path(theirs) / "ours.pth").write_text("\n".join(sorted(ours)) + "\n", encoding="utf-8")
        listed.write_text("\n".join(PEERS), encoding="utf-8")
    return python
