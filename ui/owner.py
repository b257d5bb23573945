"""Whose browser this is, and what it may do: manage its own runs, and all of them with the teacher's code.

Each browser gets a token in a cookie, without asking for a name. The store knows a hash of it only: who reads the
database cannot pretend to be somebody else. docs/decisions/0005-whose-run-it-is.md says why it is as it is.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import threading
import time

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ddpm_core.data import data_dir
from jobs.store.records import RunRecord
from ui.runs.store import store

COOKIE = "ddpm_lab_owner"
DATASET_OWNER = "owner"
"""A file in a dataset's folder: the hash of the token of the browser that made it."""
YEAR = 365 * 24 * 3600
WRONG_CODE_SECONDS = 1.0
"""What a wrong code costs, one after the other for all browsers together: guessing four digits takes hours."""
_TOKEN = re.compile(r"[0-9a-f]{32}")
_ENTERED = "teacher_entered"
_teachers: set[str] = set()
_one_at_a_time = threading.Lock()


class OwnerCookie:
    """ASGI middleware: gives a browser its token with the page itself, out of reach of the page's scripts."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; an HTML page leaves with the cookie, old or new, good for another year."""
        if scope["type"] != "http" or "text/html" not in HTTPConnection(scope).headers.get("accept", ""):
            await self.app(scope, receive, send)
            return
        token = HTTPConnection(scope).cookies.get(COOKIE, "")
        if not _TOKEN.fullmatch(token):
            token = secrets.token_hex(16)
        cookie = f"{COOKIE}={token}; Max-Age={YEAR}; Path=/; HttpOnly; SameSite=Lax"
        if scope.get("scheme") == "https":
            cookie += "; Secure"

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("set-cookie", cookie)
            await send(message)

        await self.app(scope, receive, send_with_cookie)


def owner() -> str:
    """This browser, as the store knows it; empty where it keeps no cookies."""
    token = str(st.context.cookies.get(COOKIE, ""))
    return hashlib.sha256(token.encode()).hexdigest()[:32] if _TOKEN.fullmatch(token) else ""


def is_shared() -> bool:
    """Whether it matters whose run is whose: a teacher has set a code, or the visitor sits at another computer."""
    return has_teacher() or st.context.ip_address is not None  # None: the computer that the server runs on


def has_teacher() -> bool:
    """Whether this server knows a teacher's code."""
    return bool(_code())


def is_teacher() -> bool:
    """Whether the teacher's code was entered in this browser; without cookies, in this tab."""
    return has_teacher() and (owner() in _teachers or bool(st.session_state.get(_ENTERED)))


def may_manage(record: RunRecord) -> bool:
    """Whether this browser may stop, change or delete a run: its own, one that is everybody's, or any as a teacher."""
    return not is_shared() or record.owner in ("", owner()) or is_teacher()


def claim_dataset(name: str) -> None:
    """Note that this browser has made a dataset; who made it, may delete it."""
    (data_dir() / name / DATASET_OWNER).write_text(owner(), encoding="utf-8")


def may_delete_dataset(name: str) -> bool:
    """As with runs; but one that nobody has made on a page, in a class with a teacher, is the teacher's."""
    if not is_shared() or is_teacher():
        return True
    path = data_dir() / name / DATASET_OWNER
    whose = path.read_text(encoding="utf-8") if path.is_file() else ""
    return whose == owner() if whose else not has_teacher()


def is_mine(record: RunRecord) -> bool:
    """Whether to mark a run as this browser's own, where there are others."""
    return is_shared() and record.owner == owner() != ""


def may_start() -> bool:
    """Whether the queue takes a run of this browser."""
    return not has_teacher() or is_teacher() or not store().queue_closed


def enter_code(code: str) -> bool:
    """Become a teacher; False, and a moment's wait, for a wrong code."""
    if not has_teacher():
        return False
    with _one_at_a_time:
        if not hmac.compare_digest(code.strip().encode(), _code().encode()):
            time.sleep(WRONG_CODE_SECONDS)
            return False
    st.session_state[_ENTERED] = True
    if owner():
        _teachers.add(owner())
    return True


def leave() -> None:
    """Be a teacher no longer."""
    st.session_state.pop(_ENTERED, None)
    _teachers.discard(owner())


def _code() -> str:
    return os.environ.get("DDPM_TEACHER_CODE", "").strip()
