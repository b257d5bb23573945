"""A new run that begins at a checkpoint of another: which epoch, and what to do otherwise from there."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from ddpm_core.config import TrainConfig
from ui import owner
from ui.controls import button
from ui.guard import guard
from ui.i18n import t
from ui.inline import plain
from ui.runs.store import just_started, store
from ui.runs.view import RunView

_OPEN, _TIMES, _EPOCHS = "train_branch", "train_branch_times", "train_branch_epochs"
"""The run whose dialog is open: the page redraws itself while a run trains, and has to draw the dialog again."""


def offer(run: RunView) -> None:
    """The button, for a run that has a checkpoint."""
    help_ = t("queue.branch_help") if run.epochs else t("queue.branch_too_early")
    button("queue.branch", "call_split", _open, run, help=help_, disabled=not run.epochs)


def times_opened() -> int:
    """What the button stood in is closed by becoming another one: it would lie over the dialog."""
    return int(st.session_state.get(_TIMES, 0))


def _open(run: RunView) -> None:
    st.session_state[_OPEN] = run.id
    # Those of this moment: while it is open the run goes on, and its epochs must not move under the learner's choice.
    epochs = [str(epoch) for epoch in run.epochs]
    shown = st.session_state.get("epoch")
    st.session_state[_EPOCHS] = epochs, shown if shown in epochs else epochs[-1]
    st.session_state[_TIMES] = times_opened() + 1


def show(run: RunView) -> None:
    """The dialog, if it is open for this run."""
    if st.session_state.get(_OPEN) == run.id:
        st.dialog(t("queue.branch_title", name=plain(run.name)), on_dismiss=_close)(_form)(run)


def _close() -> None:
    st.session_state.pop(_OPEN, None)


def _form(run: RunView) -> None:
    with guard():
        st.caption(t("queue.branch_words"))
        epochs, shown = st.session_state[_EPOCHS]
        at = st.segmented_control(t("queue.branch_epoch"), epochs, default=shown, required=True)
        config = None
        with guard():
            config = _changed(run.config)
        usual = t("queue.branch_name", name=run.name, epoch=at)
        key = f"{_OPEN}_name_{times_opened()}"  # one field, whatever name is suggested
        new_name = st.text_input(t("queue.name"), placeholder=usual, max_chars=60, key=key).strip() or usual
        if not owner.may_start():
            st.caption(t("queue.closed"))
        ready = config is not None and owner.may_start()
        pressed = button("queue.branch_start", "play_arrow", type="primary", disabled=not ready)
        if pressed and config is not None and ready:
            started = just_started()
            started.append(store().branch(run.id, int(str(at)), config, new_name, owner.owner()))
            _close()
            st.rerun()


def _changed(config: TrainConfig) -> TrainConfig:
    """The settings that may differ: what the network looks like and learns from is given. Raises ValueError."""
    left, right = st.columns(2)
    with left:
        epochs = st.number_input(t("train.epochs"), value=config.num_epochs, step=1)
        batch = st.number_input(t("train.batch"), value=config.batch_size, step=1)
    with right:
        rate = st.number_input(t("train.lr"), value=config.learning_rate, format="%g", step=0.0005)
        seed = st.number_input(t("train.seed"), value=config.seed, step=1)
    return replace(config, num_epochs=epochs, batch_size=batch, learning_rate=rate, seed=seed)
