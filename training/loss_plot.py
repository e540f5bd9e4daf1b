"""The loss of a run as a picture, while it trains and at its end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from ..evaluation.plot import picture_of
from .run import StepReport


def draw_loss(reports: Sequence[StepReport], steps: int, title: str = "") -> np.ndarray:
    """uint8 ``[H, W, 3]``: each step's loss as a dot, the running mean as a line, up to ``steps`` on the axis."""
    figure = Figure(figsize=(6, 3.2), layout="constrained")
    axes = figure.add_subplot()
    axes.grid(alpha=0.3)
    numbers = [report.step for report in reports]
    axes.plot(numbers, [report.loss for report in reports], ".", color="#b8c7d9", markersize=3, label="each step")
    axes.plot(numbers, [report.running_loss for report in reports], color="#27496d", label="running mean")
    axes.set(xlabel="step", ylabel="loss", xlim=(0, max(steps, 1)))
    axes.set_ylim(bottom=0)
    axes.set_title(title, fontsize=8)
    axes.legend(fontsize=8, loc="upper right")
    return picture_of(figure)
