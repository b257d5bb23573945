"""The form of the page Train: a preset, the knobs that matter in a lesson, and the button that queues the run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from ddpm_core.config import DataConfig, TrainConfig
from ddpm_core.data import load_dataset
from ddpm_core.presets import PRESETS
from ui import state
from ui.guard import guard
from ui.i18n import t
from ui.runs import store
from ui.state import Value
from ui.views.train_controls import number, select
from ui.views.train_words import preset_label, roughly

DATASETS = ("sprites", "mnist")
DRAWN = ("sprites",)
PREDICTIONS = ("eps", "x0", "v")
KNOBS = ("epochs", "batch", "lr", "prediction", "pictures", "channels", "seed")
MNIST_PICTURES = 60_000
PICTURES_PER_SECOND = {
    "sprites": 450,
    "sprites_quick": 750,
    "mnist_quick": 800,
    "course_sprites": 400,
    "cs180_one_step": 150,
    "cs180_time": 150,
    "cs180_class": 150,
}
"""Measured on two cores of a server, rounded down; the first run of the same network here takes their place."""
_ANY = 10**9
_PRESET_BEFORE = "train_preset"


@dataclass(frozen=True)
class Knobs:
    """What the form holds, right or wrong."""

    epochs: int
    batch: int
    lr: float
    prediction: str
    pictures: int
    channels: int
    seed: int
    name: str


def new_run() -> None:
    """Draw the form. Start queues its run and chooses it; a wrong value is explained and stays where it is."""
    bar = st.container(key="train_form", horizontal=True, vertical_alignment="bottom", gap="xsmall")
    with bar:
        dataset = select(
            t("train.dataset"), "dataset", DATASETS, DATASETS[0], lambda name: t(f"train.dataset_{name}"), width=112
        )
        presets = [name for name, preset in PRESETS.items() if preset.data.name == dataset]
        preset = select(
            t("train.preset"),
            "preset",
            presets,
            f"{dataset}_quick",
            preset_label,
            help=t("train.preset_help"),
            width=176,
        )
        knobs = _knobs(preset)
    config = None
    with guard():
        wanted = _config(PRESETS[preset], knobs)
        _require_pictures(wanted.data)
        config = wanted
        st.caption(_estimate(preset, config))
    with bar:
        started = st.button(t("train.start"), type="primary", icon=":material/play_arrow:", disabled=config is None)
    if started and config is not None:
        with guard():
            st.session_state["run"] = store().enqueue(config, knobs.name.strip() or preset)


def _knobs(preset_name: str) -> Knobs:
    preset = PRESETS[preset_name]
    _forget_knobs_of_another(preset_name)
    epochs = _number("epochs", preset.num_epochs, 84)
    batch = _number("batch", preset.batch_size, 84)
    lr = _number("lr", preset.learning_rate, 104, format="%g", step=0.0005)
    prediction = select(
        t("train.prediction"),
        "prediction",
        PREDICTIONS,
        preset.prediction_type,
        lambda kind: t(f"train.prediction_{kind}"),
        help=t("train.prediction_help"),
        width=104,
    )
    with st.popover(t("train.more"), icon=":material/tune:"):
        pictures = _number("pictures", preset.data.num_pictures)
        channels = _number("channels", preset.unet.base_channels, step=8)
        seed = _number("seed", preset.seed)
        name = st.text_input(t("train.name"), key="train_name", max_chars=40, help=t("train.name_help"))
    return Knobs(epochs, batch, lr, prediction, pictures, channels, seed, name)


def _number(knob: str, default: Value, width: int | str = "stretch", **more: Any) -> Value:
    """Any number may be typed: the config knows what is allowed, and says so."""
    more = {"step": 1, "help": t(f"train.{knob}_help"), "width": width, **more}
    return number(t(f"train.{knob}"), knob, -_ANY, _ANY, default, **more)


def _forget_knobs_of_another(preset: str) -> None:
    """Another preset brings its own values; on arrival those of the URL count."""
    before = st.session_state.get(_PRESET_BEFORE)
    st.session_state[_PRESET_BEFORE] = preset
    if before == preset or KNOBS[0] not in st.session_state:
        return
    for knob in KNOBS:
        st.session_state.pop(knob, None)
        state.publish(knob, None, None)


def _config(preset: TrainConfig, knobs: Knobs) -> TrainConfig:
    """The preset with the form's values. Raises ValueError for what cannot be trained."""
    return replace(
        preset,
        num_epochs=knobs.epochs,
        batch_size=knobs.batch,
        learning_rate=knobs.lr,
        prediction_type=knobs.prediction,
        seed=knobs.seed,
        data=replace(preset.data, num_pictures=knobs.pictures),
        unet=replace(preset.unet, base_channels=knobs.channels),
    )


def _require_pictures(data: DataConfig) -> None:
    """Raises ValueError, with the remedy, where there is no picture to be had."""
    try:
        _look_for_pictures(data.name, min(data.num_pictures, 1))
    except (ValueError, OSError) as error:
        missing = t("train.no_files") + "\n\n" if data.name not in DRAWN else ""
        raise ValueError(f"{missing}{error}") from error


@st.cache_data(show_spinner=False)
def _look_for_pictures(name: str, num: int) -> None:
    load_dataset(DataConfig(name, num_pictures=num), "train")


def _estimate(preset: str, config: TrainConfig) -> str:
    """How long the run will take: by the last run of this network here, else by what two CPU cores were seen to do."""
    pictures = config.data.num_pictures or MNIST_PICTURES
    speeds = (
        run.pictures_per_second
        for run in store().runs()
        if run.pictures_per_second and run.config.unet == config.unet and run.config.data.name == config.data.name
    )
    here = next(speeds, 0.0)
    # Half the channels have been seen to be about twice as fast.
    typical = PICTURES_PER_SECOND[preset] * PRESETS[preset].unet.base_channels / config.unet.base_channels
    words = roughly(pictures * config.num_epochs / (here or typical))
    work = t("train.work", pictures=f"{pictures:,}", epochs=config.num_epochs)
    return f"{work} {t('train.takes_here', time=words) if here else t('train.takes', time=words)}"
