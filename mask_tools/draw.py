"""Draw a moving shape as a mask sequence: a trajectory of keyframes, no editor needed."""

from dataclasses import dataclass

import cv2
import numpy as np
import torch

from ..core.errors import MaskVideoError
from .keyframes import EASINGS, check_choice, check_times, frame_times, values_at

SHAPES = ("circle", "star", "polygon", "blob")
OVERSAMPLING = 4  # the shape is drawn so many times larger and averaged: no jagged outline
ROUND_POINTS = 120  # corners that make a circle or a blob look round


@dataclass(frozen=True)
class Keyframe:
    """Where the shape is at one moment."""

    time: float  # 0 = first frame, 1 = last
    x: float  # centre, 0 = left edge, 1 = right edge
    y: float  # centre, 0 = top edge, 1 = bottom edge
    scale: float = 0.2  # outer radius as a fraction of the shorter side
    rotation: float = 0.0  # degrees, clockwise


@dataclass(frozen=True)
class Trajectory:
    """One shape and its way through the video."""

    shape: str
    keyframes: tuple[Keyframe, ...]
    seed: int = 0  # the form of a blob
    corners: int = 5  # of a star or polygon
    easing: str = "smooth"  # "linear": straight from keyframe to keyframe; "smooth": one curve through all

    def __post_init__(self):
        check_choice("shape", self.shape, SHAPES)
        check_choice("easing", self.easing, EASINGS)
        check_times([key.time for key in self.keyframes])
        if self.corners < 3:
            raise MaskVideoError(f"a star or polygon of {self.corners} corners cannot be drawn: give 3 or more")


def draw_masks(trajectory, frames, size):
    """The masks of a trajectory.

    frames: T, spread over the trajectory's time 0..1. size: (height, width) in pixels. The shape is antialiased, then
    cut at half coverage. Parts outside the picture are cut off. Returns float [1, 1, T, height, width] of 0 and 1.
    """
    outline = shape_outline(trajectory)
    moments = place_at(trajectory, frame_times(frames))
    masks = [_fill(_placed(outline, moment, size), size) for moment in moments]
    return torch.from_numpy(np.stack(masks)).float()[None, None]


def place_at(trajectory, times):
    """(x, y, scale, rotation) at each time, held before the first and after the last keyframe. [T] -> [T, 4]."""
    keys = np.array([(key.x, key.y, key.scale, key.rotation) for key in trajectory.keyframes])
    return values_at([key.time for key in trajectory.keyframes], keys, times, trajectory.easing)


def shape_outline(trajectory):
    """The corners of the shape, unit outer radius around (0, 0), float [N, 2]."""
    if trajectory.shape == "star":
        turn, radius = _turns(2 * trajectory.corners), np.tile([1.0, 0.45], trajectory.corners)
    elif trajectory.shape == "polygon":
        turn, radius = _turns(trajectory.corners), 1.0
    else:
        turn = _turns(ROUND_POINTS)
        radius = _blob_radius(turn, trajectory.seed) if trajectory.shape == "blob" else 1.0
    return np.stack([radius * np.sin(turn), -radius * np.cos(turn)], axis=1)


def _turns(count):
    return np.linspace(0, 2 * np.pi, count, endpoint=False)


def _blob_radius(turn, seed):
    """A closed smooth outline from five waves of falling height: [N] angles -> [N] radii with maximum 1."""
    generator = np.random.default_rng(seed)
    waves = np.arange(1, 6)
    height, phase = generator.normal(size=5) * 0.35 / waves, generator.uniform(0, 2 * np.pi, 5)
    radius = np.exp((height * np.cos(np.outer(turn, waves) + phase)).sum(axis=1))
    return radius / radius.max()


def _placed(outline, moment, size):
    """Unit outline [N, 2] -> pixel corners [N, 2] (x, y) for a picture of size (height, width)."""
    x, y, scale, rotation = moment
    turn = np.deg2rad(rotation)
    rotated = outline @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return rotated * scale * min(size) + np.array([x * size[1], y * size[0]])


def _fill(corners_px, size):
    height, width = size
    canvas = np.zeros((height * OVERSAMPLING, width * OVERSAMPLING), np.float32)
    # a corner at (x, y) in pixel edges is at x - 0.5 in the centres that fillPoly counts in
    cv2.fillPoly(canvas, [np.round(corners_px * OVERSAMPLING - 0.5).astype(np.int32)], 1.0)
    return cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA) > 0.5


def default_trajectory():
    """The way that `maskvideo demo` takes: a star in an arc from left to right, turning, larger at the top."""
    return Trajectory(
        "star",
        (
            Keyframe(0.0, x=0.22, y=0.68, scale=0.24, rotation=-20),
            Keyframe(0.5, x=0.50, y=0.36, scale=0.30, rotation=10),
            Keyframe(1.0, x=0.78, y=0.66, scale=0.24, rotation=40),
        ),
    )


def unseen_trajectories(count, seed):
    """Random trajectories for measuring: shapes in turn, three keyframes, wholly inside the picture.

    The same seed gives the same list, and a longer list begins with the shorter one.
    """
    generator = np.random.default_rng(seed)
    return [_random_trajectory(generator, SHAPES[index % len(SHAPES)]) for index in range(count)]


def _random_trajectory(generator, shape):
    start, turn = generator.uniform(0, 360), generator.uniform(-70, 70)
    keyframes = tuple(_random_keyframe(generator, time, start + time * turn) for time in (0.0, 0.5, 1.0))
    return Trajectory(shape, keyframes, seed=int(generator.integers(2**31)), corners=int(generator.integers(3, 7)))


def _random_keyframe(generator, time, rotation):
    scale = generator.uniform(0.16, 0.30)
    margin = scale * 0.9
    x, y = generator.uniform(margin * 0.625, 1 - margin * 0.625), generator.uniform(margin, 1 - margin)
    return Keyframe(time, float(x), float(y), float(scale), float(rotation))
