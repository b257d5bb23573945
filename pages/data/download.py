"""MNIST and Fashion-MNIST: whether they are on this computer, and the button that gets them."""

from __future__ import annotations

import streamlit as st

from ddpm_core.data import data_dir
from ddpm_core.data.idx_sets import IDX_SETS
from jobs.transfer import dataset_download
from ui import datasets
from ui.controls import button
from ui.errors import translated
from ui.i18n import t


def draw() -> None:
    """One card for each."""
    for column, name in zip(st.columns(len(IDX_SETS)), IDX_SETS, strict=True):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{datasets.label(name)}**\n\n{t(f'data.about_{name}')}")
            if dataset_download.is_here(name):
                st.markdown(f":material/check: {t('data.is_here', folder=(data_dir() / name).resolve())}")
            else:
                offer(name, "card")


def offer(name: str, place: str) -> None:
    """A button that starts the download; while it goes on, how far it is; after a failure, why and what else to do."""
    last = dataset_download.current(name)
    running = last is not None and last.state == "running"
    if last is not None and last.state == "failed":
        st.error(f"{t('data.no_download')}\n\n{translated(last.error)}", icon=":material/cloud_off:")
    if running:
        st.fragment(_follow, run_every=1.0)(name)
    else:
        megabytes = f"{dataset_download.BYTES[name] / 1e6:.0f}"
        filled = {"name": datasets.label(name), "megabytes": megabytes}
        key = f"data_get:{name}:{place}"
        button("data.download", "download", dataset_download.start, name, filled=filled, key=key)


def _follow(name: str) -> None:
    last = dataset_download.current(name)
    if last is None or last.state != "running":
        st.rerun()
    else:
        st.progress(last.progress, t("data.downloading", share=f"{100 * last.progress:.0f}"))
