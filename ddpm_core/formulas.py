r"""Every formula on screen: its LaTeX, its source and the function that computes it.

In the LaTeX, `\colour{idea}{...}` marks a term as x0 (clean), eps (noise), xt (noised) or prediction; the app gives
each idea its colour. tests/ddpm_core/test_formulas.py writes each out in NumPy and holds the function to it.
"""

from __future__ import annotations

from dataclasses import dataclass

X0, EPS, XT = r"\colour{x0}{x_0}", r"\colour{eps}{\varepsilon}", r"\colour{xt}{x_t}"
X0_HAT, EPS_HAT = r"\colour{prediction}{\hat x_0}", r"\colour{prediction}{\hat\varepsilon}"
AC, AC_PREV = r"\bar\alpha_t", r"\bar\alpha_{s}"


@dataclass(frozen=True)
class Formula:
    """One formula on screen."""

    latex: str
    source: str
    """Paper and equation."""
    function: str
    """module:function, the one that computes it."""


FORMULAS: dict[str, Formula] = {
    "alphas_cumprod": Formula(
        rf"\alpha_t = 1 - \beta_t \qquad {AC} = \prod_{{i=1}}^{{t}} \alpha_i",
        "arXiv 2006.11239, section 2",
        "ddpm_core.schedule:NoiseSchedule",
    ),
    "q_sample": Formula(
        rf"{XT} = \sqrt{{{AC}}}\,{X0} + \sqrt{{1 - {AC}}}\,{EPS}, \qquad {EPS} \sim \mathcal N(0, I)",
        "arXiv 2006.11239, eq. 4",
        "ddpm_core.schedule:q_sample",
    ),
    "sigma": Formula(
        rf"\begin{{gathered}}\colour{{eps}}{{\sigma_t}} = \frac{{1}}{{2}} \sqrt{{\frac{{1 - {AC}}}{{{AC}}}}}\\[1ex]"
        rf"{XT} / \sqrt{{{AC}}} \;\hat=\; {X0} + \colour{{eps}}{{\sigma_t}}\,{EPS},"
        rf"\quad {X0} \in [0, 1]\end{{gathered}}",
        "arXiv 2010.02502, section 4.3, halved for pixels in [0, 1]",
        "ddpm_core.schedule:NoiseSchedule",
    ),
    "snr": Formula(
        rf"\mathrm{{SNR}}(t) = \frac{{{AC}}}{{1 - {AC}}}",
        "arXiv 2107.00630, eq. 2",
        "ddpm_core.schedule:NoiseSchedule",
    ),
    "loss_simple": Formula(
        rf"L = \mathbb E_{{\colour{{x0}}{{x_0}},\, t,\, {EPS}}}"
        rf"\left\| {EPS} - \colour{{prediction}}{{\varepsilon_\theta}}({XT}, t) \right\|^2",
        "arXiv 2006.11239, eq. 14",
        "ddpm_core.prediction:per_picture_loss",
    ),
    "v_target": Formula(
        rf"v = \sqrt{{{AC}}}\,{EPS} - \sqrt{{1 - {AC}}}\,{X0}",
        "arXiv 2202.00512, section 4",
        "ddpm_core.prediction:training_target",
    ),
    "linear_baseline": Formula(
        rf"\min_w \mathbb E\left\| y - w\,{XT} \right\|^2 ="
        rf"\begin{{cases}}{AC} & y = {EPS}\\ 1 - {AC} & y = {X0}\\ 1 & y = v\end{{cases}}"
        rf"\qquad {X0} \sim (0, I)",
        "least squares on arXiv 2006.11239, eq. 4",
        "ddpm_core.quality.linear_baseline:linear_baseline_loss",
    ),
    "x0_from_eps": Formula(
        rf"{X0_HAT} = \frac{{{XT} - \sqrt{{1 - {AC}}}\,{EPS_HAT}}}{{\sqrt{{{AC}}}}}",
        "arXiv 2006.11239, eq. 15",
        "ddpm_core.prediction:read_prediction",
    ),
    "q_posterior": Formula(
        rf"q(x_{{t-1}} \mid {XT}, {X0}) = \mathcal N\!\left("
        rf"\frac{{\sqrt{{\bar\alpha_{{t-1}}}}\,\beta_t}}{{1 - {AC}}}\,{X0} +"
        rf"\frac{{\sqrt{{\alpha_t}}\,(1 - \bar\alpha_{{t-1}})}}{{1 - {AC}}}\,{XT},\;"
        rf"\frac{{1 - \bar\alpha_{{t-1}}}}{{1 - {AC}}}\,\beta_t I \right)",
        "arXiv 2006.11239, eq. 6 and 7",
        "ddpm_core.schedule:q_posterior",
    ),
    "ddim_step": Formula(
        rf"\colour{{xt}}{{x_s}} = \sqrt{{{AC_PREV}}}\,{X0_HAT} + \sqrt{{1 - {AC_PREV} - \sigma^2}}\,{EPS_HAT}"
        rf" + \sigma\,\colour{{eps}}{{z}} \qquad \sigma^2 = \eta^2\,"
        rf"\frac{{1 - {AC_PREV}}}{{1 - {AC}}}\left(1 - \frac{{{AC}}}{{{AC_PREV}}}\right)",
        "arXiv 2010.02502, eq. 12 and 16",
        "ddpm_core.sampler:ddim_step",
    ),
    "sdedit": Formula(
        rf"\colour{{xt}}{{x_{{t_0}}}} = \sqrt{{\bar\alpha_{{t_0}}}}\,{X0} + \sqrt{{1 - \bar\alpha_{{t_0}}}}\,{EPS}"
        rf" \;\longrightarrow\; \cdots \;\longrightarrow\; {X0_HAT}",
        "arXiv 2108.01073, algorithm 2",
        "ddpm_core.sampler:noised_start",
    ),
    "guidance": Formula(
        rf"{EPS_HAT} = \colour{{prediction}}{{\varepsilon_\theta}}({XT}, t, \varnothing) + s \left("
        rf"\colour{{prediction}}{{\varepsilon_\theta}}({XT}, t, c) -"
        rf"\colour{{prediction}}{{\varepsilon_\theta}}({XT}, t, \varnothing) \right)",
        "arXiv 2207.12598, eq. 6, with s = 1 + w",
        "ddpm_core.sampler:predictor",
    ),
}
