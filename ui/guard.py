"""Errors become sentences: in place for what a learner can put right, an apology and a log line for the rest."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from ui.errors import message_of
from ui.i18n import t

log = logging.getLogger("ddpm_lab")


@contextmanager
def guard() -> Iterator[None]:
    """Show a ValueError or OSError raised inside as a message in its place; the page goes on after the block.

    Works as `with guard():` around what belongs together, and as `@guard()` on a function that draws a part of a page.
    """
    try:
        yield
    except (ValueError, OSError) as error:
        log.warning("shown on the page: %s", error, exc_info=True)
        st.error(message_of(error), icon=":material/error:")


def apologise(error: Exception) -> bool:
    """st.App's last resort for what no guard caught: say so and hide the traceback, which Streamlit has logged."""
    st.error(t("error.unexpected", kind=type(error).__name__), icon=":material/bug_report:")
    return True
