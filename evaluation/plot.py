"""Scores as pictures: a line for each video over its frames, a bar for each setting of an ablation."""

import io
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from ..files.atomic import atomic_path


def plot_per_frame(path, series, label="mask IoU"):
    """Lines over the frames. series: {name: list of scores 0..1, None leaves a gap}. Writes a PNG."""
    figure, axes = _figure(width=8)
    for name, values in series.items():
        _line(axes, values, name)
    axes.set(xlabel="frame", ylabel=label, ylim=(0, 1.02))
    if len(series) > 1:
        axes.legend(fontsize=8)
    save_figure(figure, path)


def draw_panels(panels):
    """One line over the frames in a panel of its own for each figure, all from 0 up, as a picture in memory.

    panels: {label: list of values from 0 up, None leaves a gap}. Returns uint8 [H, W, 3].
    """
    figure = Figure(figsize=(8, 2.4 * len(panels)), layout="constrained")
    for row, (label, values) in enumerate(panels.items()):
        axes = figure.add_subplot(len(panels), 1, row + 1)
        axes.grid(alpha=0.3)
        _line(axes, values)
        axes.set(xlabel="frame" if row == len(panels) - 1 else "", ylabel=label)
        axes.set_ylim(bottom=0)
    return picture_of(figure)


def plot_bars(path, scores, label="mask mIoU"):
    """Bars, the first row on top. scores: {name: list of scores, one per seed or clip}; the bar is their mean, the dots
    are each of them. Writes a PNG."""
    figure, axes = _figure(width=8, height=0.9 + 0.32 * len(scores))
    for row, values in enumerate(scores.values()):
        mean = float(np.mean(values))
        axes.barh(row, mean, color="#9bb8d8")
        axes.plot(values, [row] * len(values), ".", color="#27496d", markersize=4)
        axes.text(1.01, row, f"{mean:.2f}", transform=axes.get_yaxis_transform(), va="center", fontsize=8)
    axes.set_yticks(range(len(scores)), list(scores))
    axes.invert_yaxis()
    axes.set(xlabel=label, xlim=(0, max(1.0, *(max(values) for values in scores.values()))))
    save_figure(figure, path)


def _figure(width, height=4):
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.grid(alpha=0.3)
    axes.set_axisbelow(True)
    return figure, axes


def _line(axes, values, name=None):
    axes.plot([np.nan if value is None else value for value in values], label=name, marker=".", linewidth=1.2)


def picture_of(figure):
    """A figure as uint8 [H, W, 3]."""
    encoded = io.BytesIO()
    figure.savefig(encoded, format="png", dpi=120)
    return np.asarray(Image.open(encoded).convert("RGB"))


def save_figure(figure, path):
    """A figure as a PNG file; all or nothing."""
    with atomic_path(Path(path)) as temporary:
        figure.savefig(temporary, format="png", dpi=120)
