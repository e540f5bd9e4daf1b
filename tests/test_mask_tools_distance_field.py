import numpy as np
import pytest
from maskvideo.mask_tools.distance_field import between, blend, find_shape, signed_distance

from .tracks_base import disc, iou

SIZE = (60, 80)


def test_the_distance_is_that_to_the_outline_positive_inside():
    mask = np.zeros((5, 9), np.uint8)
    mask[:, 4:] = 1
    assert signed_distance(mask)[2].tolist() == [-3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5, 4.5]


def test_a_shape_moved_by_nothing_is_itself():
    mask = disc(SIZE, 30, 30, 12) | disc(SIZE, 45, 20, 7)
    shape = find_shape(mask)
    assert (blend([shape], [1], shape.centre, SIZE) == mask).all()
    assert (between(shape, shape, 0.5, SIZE) == mask).all()
    assert find_shape(mask * 0) is None


def test_half_way_between_two_discs_is_a_disc_half_way():
    first, second = disc(SIZE, 15, 30, 6), disc(SIZE, 60, 25, 13)  # no pixel in common
    middle = between(find_shape(first), find_shape(second), 0.5, SIZE)
    assert iou(middle[None], disc(SIZE, 37.5, 27.5, np.sqrt(6 * 13))[None]) > 0.93


def test_what_the_border_cuts_stays_at_the_border():
    first, second = disc(SIZE, 75, 30, 14), disc(SIZE, 83, 30, 14)
    middle = between(find_shape(first), find_shape(second), 0.5, SIZE)
    assert iou(middle[None], disc(SIZE, 79, 30, 14)[None]) > 0.9
    assert middle[25:36, -1].all()


@pytest.mark.parametrize(("fraction", "shown"), [(0.4, True), (0.6, False)])
def test_where_an_object_vanishes_the_nearer_frame_counts(fraction, shown):
    mask = disc(SIZE, 30, 30, 10)
    seen = between(find_shape(mask), None, fraction, SIZE)
    assert (seen == (mask if shown else 0)).all() and not between(None, None, fraction, SIZE).any()


def test_a_full_picture_is_a_shape_too():
    full = np.ones(SIZE, np.uint8)
    assert (between(find_shape(full), find_shape(full), 0.3, SIZE) == 1).all()
    assert np.isfinite(find_shape(full).field).all()
