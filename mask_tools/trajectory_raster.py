"""A shape of a mask trajectory as pixels.

A pixel is foreground where the shape covers more than half of it. Outlines are filled exactly; brushes and bitmaps are
drawn several times larger within their own rectangle and averaged.
Matrices [3, 3] take (x, y, 1) of the shape to pixels of the picture, (0, 0) the top left corner, so that the centre of
the first pixel is (0.5, 0.5).
"""

from __future__ import annotations

import cv2
import numpy as np

from .trajectory_shapes import Bitmap, Brush, Polygon, Shape, Stroke, outline

OVERSAMPLING = ((64, 16), (256, 8), (np.inf, 4))
"""(up to so many pixels from side to side, so many times larger): on a small shape a fraction of a pixel is seen."""
SHIFT = 4
"""Bits after the point in the coordinates that OpenCV is given."""
HALF_CIRCLE = np.linspace(-np.pi / 2, np.pi / 2, 17)
ON = 254
"""Half of it is a whole number: half covered is not more than half."""
LINES = 16
"""For each row of pixels."""


def shape_mask(shape: Shape, matrix: np.ndarray, size: tuple[int, int], bitmap: np.ndarray | None = None) -> np.ndarray:
    """Where the shape is: uint8 [H, W] of 0 and 1 for a picture of size (H, W); what is outside is cut off.

    bitmap: of a `Bitmap`, uint8 [h, w], 0 to 255.
    """
    mask = np.zeros(size, np.uint8)
    rectangle = _rectangle(shape, matrix, size)
    if rectangle is None:
        return mask
    x0, y0, x1, y1 = rectangle
    if not isinstance(shape, Brush | Bitmap):
        corners = outline(shape) @ matrix[:2, :2].T + matrix[:2, 2] - (x0, y0)
        mask[y0:y1, x0:x1] = _inside_even_odd(corners, (y1 - y0, x1 - x0))
        return mask
    times = next(times for most, times in OVERSAMPLING if max(x1 - x0, y1 - y0) <= most)
    canvas = np.zeros(((y1 - y0) * times, (x1 - x0) * times), np.uint8)
    _draw(canvas, shape, np.diag([times, times, 1.0]) @ _shifted(matrix, -x0, -y0), bitmap)
    part = cv2.resize(canvas, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA)
    mask[y0:y1, x0:x1] = part > ON // 2
    return mask


def _draw(canvas: np.ndarray, shape: Brush | Bitmap, matrix: np.ndarray, bitmap: np.ndarray | None) -> None:
    if isinstance(shape, Brush):
        for stroke in shape.strokes:
            for capsule in _capsules(stroke):
                cv2.fillConvexPoly(canvas, _fixed_point(capsule, matrix), 0 if stroke.erase else ON, shift=SHIFT)
    else:
        _draw_bitmap(canvas, shape, matrix, bitmap)


def _inside_even_odd(corners: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Pixels of which an outline [N, 2], in pixel edges, encloses more than half an odd number of times: bool [h, w].

    The outline is crossed `LINES` times for each row of pixels; between two crossings of a line it is inside, and how
    much of each pixel that is, is exact.
    """
    height, width = size
    start, end = corners * (1, LINES), np.roll(corners, -1, axis=0) * (1, LINES)
    first, last = (np.clip(np.ceil(ends[:, 1] - 0.5), 0, height * LINES).astype(int) for ends in (start, end))
    counts = np.abs(last - first)
    edge = np.repeat(np.arange(len(corners)), counts)
    lines = np.minimum(first, last)[edge] + np.arange(len(edge)) - (np.cumsum(counts) - counts)[edge]
    along = (lines + 0.5 - start[edge, 1]) / (end - start)[edge, 1]
    x = np.clip(start[edge, 0] + along * (end - start)[edge, 0], 0, width)
    order = np.lexsort((x, lines))
    x, rows = x[order], lines[order] // LINES
    column, sign = x.astype(int), np.resize([1.0, -1.0], len(x))
    right = sign * (x - column)
    places = rows * (width + 2) + column
    steps = np.bincount(
        np.concatenate([places, places + 1]), np.concatenate([sign - right, right]), height * (width + 2)
    )
    covered = np.cumsum(steps.reshape(height, width + 2), axis=1)[:, :width]
    return covered > LINES / 2 + 1e-6


def _draw_bitmap(canvas: np.ndarray, shape: Bitmap, matrix: np.ndarray, bitmap: np.ndarray) -> None:
    """Averaged over the area before it is made smaller, interpolated otherwise."""
    height, width = bitmap.shape
    on_screen = np.linalg.norm(matrix[:2, 0]) * shape.width, np.linalg.norm(matrix[:2, 1]) * shape.height
    smaller = max(1, min(width, round(on_screen[0]))), max(1, min(height, round(on_screen[1])))
    source = cv2.resize(bitmap, smaller, interpolation=cv2.INTER_AREA)
    source = cv2.copyMakeBorder(source, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    step = np.diag([shape.width / smaller[0], shape.height / smaller[1], 1.0])
    to_shape = _shifted(step @ _shifted(np.eye(3), -1, -1), -shape.width / 2, -shape.height / 2)
    by_centres = _shifted(matrix @ to_shape @ _shifted(np.eye(3), 0.5, 0.5), -0.5, -0.5)
    canvas[:] = cv2.warpAffine(source, by_centres[:2], canvas.shape[::-1], flags=cv2.INTER_LINEAR)


def _capsules(stroke: Stroke) -> list[np.ndarray]:
    """The outlines of a round brush from each point to the next: float [34, 2] each."""
    points = np.array(stroke.points, float)
    ends = points[1:] if len(points) > 1 else points
    capsules = []
    for start, end in zip(points, ends, strict=False):
        turn = np.arctan2(end[1] - start[1], end[0] - start[0])
        cap = stroke.radius * np.stack([np.cos(turn + HALF_CIRCLE), np.sin(turn + HALF_CIRCLE)], axis=1)
        capsules.append(np.concatenate([end + cap, start - cap]))
    return capsules


def _fixed_point(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Corners in pixel edges -> int32 in the pixel centres that OpenCV counts in."""
    placed = points @ matrix[:2, :2].T + matrix[:2, 2]
    return np.round((placed - 0.5) * 2**SHIFT).astype(np.int32)


def _rectangle(shape: Shape, matrix: np.ndarray, size: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """The pixels of the picture that the shape can reach: (x0, y0, x1, y1), None where there are none."""
    points, margin = _extent(shape)
    placed = points @ matrix[:2, :2].T + matrix[:2, 2]
    margin = margin * np.linalg.norm(matrix[:2, 0]) + 1
    limits = size[1], size[0]
    x0, y0 = np.clip(np.floor(placed.min(axis=0) - margin), 0, limits).astype(int)
    x1, y1 = np.clip(np.ceil(placed.max(axis=0) + margin), 0, limits).astype(int)
    return (int(x0), int(y0), int(x1), int(y1)) if x1 > x0 and y1 > y0 else None


def _extent(shape: Shape) -> tuple[np.ndarray, float]:
    """Points whose surroundings, so far, hold the whole shape."""
    if isinstance(shape, Brush):
        points = np.concatenate([np.array(stroke.points, float) for stroke in shape.strokes])
        return points, max(stroke.radius for stroke in shape.strokes)
    return (np.array(shape.points, float) if isinstance(shape, Polygon) else outline(shape)), 0.0


def _shifted(matrix: np.ndarray, x: float, y: float) -> np.ndarray:
    """The matrix, and then a shift."""
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], float) @ matrix
