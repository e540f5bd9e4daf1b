"""The report of a track check as a picture: a panel for each figure, a line for each object, marks where to look."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from ..mask_tools.measure import CheckReport, ObjectReport
from .plot import picture_of, save_figure

PANELS = {
    "area, % of picture": lambda one: [100 * area for area in one.area],
    "centre, x (-) and y (..)": lambda one: [None if point is None else point[0] for point in one.centre],
    "speed, % of shorter side": lambda one: [None if speed is None else 100 * speed for speed in one.speed],
    "IoU with next (-), of shapes (..)": lambda one: one.iou_next,
    "pieces": lambda one: one.components,
}
SECOND_LINES = {
    "centre, x (-) and y (..)": lambda one: [None if point is None else point[1] for point in one.centre],
    "IoU with next (-), of shapes (..)": lambda one: one.shape_iou_next,
}
UNIT_PANELS = tuple(SECOND_LINES)


def draw_check(report: CheckReport) -> np.ndarray:
    """The plot as uint8 RGB [H, W, 3]."""
    return picture_of(_figure(report))


def plot_check(path: str | Path, report: CheckReport) -> None:
    """The plot as a PNG file."""
    save_figure(_figure(report), path)


def _figure(report: CheckReport) -> Figure:
    """Suspicious frames are lines through all panels, empty ones grey, frames at the picture's border dots below."""
    figure = Figure(figsize=(9, 1.9 * len(PANELS) + 0.6), layout="constrained")
    axes = figure.subplots(len(PANELS), 1, sharex=True)
    for panel, (label, values_of) in zip(axes, PANELS.items(), strict=True):
        for one in report.objects:
            _line(panel, values_of(one), one, "-", one.name)
            if label in SECOND_LINES:
                _line(panel, SECOND_LINES[label](one), one, ":")
        _mark(panel, report)
        panel.set_ylabel(label, fontsize=8)
        panel.set_ylim(*((-0.03, 1.03) if label in UNIT_PANELS else (0, None)))
        panel.grid(alpha=0.3)
    axes[0].legend(fontsize=8, loc="upper right")
    axes[0].set_title(_title(report), fontsize=9)
    axes[-1].set_xlabel("frame")
    axes[-1].set_xlim(-0.5, report.frames - 0.5)
    return figure


def _line(panel, values, one: ObjectReport, style: str, label: str | None = None) -> None:
    shown = [np.nan if value is None else value for value in values]
    marker = "." if len(shown) < 60 else None
    panel.plot(shown, style, color=np.array(one.colour) / 255, marker=marker, linewidth=1.2, label=label)


def _mark(panel, report: CheckReport) -> None:
    for frame in report.suspicious:
        panel.axvline(frame, color="red", linewidth=0.8, alpha=0.6, zorder=0)
    for one in report.objects:
        for frame in one.empty:
            panel.axvspan(frame - 0.5, frame + 0.5, color="grey", alpha=0.15, linewidth=0)
        touching = [frame for frame, sides in enumerate(one.border) if sides]
        at_foot = panel.get_xaxis_transform()
        panel.plot(touching, [0.015] * len(touching), "s", color=np.array(one.colour) / 255, transform=at_foot, ms=2.5)


def _title(report: CheckReport) -> str:
    about = f"{report.frames} frames of {report.width}x{report.height}"
    return f"{about}; red: {len(report.suspicious)} worth a look; grey: empty; dots at the foot: touches the border"
