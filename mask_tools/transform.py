"""Keyframed translation, scaling and rotation of objects, and mirroring.

Every transform is one matrix for each frame and object, in pixels (see `warp`). However many of them follow one
another, with cuts, reversals and loops between them, they are multiplied and the masks are read once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Protocol

import numpy as np
import torch

from ..core.errors import MaskVideoError
from .centres import Centres, find_centres
from .keyframes import EASINGS, check_choice, check_keys, frame_times, values_at
from .sequence import Derived, TrackSequence, chosen
from .warp import warp_masks

PIVOTS = ("object", "group", "frame")
LEAST_SCALE = 1e-3

Pivot = str | tuple[float, float]


@dataclass(frozen=True)
class MoveKey:
    """How an object differs from itself at one moment."""

    time: float = 0.0  # 0 = first frame, 1 = last
    dx: float = 0.0  # to the right, as a fraction of the picture's width
    dy: float = 0.0  # down, as a fraction of the picture's height
    scale: float = 1.0  # 2 = twice as wide and high
    rotation: float = 0.0  # degrees, clockwise


@dataclass(frozen=True)
class Move:
    """Keyframed translate, scale and rotate.

    about: what scaling and rotation leave in place: "object" (its centre in each frame, so that its own motion stays
    as it is), "group" (the centre of all chosen objects together: a rider stays on the horse), "frame" (the picture's
    centre: its motion is scaled and turned too), or a point (x, y), 0..1 of width and height. objects: names, none =
    all. easing: as for keyframes; scale is interpolated by its logarithm, so that a zoom goes at an even pace.
    """

    keyframes: tuple[MoveKey, ...]
    about: Pivot = "object"
    easing: str = "smooth"
    objects: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_keys(self.keyframes)
        check_choice("easing", self.easing, EASINGS)
        check_pivot(self.about)
        for key in self.keyframes:
            check_scale("scale", key.scale)

    def applied(self, sequence: TrackSequence) -> TrackSequence:
        return placed(sequence).then(self, chosen(sequence, self.objects))

    def matrices(self, times: np.ndarray, centres: Centres, size: tuple[int, int]) -> np.ndarray:
        keys = [(key.dx, key.dy, np.log(key.scale), key.rotation) for key in self.keyframes]
        dx, dy, log_scale, rotation = values_at([key.time for key in self.keyframes], keys, times, self.easing).T
        linear = scaled_rotation(np.exp(log_scale), rotation)  # [K, 2, 2]
        shift = np.stack([dx * size[1], dy * size[0]], axis=-1)
        return about_point(linear[:, None], pivots(self.about, centres, size), shift[:, None])


@dataclass(frozen=True)
class Mirror:
    """Left and right swapped ("horizontal"), or top and bottom ("vertical").

    about: as for `Move`; "frame" mirrors the motion too, "object" turns each object round where it is.
    """

    axis: str = "horizontal"
    about: Pivot = "frame"
    objects: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_choice("axis", self.axis, ("horizontal", "vertical"))
        check_pivot(self.about)

    def applied(self, sequence: TrackSequence) -> TrackSequence:
        return placed(sequence).then(self, chosen(sequence, self.objects))

    def matrices(self, times: np.ndarray, centres: Centres, size: tuple[int, int]) -> np.ndarray:
        flip = np.diag([-1.0, 1.0] if self.axis == "horizontal" else [1.0, -1.0])
        linear = np.broadcast_to(flip, (len(times), 1, 2, 2))
        return about_point(linear, pivots(self.about, centres, size), np.zeros(2))


class Transform(Protocol):
    """What gives a matrix for each frame and object: float [K, N or 1, 3, 3], from times 0..1 [K]."""

    def matrices(self, times: np.ndarray, centres: Centres, size: tuple[int, int]) -> np.ndarray: ...


@dataclass(frozen=True)
class Placed(Derived):
    """Frames of the base in some order, each through the product of some transforms.

    order: which frame of the base each frame shows, int [T]. transforms: (transform, its time in each frame [T], the
    objects that it moves), the first applied first.
    """

    order: np.ndarray
    transforms: tuple[tuple[Transform, np.ndarray, tuple[int, ...]], ...] = ()
    device: str | torch.device = "cpu"

    @property
    def count(self) -> int:
        return len(self.order)

    def then(self, transform: Transform, objects: tuple[int, ...]) -> Placed:
        """With one more transform at the end, on the clock of the frames as they are now."""
        return replace(self, transforms=(*self.transforms, (transform, frame_times(self.count), objects)))

    def ordered(self, order: np.ndarray) -> Placed:
        """Other frames of this: every transform keeps the time that it had in the frame it acted on."""
        moved = tuple((transform, times[order], objects) for transform, times, objects in self.transforms)
        return replace(self, order=self.order[order], transforms=moved)

    def batch(self, frames: Sequence[int]) -> np.ndarray:
        frames = np.asarray(frames)
        masks = self.base.batch(self.order[frames].tolist())
        if not self.transforms:
            return masks
        matrices = self.matrices(frames, masks).reshape(-1, 3, 3)
        return warp_masks(masks.reshape(-1, *self.size), matrices, self.device).reshape(masks.shape)

    def matrices(self, frames: np.ndarray, masks: np.ndarray) -> np.ndarray:
        """The product of all transforms: float [K, N, 3, 3]. A centre moves as its object does, so it is found once."""
        centres = find_centres(masks)
        product = np.broadcast_to(np.eye(3), (*masks.shape[:2], 3, 3)).copy()
        for transform, times, objects in self.transforms:
            which = list(objects)
            here = Centres(moved_points(product, centres.centre)[:, which], _moved_areas(product, centres)[:, which])
            product[:, which] = transform.matrices(times[frames], here, self.size) @ product[:, which]
        return product


def placed(sequence: TrackSequence, device: str | torch.device = "cpu") -> Placed:
    """The sequence, ready to be transformed."""
    return sequence if isinstance(sequence, Placed) else Placed(sequence, np.arange(sequence.count), device=device)


def pivots(about: Pivot, centres: Centres, size: tuple[int, int]) -> np.ndarray:
    """The points that stay, in pixels: float [K, N, 2]."""
    if about == "object":
        return centres.centre
    if about == "group":
        weight = np.maximum(centres.area, 1e-9)[..., None]
        mean = (centres.centre * weight).sum(axis=1, keepdims=True) / weight.sum(axis=1, keepdims=True)
        return np.broadcast_to(mean, centres.centre.shape)
    point = (0.5, 0.5) if about == "frame" else about
    return np.broadcast_to([point[0] * size[1], point[1] * size[0]], centres.centre.shape)


def about_point(linear: np.ndarray, point: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """p -> point + shift + linear (p - point), as matrices: [.., 2, 2], [.., 2], [.., 2] -> [.., 3, 3]."""
    offset = point + shift - (linear @ point[..., None])[..., 0]
    matrix = np.zeros((*offset.shape[:-1], 3, 3))
    matrix[..., :2, :2], matrix[..., :2, 2], matrix[..., 2, 2] = linear, offset, 1
    return matrix


def scaled_rotation(scale: np.ndarray, degrees: np.ndarray) -> np.ndarray:
    """Clockwise on a screen whose y goes down: [K], [K] -> float [K, 2, 2]."""
    turn = np.deg2rad(degrees)
    cos, sin = scale * np.cos(turn), scale * np.sin(turn)
    return np.stack([np.stack([cos, -sin], axis=-1), np.stack([sin, cos], axis=-1)], axis=-2)


def moved_points(matrices: np.ndarray, points: np.ndarray) -> np.ndarray:
    """[.., 3, 3], [.., 2] -> [.., 2]."""
    return (matrices[..., :2, :2] @ points[..., None])[..., 0] + matrices[..., :2, 2]


def check_scale(name: str, scale: float) -> None:
    if not LEAST_SCALE <= scale <= 1 / LEAST_SCALE:
        nearest = min(max(scale, LEAST_SCALE), 1 / LEAST_SCALE)
        raise MaskVideoError(f"{name} is {scale:g}: give {nearest:g}, it must lie between {LEAST_SCALE:g} and 1000")


def check_pivot(about: Pivot) -> None:
    if isinstance(about, str):
        check_choice("about", about, (*PIVOTS, "or a point x,y"))
    elif len(about) != 2 or not all(isinstance(value, int | float) and isfinite(value) for value in about):
        raise MaskVideoError(f"about is {about!r}: give {', '.join(PIVOTS)} or a point (x, y), such as (0.5, 0.5)")


def _moved_areas(matrices: np.ndarray, centres: Centres) -> np.ndarray:
    return centres.area * np.abs(np.linalg.det(matrices[..., :2, :2]))
