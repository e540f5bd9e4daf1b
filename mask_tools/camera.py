"""A camera over all objects: zoom, pan and roll."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .centres import Centres
from .keyframes import EASINGS, check_choice, check_keys, values_at
from .sequence import TrackSequence
from .transform import about_point, check_scale, placed, scaled_rotation


@dataclass(frozen=True)
class CameraKey:
    """How the camera stands at one moment."""

    time: float = 0.0  # 0 = first frame, 1 = last
    x: float = 0.5  # the point it looks at, which is shown in the middle: 0 = left edge, 1 = right edge
    y: float = 0.5  # 0 = top edge, 1 = bottom edge
    zoom: float = 1.0  # 2 = everything twice as large
    roll: float = 0.0  # degrees that the camera is turned clockwise; the picture turns the other way


@dataclass(frozen=True)
class Camera:
    """Keyframed zoom, pan and roll of all objects together. What lies outside the clip's picture is not known: zooming
    out shows objects cut off where the picture ended. easing: as for `Move`."""

    keyframes: tuple[CameraKey, ...]
    easing: str = "smooth"

    def __post_init__(self) -> None:
        check_keys(self.keyframes)
        check_choice("easing", self.easing, EASINGS)
        for key in self.keyframes:
            check_scale("zoom", key.zoom)

    def applied(self, sequence: TrackSequence) -> TrackSequence:
        return placed(sequence).then(self, tuple(range(len(sequence.names))))

    def matrices(self, times: np.ndarray, centres: Centres, size: tuple[int, int]) -> np.ndarray:
        """`camera_matrices`, the same for every object: float [K, 1, 3, 3]."""
        keys = [(key.x, key.y, np.log(key.zoom), key.roll) for key in self.keyframes]
        x, y, log_zoom, roll = values_at([key.time for key in self.keyframes], keys, times, self.easing).T
        return camera_matrices(x, y, np.exp(log_zoom), roll, size)[:, None]


def camera_matrices(
    x: np.ndarray, y: np.ndarray, zoom: np.ndarray, roll: np.ndarray, size: tuple[int, int]
) -> np.ndarray:
    """p -> middle + zoom R(-roll) (p - looked at), in pixels, for each moment [K] of `CameraKey`: float [K, 3, 3]."""
    looked_at = np.stack([x * size[1], y * size[0]], axis=-1)
    middle = np.array([size[1] / 2, size[0] / 2])
    return about_point(scaled_rotation(zoom, -roll), looked_at, middle - looked_at)
