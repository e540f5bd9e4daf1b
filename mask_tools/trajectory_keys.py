"""Keyframes of a mask trajectory: each value has keyframes of its own, and each keyframe says how it leads to the next.

Times are 0 for the first frame and 1 for the last, so that a trajectory fits any number of frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from typing import Any

import numpy as np

from ..core.errors import MaskVideoError
from .keyframes import EASINGS, check_choice, values_at

KEY_EASINGS = (*EASINGS, "hold")
"""From a keyframe to the next: straight, on one curve through all such keyframes, or not until the next one."""
DIGITS = 6
SLACK = 1e-5
"""Times are written with six digits: a frame this much before a keyframe is on it."""
FARTHEST = 10.0
"""Places may lie outside the picture, as fractions of its width and height."""
LEAST_SCALE, MOST_SCALE = 0.01, 20.0
MOST_DEGREES = 36000.0
MOST_KEYS = 2000


@dataclass(frozen=True)
class PositionKey:
    """Where the object's origin is; the motion path goes through these."""

    time: float
    x: float  # 0 = left edge, 1 = right edge
    y: float  # 0 = top edge, 1 = bottom edge
    easing: str = "smooth"


@dataclass(frozen=True)
class ScaleKey:
    """How large the object is, as a factor of its shape; between keyframes its logarithm is interpolated."""

    time: float
    scale: float
    easing: str = "smooth"


@dataclass(frozen=True)
class RotationKey:
    """How the object is turned, in degrees, clockwise; 720 is two turns."""

    time: float
    rotation: float
    easing: str = "smooth"


@dataclass(frozen=True)
class VisibleKey:
    """Whether the object is there from this moment on; before the first such keyframe it is as at that one."""

    time: float
    visible: bool


@dataclass(frozen=True)
class CameraPoint:
    """How the camera stands; see `camera.CameraKey`, of which this is one with its own easing."""

    time: float
    x: float = 0.5  # the point that is shown in the middle
    y: float = 0.5
    zoom: float = 1.0  # 2 = everything twice as large
    roll: float = 0.0  # degrees that the camera is turned clockwise; the picture turns the other way
    easing: str = "smooth"


RANGES = {
    "time": (0.0, 1.0),
    "x": (-FARTHEST, FARTHEST),
    "y": (-FARTHEST, FARTHEST),
    "scale": (LEAST_SCALE, MOST_SCALE),
    "zoom": (LEAST_SCALE, MOST_SCALE),
    "rotation": (-MOST_DEGREES, MOST_DEGREES),
    "roll": (-MOST_DEGREES, MOST_DEGREES),
}
"""What each value of a keyframe may be."""


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Raises MaskVideoError that names the nearest value that works."""
    if not isfinite(value):
        raise MaskVideoError(f"{name} is {value}: give a finite number")
    if not low <= value <= high:
        raise MaskVideoError(f"{name} is {value:g}: give {min(max(value, low), high):g}, it is {low:g} to {high:g}")


def check_key_list(name: str, keys: Sequence[Any]) -> None:
    """Keyframes of one value. Raises MaskVideoError where one is out of range, times do not rise, or they are many."""
    if len(keys) > MOST_KEYS:
        raise MaskVideoError(f"{name} has {len(keys)} keyframes: give {MOST_KEYS} or fewer, a simpler path")
    for index, key in enumerate(keys):
        for field, value in vars(key).items():
            if field in RANGES:
                check_range(f"{field} of {name} keyframe {index}", value, *RANGES[field])
        if hasattr(key, "easing"):
            check_choice(f"easing of {name} keyframe {index}", key.easing, KEY_EASINGS)
    for earlier, later in pairwise(keys):
        if round(later.time, DIGITS) <= round(earlier.time, DIGITS):
            raise MaskVideoError(
                f"{name} has a keyframe at {later.time:g} after one at {earlier.time:g}: sort them, drop repeated ones"
            )


def keyed_values(keys: Sequence[Any], fields: Sequence[str], times: np.ndarray) -> np.ndarray:
    """The fields of keyframes at each time, held before the first and after the last: [T] -> float [T, V].

    Each run of keyframes with one easing is a curve of its own (`keyframes.values_at`), so that a curve takes no
    direction from what is held before it. scale and zoom are interpolated by their logarithms.
    """
    table = np.array([[_linear(field, getattr(key, field)) for field in fields] for key in keys], float)
    key_times = np.array([key.time for key in keys])
    values = np.empty((len(times), len(fields)))
    segment = np.clip(np.searchsorted(key_times, times + SLACK, side="right") - 1, 0, len(keys) - 1)
    for first, last, easing in _runs(keys):
        inside = (segment >= first) & (segment < last)
        if easing == "hold":
            values[inside] = table[segment[inside]]
        elif inside.any():
            values[inside] = values_at(key_times[first : last + 1], table[first : last + 1], times[inside], easing)
    values[segment == len(keys) - 1] = table[-1]
    powers = [index for index, field in enumerate(fields) if field in ("scale", "zoom")]
    values[:, powers] = np.exp(values[:, powers])
    return values


def _linear(field: str, value: float) -> float:
    return np.log(value) if field in ("scale", "zoom") else value


def _runs(keys: Sequence[Any]) -> list[tuple[int, int, str]]:
    """(first, last, easing) for each run of segments of one easing; a segment is named by the keyframe it leaves."""
    runs: list[tuple[int, int, str]] = []
    for index, key in enumerate(keys[:-1]):
        if runs and runs[-1][2] == key.easing:
            runs[-1] = runs[-1][0], index + 1, key.easing
        else:
            runs.append((index, index + 1, key.easing))
    return runs


def is_visible(keys: Sequence[VisibleKey], times: np.ndarray) -> np.ndarray:
    """bool [T]; without keyframes always."""
    if not keys:
        return np.ones(len(times), bool)
    latest = np.searchsorted([key.time for key in keys], times + SLACK, side="right") - 1
    return np.array([key.visible for key in keys])[np.maximum(latest, 0)]
