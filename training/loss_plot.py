"""The loss of a run as a picture, while it trains and at its end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from ..evaluation.plot import picture_of
from ..files.contact_sheet import PAPER, contact_sheet
from ..mask_tools.select import evenly_spaced
from .run import StepReport
from .samples import Sample

STRIP_FRAMES = 5


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


def draw_progress(plot: np.ndarray, sample: Sample | None, masks: np.ndarray | None = None) -> np.ndarray:
    """``plot`` uint8 ``[H, W, 3]``, below it frames of the latest sample, its step, and the outline of their ``masks``.

    ``masks`` ``[T, H, W]`` of 0 and 1, one for each frame. Without a sample the plot itself.
    """
    if sample is None:
        return plot
    shown = evenly_spaced(len(sample.frames), min(len(sample.frames), STRIP_FRAMES))
    outlined = None if masks is None else masks[shown]
    width = plot.shape[1] // len(shown) - 6
    labels = [f"{shown[0]} (step {sample.step})", *shown[1:]]
    strip = contact_sheet(sample.frames[shown], outlined, len(shown), width, numbers=labels)
    picture = np.full((len(plot) + len(strip), max(plot.shape[1], strip.shape[1]), 3), PAPER, np.uint8)
    picture[: len(plot), : plot.shape[1]] = plot
    picture[len(plot) :, : strip.shape[1]] = strip
    return picture
