"""Settings and their values in words."""

from __future__ import annotations

from ui import datasets
from ui.i18n import t, t_or

OFF_AT_ZERO = {
    "p_uncond", "weight_decay", "grad_clip", "ema_decay", "denoiser_sigma", "max_seconds", "lr_warmup_steps",
    "data.shift",
}  # fmt: skip


def setting(name: str) -> str:
    """What a setting is called; one without a word here by its name in the code."""
    return t_or(f"compare.setting_{name.replace('.', '_')}", name)


def value(name: str, worth: object) -> str:
    """A setting's value in words."""
    if said := t_or(f"compare.value_{name.replace('.', '_')}_{worth}", ""):
        return said
    if worth is None:
        return "–"
    if isinstance(worth, bool):
        return t("compare.yes") if worth else t("compare.no")
    if name == "data.name":
        return datasets.label(str(worth))
    if worth == 0 and name in OFF_AT_ZERO:
        return t("compare.off")
    if isinstance(worth, tuple):
        return ", ".join(map(str, worth))
    return f"{worth:g}" if isinstance(worth, float) else str(worth)
