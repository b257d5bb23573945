"""docs/benchmarks.md: every benchmark writes its own section, and leaves the others as they are."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from pathlib import Path

import torch

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def machine() -> str:
    """What the numbers were measured on."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    bfloat16 = "with" if torch.cpu._is_avx512_bf16_supported() else "without"
    return f"{os.cpu_count()} cores ({platform.machine()}, {bfloat16} bfloat16 instructions), torch {torch.__version__}"


def in_words(ceilings: dict[str, float]) -> str:
    """What convolutions reach, by precision: it tells machines of the same description apart."""
    return ", ".join(f"{precision} {flops / 1e9:.0f} GFLOP/s" for precision, flops in ceilings.items())


def publish(title: str, body: str) -> None:
    """Print a section and put it in the place of the one of the same title, or at the end."""
    section = f"## {title}\n\n{body.strip()}\n"
    print(f"\n{section}", flush=True)
    page = PAGE.read_text(encoding="utf-8")
    there = re.compile(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    page = there.sub(lambda _: section + "\n", page) if there.search(page) else f"{page.rstrip()}\n\n{section}"
    PAGE.write_text(page.rstrip() + "\n", encoding="utf-8")
