"""Shapes as pixels: half coverage, against counting samples by hand."""

import numpy as np
import pytest
from maskvideo.mask_tools.trajectory_raster import shape_mask
from maskvideo.mask_tools.trajectory_shapes import Bitmap, Brush, Ellipse, Polygon, Rectangle, Stroke, outline

from .tracks_base import disc

SIZE = (40, 60)


def at(x, y, scale=1.0):
    return np.array([[scale, 0, x], [0, scale, y], [0, 0, 1.0]])


def sampled(inside, times=16):
    """A mask from a function of points [N] -> bool: the ten-line reference."""
    rows, columns = (np.mgrid[: SIZE[0] * times, : SIZE[1] * times] + 0.5) / times
    there = inside(columns.ravel(), rows.ravel()).reshape(SIZE[0], times, SIZE[1], times)
    return (there.mean(axis=(1, 3)) > 0.5).astype(np.uint8)


def even_odd(points):
    def inside(x, y):
        odd = np.zeros(len(x), bool)
        for (x0, y0), (x1, y1) in zip(points, np.roll(points, -1, axis=0), strict=True):
            if y0 != y1:
                odd ^= ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) / (y1 - y0) * (x1 - x0))
        return odd

    return inside


def test_a_rectangle_covers_its_pixels_and_no_more():
    mask = shape_mask(Rectangle(0.5, 0.25), at(30, 20, 40), SIZE)
    assert mask[15:25, 20:40].all() and mask.sum() == 200
    assert shape_mask(Rectangle(0.5, 0.25), at(30.4, 20, 40), SIZE)[20, 20:40].all()
    assert not shape_mask(Rectangle(0.5, 0.25), at(30.6, 20, 40), SIZE)[20, 20]


def test_half_covered_is_not_covered():
    mask = shape_mask(Rectangle(0.5, 0.25), at(30.5, 20, 40), SIZE)
    assert mask[20].sum() == 19


@pytest.mark.parametrize("seed", range(8))
def test_random_outlines_that_cross_themselves_and_leave_the_picture_are_filled_even_odd(seed):
    points = np.random.default_rng(seed).uniform(-1, 1, (9, 2))
    mask = shape_mask(Polygon(tuple(map(tuple, points))), at(30, 20, 35), SIZE)
    expected = sampled(even_odd(points * 35 + (30, 20)))
    assert (mask != expected).sum() <= 0.01 * SIZE[0] * SIZE[1]


def test_an_ellipse_is_round():
    assert (shape_mask(Ellipse(0.5, 0.5), at(30, 20, 40), SIZE) != disc(SIZE, 30, 20, 10)).sum() <= 8


def test_a_brush_is_a_thick_line_and_its_eraser_takes_away():
    line = Stroke(0.1, ((-0.5, 0), (0.5, 0)))
    mask = shape_mask(Brush((line,)), at(30, 20, 40), SIZE)
    assert mask[16:24, 10:50].all() and mask[15].sum() == 0 and mask[20].sum() == 48
    hole = shape_mask(Brush((line, Stroke(0.05, ((0, 0),), erase=True))), at(30, 20, 40), SIZE)
    assert hole[20, 30] == 0 and (mask.sum() - hole.sum()) == pytest.approx(np.pi * 4, abs=5)


def test_a_bitmap_lies_over_its_sides_whatever_its_own_size():
    for times in (1, 3, 20):
        bitmap = np.zeros((10 * times, 20 * times), np.uint8)
        bitmap[:, 10 * times :] = 255
        mask = shape_mask(Bitmap("m.png", 0.5, 0.25), at(30, 20, 40), SIZE, bitmap)
        expected = np.zeros(SIZE, np.uint8)
        expected[15:25, 30:40] = 1
        assert (mask != expected).sum() <= 4, times


def test_a_turned_bitmap_is_its_turned_frame():
    shape, matrix = Bitmap("m.png", 0.5, 0.3), np.array([[28, -28, 30], [28, 28, 20], [0, 0, 1.0]])
    mask = shape_mask(shape, matrix, SIZE, np.full((7, 11), 255, np.uint8))
    expected = shape_mask(Polygon(tuple(map(tuple, outline(shape)))), matrix, SIZE)
    assert (mask != expected).sum() <= 30


@pytest.mark.parametrize(
    "shape", [Ellipse(0.3, 0.3), Brush((Stroke(0.1, ((0, 0),)),)), Polygon(((0, 0), (1, 1), (0, 0)))]
)
def test_what_is_outside_or_has_no_area_is_an_empty_mask(shape):
    assert not shape_mask(shape, at(-900, 20, 40), SIZE).any()
    if isinstance(shape, Polygon):
        assert not shape_mask(shape, at(30, 20, 40), SIZE).any()
