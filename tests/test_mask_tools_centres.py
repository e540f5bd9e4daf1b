import numpy as np
import pytest
from hypothesis import given
from maskvideo.mask_tools.centres import find_centres, find_place

from .tracks_base import few, random_tracks


@few
@given(random_tracks())
def test_centres_and_areas_are_those_of_the_pixels(tracks):
    masks = tracks.batch(range(tracks.count))
    found = find_centres(masks)
    for index in np.ndindex(masks.shape[:2]):
        rows, columns = np.nonzero(masks[index])
        centre = (columns.mean() + 0.5, rows.mean() + 0.5) if len(rows) else (tracks.size[1] / 2, tracks.size[0] / 2)
        assert found.centre[index] == pytest.approx(centre) and found.area[index] == len(rows)


def test_a_place_is_the_objects_rectangle():
    mask = np.zeros((20, 30), np.uint8)
    mask[4:7, 10:15] = 1
    place = find_place(mask)
    assert place.window.shape == (3, 5) and (place.left, place.top, place.x, place.y, place.area) == (
        10,
        4,
        12.5,
        5.5,
        15,
    )
    assert find_place(mask * 0) is None
