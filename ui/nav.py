"""The one table of pages: navigation, links and tests all read it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from ui.i18n import t

PAGES_DIR = Path(__file__).resolve().parent.parent / "pages"


@dataclass(frozen=True)
class PageEntry:
    """One page: pages/<name>/page.py, shown at /<name>, titled by the string nav.<name>."""

    name: str
    section: str
    """The string nav.section_<section> heads it; "" stands above all sections."""
    icon: str
    """A Material symbol, without the `:material/…:` around it."""


PAGES = (
    PageEntry("home", "", "home"),
    PageEntry("data", "understand", "dataset"),
    PageEntry("add_noise", "understand", "grain"),
    PageEntry("train", "train", "model_training"),
    PageEntry("compare", "train", "compare_arrows"),
    PageEntry("generate", "generate", "auto_awesome"),
)
HOME = PAGES[0].name


def streamlit_page(entry: PageEntry) -> st.Page:
    """The entry as Streamlit wants it, titled in the visitor's language."""
    return st.Page(
        PAGES_DIR / entry.name / "page.py",
        title=t(f"nav.{entry.name}"),
        icon=f":material/{entry.icon}:",
        url_path=entry.name,
        default=entry.name == HOME,
    )


def sections() -> dict[str, list[st.Page]]:
    """All pages under their translated section headings, for st.navigation."""
    grouped: dict[str, list[st.Page]] = {}
    for entry in PAGES:
        heading = t(f"nav.section_{entry.section}") if entry.section else ""
        grouped.setdefault(heading, []).append(streamlit_page(entry))
    return grouped


def link(name: str, label: str = "", **query: object) -> None:
    """A link to another page of the table, carrying `query` in its URL: `link("generate", run=run_id, epoch=9)`."""
    entry = next((entry for entry in PAGES if entry.name == name), None)
    if entry is None:
        raise ValueError(f"page is {name!r}; allowed: {', '.join(entry.name for entry in PAGES)}.")
    params = {key: str(value) for key, value in query.items()}
    st.page_link(streamlit_page(entry), label=label or None, icon=f":material/{entry.icon}:", query_params=params)
