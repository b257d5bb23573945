"""Who looks at a page."""

from __future__ import annotations

import pytest
import streamlit as st

from tests.support.pages import Visitor
from ui.owner import COOKIE


@pytest.fixture
def visitor(monkeypatch: pytest.MonkeyPatch) -> Visitor:
    """Whoever opens a page from now on; at first somebody at the server's own computer, without a teacher."""
    visitor = Visitor()
    seen = type(st.context)
    monkeypatch.setattr(seen, "ip_address", property(lambda _: visitor.address))
    monkeypatch.setattr(seen, "cookies", property(lambda _: {COOKIE: visitor.token} if visitor.token else {}))
    monkeypatch.delenv("DDPM_TEACHER_CODE", raising=False)
    return visitor
