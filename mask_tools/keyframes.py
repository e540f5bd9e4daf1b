"""Values between keyframes: the one interpolation that drawing and editing share."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import isfinite

import numpy as np

from ..core.errors import MaskVideoError

EASINGS = ("linear", "smooth")


def check_choice(name: str, value: str, choices: Sequence[str]) -> None:
    """Raises MaskVideoError where the value is none of the choices."""
    if value not in choices:
        raise MaskVideoError(f"{name} {value!r} is unknown: choose one of {', '.join(choices)}")


def check_times(times: Sequence[float]) -> None:
    """Raises MaskVideoError where there is no keyframe, or one does not come after the one before it."""
    if not times or any(later <= earlier for earlier, later in pairwise(times)):
        raise MaskVideoError(f"keyframe times must rise, {list(times)} came: sort them and drop repeated ones")


def check_keys(keys: Sequence) -> None:
    """Keyframes with a `time` and other numbers. Raises MaskVideoError where times do not rise or one is not finite."""
    for index, key in enumerate(keys):
        for name, value in vars(key).items():
            if not isfinite(value):
                raise MaskVideoError(f"{name} of keyframe {index} is {value}: give a finite number")
    check_times([key.time for key in keys])


def frame_times(frames: int) -> np.ndarray:
    """The time of each frame, 0 = first, 1 = last: float [frames]; a single frame is at 0."""
    return np.linspace(0, 1, frames) if frames > 1 else np.zeros(frames)


def values_at(key_times: Sequence[float], keys: np.ndarray, times: np.ndarray, easing: str) -> np.ndarray:
    """The values at each time, held before the first and after the last keyframe.

    key_times: rising, [K]. keys: [K, V]. times: [T]. easing: "linear" goes straight from keyframe to keyframe,
    "smooth" is one curve through all. Returns float [T, V].
    """
    keys, key_times = np.asarray(keys, float), np.asarray(key_times, float)
    times = np.clip(times, key_times[0], key_times[-1])
    if len(keys) == 1:
        return np.repeat(keys, len(times), axis=0)
    if easing == "linear":
        return np.stack([np.interp(times, key_times, column) for column in keys.T], axis=1)
    return _hermite(key_times, keys, times)


def _hermite(key_times: np.ndarray, keys: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Cubic curve through the keyframes, with the slopes of central differences: no stop and no corner at any."""
    slopes = np.gradient(keys, key_times, axis=0)
    left = np.clip(np.searchsorted(key_times, times, side="right") - 1, 0, len(keys) - 2)
    span = (key_times[left + 1] - key_times[left])[:, None]
    u = (times - key_times[left])[:, None] / span
    start, end = keys[left], keys[left + 1]
    return (
        (2 * u**3 - 3 * u**2 + 1) * start
        + (u**3 - 2 * u**2 + u) * span * slopes[left]
        + (3 * u**2 - 2 * u**3) * end
        + (u**3 - u**2) * span * slopes[left + 1]
    )
