"""What a visitor typed, in a place where Streamlit reads Markdown."""

from __future__ import annotations

import re

_SIGNS = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$:<>&@])")


def plain(text: str) -> str:
    """The text with every sign escaped that Markdown, LaTeX, emoji or colours could begin with."""
    return _SIGNS.sub(r"\\\1", " ".join(text.split()))
