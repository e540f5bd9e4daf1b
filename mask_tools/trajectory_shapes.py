"""The shapes of a mask trajectory's objects, around the object's origin (0, 0).

Lengths and coordinates are fractions of the picture's shorter side, x to the right, y down, so that a shape keeps its
form in a picture of any size and aspect.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core.errors import MaskVideoError
from .trajectory_keys import check_range

ROUND_POINTS = 120
"""Corners that make an ellipse look round."""
LARGEST = 4.0
LEAST = 1e-3
MOST_POINTS = 4000
"""Of one shape."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Ellipse:
    width: float  # from side to side
    height: float

    def __post_init__(self) -> None:
        _check_sides(self)


@dataclass(frozen=True)
class Rectangle:
    width: float
    height: float

    def __post_init__(self) -> None:
        _check_sides(self)


@dataclass(frozen=True)
class Polygon:
    """Also what a lasso draws. Where its outline crosses itself, what is enclosed twice is outside."""

    points: tuple[Point, ...]

    def __post_init__(self) -> None:
        if len(self.points) < 3:
            raise MaskVideoError(f"a polygon of {len(self.points)} points cannot be filled: give 3 or more")
        _check_points(self.points)


@dataclass(frozen=True)
class Stroke:
    """A round brush drawn along points; a single point is a dot."""

    radius: float
    points: tuple[Point, ...]
    erase: bool = False  # takes away from the strokes before it

    def __post_init__(self) -> None:
        check_range("radius of a stroke", self.radius, LEAST, LARGEST)
        if not self.points:
            raise MaskVideoError("a stroke without points came: give 1 or more")
        _check_points(self.points)


@dataclass(frozen=True)
class Brush:
    """Strokes, in the order in which they were drawn."""

    strokes: tuple[Stroke, ...]

    def __post_init__(self) -> None:
        if not self.strokes:
            raise MaskVideoError("a brush shape without strokes came: give 1 or more")
        if sum(len(stroke.points) for stroke in self.strokes) > MOST_POINTS:
            raise MaskVideoError(f"a brush shape has more than {MOST_POINTS} points: give fewer, or a bitmap")


@dataclass(frozen=True)
class Bitmap:
    """A mask image, bright = object, stretched over width and height around the origin.

    file: its name where the trajectory is used: in the host's input folder, or beside the JSON file.
    """

    file: str
    width: float
    height: float

    def __post_init__(self) -> None:
        _check_sides(self)
        if not self.file.strip():
            raise MaskVideoError("a bitmap without a file came: name an image")


Shape = Ellipse | Rectangle | Polygon | Brush | Bitmap

SHAPE_KINDS: dict[str, type] = {
    "ellipse": Ellipse,
    "rectangle": Rectangle,
    "polygon": Polygon,
    "brush": Brush,
    "bitmap": Bitmap,
}
"""Every shape by its "kind" in JSON."""


def outline(shape: Ellipse | Rectangle | Polygon | Bitmap) -> np.ndarray:
    """The corners: float [N, 2]; of a bitmap, those of its frame."""
    if isinstance(shape, Polygon):
        return np.array(shape.points, float)
    half = np.array([shape.width, shape.height]) / 2
    if isinstance(shape, Ellipse):
        turn = np.arange(ROUND_POINTS) * (2 * np.pi / ROUND_POINTS)
        return np.stack([np.cos(turn), np.sin(turn)], axis=1) * half
    return np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * half


def _check_sides(shape: Ellipse | Rectangle | Bitmap) -> None:
    for side in ("width", "height"):
        check_range(f"{side} of a shape", getattr(shape, side), LEAST, LARGEST)


def _check_points(points: tuple[Point, ...]) -> None:
    if len(points) > MOST_POINTS:
        raise MaskVideoError(f"a shape has {len(points)} points: give {MOST_POINTS} or fewer, a simpler outline")
    for index, point in enumerate(points):
        for axis, value in zip("xy", point, strict=True):
            check_range(f"{axis} of point {index}", value, -LARGEST, LARGEST)
