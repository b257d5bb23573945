"""What an exhibit asks the pool for: requests on their way, the last answer until the next, cancel, errors."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import streamlit as st

from jobs.pool import pool
from jobs.pool.protocol import TaskRequest
from ui.controls import button
from ui.errors import message_of
from ui.i18n import t
from ui.inline import plain

Request = TypeVar("Request", bound=TaskRequest)
POLL_SECONDS = 0.4


def asked(key: str, task: str) -> Asked[Any]:
    """What the exhibit `key` has asked of one task in this session."""
    kept: Asked[Any] = st.session_state.setdefault(f"asked:{key}", Asked(key, task))
    return kept


@dataclass(frozen=True)
class Answer(Generic[Request]):
    """A result, and what it answers."""

    request: Request
    value: Any
    shipped: bool = False
    """Whether it came with the app instead of being computed here."""


@dataclass
class Asked(Generic[Request]):
    """The requests of one exhibit. Requests are frozen dataclasses, so that each is the key of its own answer."""

    key: str
    task: str
    answers: dict[Request, Answer[Request]] = field(default_factory=dict)
    errors: dict[Request, Exception] = field(default_factory=dict)
    cancelled: set[Request] = field(default_factory=set)
    latest: Answer[Request] | None = None
    """What an exhibit shows, dimmed if need be, until there is something newer."""
    _running: dict[Request, pool.Request] = field(default_factory=dict)
    _steps_done: int = 0
    """Of requests that have ended while others are still on their way."""

    def want(
        self, *requests: Request, at_once: int = 0, shipped: Callable[[Request], Any | None] = lambda _: None
    ) -> None:
        """Ask for these, in this order, `at_once` (0: all) at a time; what is no longer wanted is cancelled.

        What is answered, failed or was cancelled is not asked for again: `forget_failures` does that. `shipped` knows
        answers that came with the app.
        """
        for request in self._running.keys() - set(requests):
            self._running.pop(request).cancel()
        self.cancelled &= set(requests)
        self.collect()
        free = at_once - len(self._running) if at_once else len(requests)
        for request in requests:
            if request in self.answers:
                self.latest = self.answers[request]
            elif (ready := shipped(request)) is not None:
                self._keep(Answer(request, ready, shipped=True))
            elif free > 0 and not self._is_settled(request):
                self._submit(request)
                free -= request not in self.answers
        self.answers = {request: answer for request, answer in self.answers.items() if request in requests}

    def look_up(self, request: Request) -> Any | None:
        """The result, if anybody has asked for it before and it is still kept; nothing is computed."""
        if request not in self.answers and (value := pool.look_up(self.task, request)) is not None:
            self._keep(Answer(request, value))
        return self.answers[request].value if request in self.answers else None

    def collect(self) -> None:
        """Take in what has ended meanwhile."""
        for request, handle in list(self._running.items()):
            if handle.state == "running":
                continue
            del self._running[request]
            self._steps_done = self._steps_done + handle.progress[1] if self._running else 0
            try:
                self._keep(Answer(request, handle.result()))
            except CancelledError:
                self.cancelled.add(request)
            except (ValueError, OSError) as error:
                self.errors[request] = error

    def cancel(self) -> None:
        """Wait no longer for anything."""
        self.cancelled |= self._running.keys()
        for handle in self._running.values():
            handle.cancel()
        self._running.clear()

    def forget_failures(self) -> None:
        """Let the next `want` try again."""
        self.errors.clear()
        self.cancelled.clear()

    @property
    def running(self) -> tuple[Request, ...]:
        """Requests on their way, as of the last `want` or `collect`."""
        return tuple(self._running)

    @property
    def ended(self) -> bool:
        """Whether one of them has ended since: then the page is to be drawn anew."""
        return any(handle.state != "running" for handle in self._running.values())

    @property
    def progress(self) -> tuple[int, int]:
        """Steps done and in all, over those asked for together; (0, 0) while none has begun."""
        known = [handle.progress for handle in self._running.values()]
        most = max((total for _, total in known), default=0)  # one that has not begun has as many as the others
        before = self._steps_done
        return before + sum(done for done, _ in known), before + sum(total or most for _, total in known)

    @property
    def messages(self) -> list[str]:
        """Why requests failed, each reason once, in the visitor's language."""
        return sorted({message_of(error) for error in self.errors.values()})

    def _submit(self, request: Request) -> None:
        try:
            self._running[request] = pool.submit(self.task, request)
        except (ValueError, OSError) as error:
            self.errors[request] = error
        self.collect()

    def _is_settled(self, request: Request) -> bool:
        return request in self._running or request in self.errors or request in self.cancelled

    def _keep(self, answer: Answer[Request]) -> None:
        self.answers[answer.request] = self.latest = answer


def show_progress(asked: Asked[Any], words: Callable[[int, int], str]) -> bool:
    """A bar while the pool works, with a button to stop it; why it failed, or that it was stopped, and a way to go on.

    `words` says how far it is, from the steps done and in all (0 while the pool gets ready). False: nothing to say.
    """
    if asked.running:
        st.fragment(_bar, run_every=POLL_SECONDS)(asked, words)
        return True
    if not asked.errors and not asked.cancelled:
        return False
    with st.container(horizontal=True, vertical_alignment="center"):
        for message in asked.messages:
            st.error(plain(message), icon=":material/error:", width="stretch")
        if not asked.errors:
            st.markdown(t("common.cancelled"), width="content")
        button("common.again", "refresh", asked.forget_failures, key=f"{asked.key}_again")
    return True


def _bar(asked: Asked[Any], words: Callable[[int, int], str]) -> None:
    if asked.ended or not asked.running:
        st.rerun()
    done, total = asked.progress
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(min(1.0, done / total) if total else 0.0, text=words(done, total), width="stretch")
        if button("common.cancel", "close", key=f"{asked.key}_cancel"):
            asked.cancel()
            st.rerun()


def dim(container_key: str) -> None:
    """Show a container as out of date: what it holds answers an earlier question."""
    st.html(f"<style>.st-key-{container_key} {{ opacity: 0.45; }}</style>")
