"""The form of the page Train: a preset, the settings that matter in a lesson, and the button that queues the run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from ddpm_core.config import PredictionType, TrainConfig
from ddpm_core.data import dataset_names
from ddpm_core.data.idx_sets import IDX_SETS
from jobs.store.forecast import speed_here
from pages.train import presets
from ui import datasets, nav, state
from ui.controls import button, number, segmented, select
from ui.guard import guard
from ui.i18n import t
from ui.owner import may_start, owner
from ui.runs.store import just_started, store
from ui.runs.words import roughly
from ui.state import Number

PREDICTIONS: tuple[PredictionType, ...] = ("eps", "x0", "v")
SETTINGS = ("epochs", "batch", "lr", "prediction", "pictures", "channels", "flip", "shift", "seed")
_ANY = 10**9
_PRESET_BEFORE = "train_preset"


def new_run() -> None:
    """Draw the form. Start queues its run and chooses it; a wrong value is explained and stays where it is."""
    bar = st.container(key="train_form", horizontal=True, vertical_alignment="bottom", gap="xsmall")
    with bar:
        names = dataset_names()
        dataset = select("train.dataset", names, names[0], datasets.label, width=132)
        offered = presets.offered(dataset)
        known = list(offered)
        preset = select("train.preset", known, known[0], width=176)
    config, ready, run_name = None, False, ""
    with guard():
        with bar:
            wanted, run_name = _settings(offered[preset], f"{dataset}/{preset}")
        presets.require_pictures(wanted.data)
        config = wanted
        st.caption(_estimate(preset, config) if may_start() else t("queue.closed"))
        ready = may_start()
    if config is None and dataset in IDX_SETS:
        nav.link("data", t("train.to_download"), dataset=dataset)
    with bar:
        started = button("train.start", "play_arrow", type="primary", disabled=not ready)
    if started and config is not None and ready:
        with guard():
            started_runs = just_started()
            started_runs.append(store().enqueue(config, run_name or _name(preset, dataset), owner()))


def _name(preset: str, dataset: str) -> str:
    """What a run is called that nobody has named."""
    return dataset if preset == presets.FITTED else preset


def _settings(preset: TrainConfig, whose: str) -> tuple[TrainConfig, str]:
    """The preset with the form's values, and the run's name. Raises ValueError for what cannot be trained."""
    _forget_settings_of_another(whose)
    epochs = _number("epochs", preset.num_epochs, 84)
    batch = _number("batch", preset.batch_size, 84)
    lr = _number("lr", preset.learning_rate, 104, format="%g", step=0.0005)
    prediction = select("train.prediction", PREDICTIONS, preset.prediction_type, width=104)
    with st.popover(t("train.more"), icon=":material/tune:"):
        pictures = _number("pictures", preset.data.num_pictures)
        channels = _channels(preset)
        flip, shift = _augmentation(preset)
        seed = _number("seed", preset.seed)
        name = st.text_input(t("train.name"), key="train_name", max_chars=40, help=t("train.name_help"))
    config = replace(
        preset,
        num_epochs=epochs,
        batch_size=batch,
        learning_rate=lr,
        prediction_type=prediction,
        seed=seed,
        data=replace(preset.data, num_pictures=pictures, flip=flip, shift=shift),
        unet=preset.unet if preset.mlp else replace(preset.unet, base_channels=channels),
        mlp=replace(preset.mlp, width=channels) if preset.mlp else None,
    )
    return config, name.strip()


def _channels(preset: TrainConfig) -> int:
    """How wide the network is: the U-Net's first level, or each layer of the MLP for points."""
    if preset.mlp is None:
        return _number("channels", preset.unet.base_channels, step=8)
    return number("scatter.width", -_ANY, _ANY, preset.mlp.width, name="channels", step=8)


def _augmentation(preset: TrainConfig) -> tuple[bool, int]:
    """Flips and shifts, for pictures."""
    if preset.mlp is not None:
        return False, 0
    flip = segmented("train.flip", ("off", "on"), "off")
    return flip == "on", _number("shift", preset.data.shift)


def _number(setting: str, default: Number, width: int | str = "stretch", **more: Any) -> Number:
    """Any number may be typed: the config knows what is allowed, and says so."""
    return number(f"train.{setting}", -_ANY, _ANY, default, **{"step": 1, "width": width, **more})


def _forget_settings_of_another(preset: str) -> None:
    """Another dataset or preset brings its own values; on arrival those of the URL count."""
    before = st.session_state.get(_PRESET_BEFORE)
    if before != preset and SETTINGS[0] in st.session_state:
        # The first one last, and the note after it: a run that is ended half-way is made up for by the next.
        state.forget(*reversed(SETTINGS))
    st.session_state[_PRESET_BEFORE] = preset


def _estimate(preset: str, config: TrainConfig) -> str:
    """How long the run will take: by the last run of this network here, else by what two CPU cores were seen to do."""
    pictures = presets.num_pictures(config.data)
    here = speed_here(config, store().runs())
    words = roughly(pictures * config.num_epochs / (here or presets.pictures_per_second(preset, config)))
    work = t("train.work", pictures=f"{pictures:,}", epochs=config.num_epochs)
    takes = t("train.takes_here", time=words) if here else t("train.takes", time=words)
    return " ".join([work, takes, *([t("train.few")] if presets.are_few(config.data) else [])])
