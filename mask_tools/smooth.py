"""Smooth in time: outlines that flicker and objects that tremble or drop out for a frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..core.errors import MaskVideoError
from .distance_field import Shape, blend, find_shape
from .sequence import Derived, TrackSequence, chosen


@dataclass(frozen=True)
class Smooth:
    """The mean of neighbouring frames, as shapes: their signed distance fields, each moved to where the object is.

    frames: how many neighbours count, the frame itself included, odd; the nearer, the more. The object's path is
    smoothed as well; its first and last frame stay in place. An object missing from less than half of the neighbours
    (by weight) is filled in, one seen in less than half is dropped. objects: names, none = all.
    """

    frames: int = 5
    objects: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.frames < 1 or self.frames % 2 == 0:
            raise MaskVideoError(
                f"smooth over {self.frames} frames: give {max(self.frames, 0) // 2 * 2 + 1}, an odd number"
            )

    def applied(self, sequence: TrackSequence) -> TrackSequence:
        return Smoothed(sequence, self.frames // 2, chosen(sequence, self.objects))


@dataclass(frozen=True)
class Smoothed(Derived):
    """The base, smoothed over `radius` frames to either side."""

    radius: int
    objects: tuple[int, ...]
    shapes: dict[int, dict[int, Shape | None]] = field(default_factory=dict, compare=False)

    def batch(self, frames: Sequence[int]) -> np.ndarray:
        masks = self.base.batch(frames).copy()
        for place, frame in enumerate(frames):
            near = range(max(frame - self.radius, 0), min(frame + self.radius, self.count - 1) + 1)
            self._forget(near)
            for index in self.objects:
                masks[place, index] = smoothed_mask({n - frame: self._shapes(n)[index] for n in near}, self.size)
        return masks

    def _shapes(self, frame: int) -> dict[int, Shape | None]:
        if frame not in self.shapes:
            masks = self.base.batch([frame])[0]
            self.shapes[frame] = {index: find_shape(masks[index]) for index in self.objects}
        return self.shapes[frame]

    def _forget(self, near: range) -> None:
        for frame in [frame for frame in self.shapes if frame not in near]:
            del self.shapes[frame]


def smoothed_mask(shapes: dict[int, Shape | None], size: tuple[int, int]) -> np.ndarray:
    """The mean of shapes by their distance in frames (0 is the frame itself, None = no object there): uint8 [H, W]."""
    radius = max(map(abs, shapes))
    weights = {step: float(np.exp(-2 * (step / (radius + 1)) ** 2)) for step in shapes}
    there = {step: shape for step, shape in shapes.items() if shape is not None}
    if 2 * sum(weights[step] for step in there) <= sum(weights.values()):
        return np.zeros(size, np.uint8)
    centre = _centre(there, weights)
    return blend(list(there.values()), [weights[step] for step in there], centre, size)


def _centre(shapes: dict[int, Shape], weights: dict[int, float]) -> np.ndarray:
    """The mean centre of frames that lie evenly to both sides: an uneven mean would lag behind a moving object."""
    even = [step for step in shapes if -step in shapes] or list(shapes)
    total = sum(weights[step] for step in even)
    return sum(weights[step] * shapes[step].centre for step in even) / total
