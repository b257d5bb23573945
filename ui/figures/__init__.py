"""Charts that pages share, as Vega-Lite. A specification never changes while data stream in, so they move in place."""

from ui.figures.curves import Curve, compared_loss_chart, loss_chart, step_chart
from ui.figures.heat import loss_by_t_chart
from ui.figures.parts import smoothed
from ui.figures.scores import EpochScore, score_charts

__all__ = [
    "Curve",
    "EpochScore",
    "compared_loss_chart",
    "loss_by_t_chart",
    "loss_chart",
    "score_charts",
    "smoothed",
    "step_chart",
]
