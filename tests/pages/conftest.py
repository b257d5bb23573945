"""Who looks at a page, and a run on points to look at."""

from __future__ import annotations

import pytest
import streamlit as st

from ddpm_core.runs.folder import RunFolder
from tests.support.pages import Visitor
from tests.support.points import train_points
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


@pytest.fixture(scope="session")
def trained_points(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """Not to be written to: `adopted` makes a copy."""
    return train_points(tmp_path_factory.mktemp("points") / "run")
