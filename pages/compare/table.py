"""The runs beside each other: how far they are, what came out, and which settings differ."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import prod
from pathlib import Path

import streamlit as st
from safetensors import SafetensorError, safe_open

from ddpm_core.runs.comparison import differing, flat
from pages.compare import words
from pages.compare.choice import Lettered
from ui import theme
from ui.i18n import t
from ui.runs.view import RunView, name_of
from ui.runs.words import duration

STYLE = Path(__file__).with_name("compare.css")


def style() -> None:
    """The look of the table and the strips; the runs' colours follow the theme."""
    colours = "".join(f"--run-{k}: light-dark({c.light}, {c.dark});\n" for k, c in zip("ABCD", theme.RUNS, strict=True))
    st.html(f"<style>.compare {{{theme.css()}{colours}}}{STYLE.read_text(encoding='utf-8')}</style>")


def badge(one: Lettered) -> str:
    """The run's letter on its colour."""
    return f'<b class="badge" style="--mine:var(--run-{one.letter})">{one.letter}</b>'


def html(runs: Sequence[Lettered], every_setting: bool) -> str:
    """A column for each run; the settings that differ, or all of them with those marked."""
    heads = "".join(f'<th scope="col">{badge(one)} {escape(one.run.name)}{_progress(one)}</th>' for one in runs)
    rows = [_row(t("compare.trained"), [_trained(one.run) for one in runs])]
    rows.append(_row(t("compare.held_out"), [_held_out(one.run) for one in runs]))
    settings = [flat(one.run.config) for one in runs]
    different = differing([one.run.config for one in runs])
    names = dict.fromkeys(name for values in settings for name in values) if every_setting else different
    if every_setting:
        rows.append(_row(t("compare.parameters"), [f"{n:,}" if (n := _parameters(one.run)) else "–" for one in runs]))
    for name in names:
        cells = [words.value(name, values.get(name)) for values in settings]
        rows.append(_row(words.setting(name), cells, differs=name in different))
    begun = [_begins(one.run) for one in runs]
    if any(one.run.record and one.run.record.begun_with for one in runs):
        rows.append(_row(t("compare.begins"), begun, differs=len(set(begun)) > 1))
    if not different and len(set(begun)) == 1 < len(runs):
        rows.append(f'<tr><td></td><td class="same" colspan="{len(runs)}">{escape(t("compare.same"))}</td></tr>')
    return (
        f'<div class="compare scroll"><table style="--n:{len(runs)}"><thead><tr><td></td>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _row(name: str, cells: Sequence[str], differs: bool = False) -> str:
    marked = ' class="differs"' if differs else ""
    inside = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    return f'<tr{marked}><th scope="row">{escape(name)}</th>{inside}</tr>'


def _trained(run: RunView) -> str:
    """How far it is and how long that took."""
    done, total = run.ends[-1].epoch if run.ends else 0, run.config.num_epochs
    state = t("compare.is_shipped") if run.record is None else t(f"train.status_{run.record.status}")
    if not run.ends:
        return state
    return t("compare.progress", state=state, done=done, total=total, time=duration(run.ends[-1].seconds))


def _held_out(run: RunView) -> str:
    return f"{run.ends[-1].val_loss_ema:.4f}" if run.ends else "–"


def _begins(run: RunView) -> str:
    """With which weights: a branch with those of another run; unknown of one that was imported."""
    record = run.record
    if record and record.begun_with:
        parent, epoch = record.begun_with
        return t("compare.begins_with", name=name_of(parent), epoch=epoch)
    imported = record is not None and record.status == "finished" and record.started is None
    return "–" if imported else t("compare.begins_anew")


def _progress(one: Lettered) -> str:
    """A bar under the name of a run that trains."""
    record = one.run.record
    if not one.run.alive or record is None or not record.total_steps:
        return ""
    percent = round(100 * min(1.0, record.step / record.total_steps))
    return (
        f'<i role="progressbar" aria-label="{escape(one.label)}" aria-valuenow="{percent}" aria-valuemin="0" '
        f'aria-valuemax="100"><u style="width:{percent}%;background:var(--run-{one.letter})"></u></i>'
    )


def _parameters(run: RunView) -> int:
    """Weights of the network, counted in its newest checkpoint; 0 where there is none."""
    return _count(run.folder.checkpoint(run.epochs[-1])) if run.folder and run.epochs else 0


@st.cache_data(max_entries=64, show_spinner=False)
def _count(checkpoint: Path) -> int:
    try:
        with safe_open(checkpoint, framework="numpy") as file:
            return sum(prod(file.get_slice(name).get_shape()) for name in file.keys())  # noqa: SIM118
    except (SafetensorError, OSError):  # a damaged file; whoever wants its weights will be told
        return 0
