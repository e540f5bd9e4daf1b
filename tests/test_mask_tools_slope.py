import numpy as np
import pytest
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.centres import find_centres
from maskvideo.mask_tools.sequence import collect
from maskvideo.mask_tools.slope import Slope

from .tracks_base import moving_disc, tracks_of


def edited(tracks, step):
    return collect(step.applied(tracks))


def centres(tracks):
    """[T, 2] of the first object, in pixels."""
    return find_centres(tracks.batch(range(tracks.count))).centre[:, 0]


@pytest.mark.parametrize("step", [6, -6])
def test_uphill_rises_in_the_direction_of_travel_and_downhill_falls(step):
    tracks = tracks_of(moving_disc(6, (100, 100), start=(50 - 2.5 * step, 50), step=(step, 0), radius=6))
    up, down = (centres(edited(tracks, Slope(degrees))) for degrees in (20, -20))
    for path, sign in ((up, -1), (down, 1)):
        way = path[-1] - path[0]
        assert np.sign(way[0]) == np.sign(step) and np.sign(way[1]) == sign
        assert np.rad2deg(np.arctan(abs(way[1] / way[0]))) == pytest.approx(20, abs=1.5)
    assert np.allclose(up[0], centres(tracks)[0], atol=0.3)


def test_an_object_that_the_camera_follows_needs_a_direction_and_can_be_given_a_way():
    tracks = tracks_of(moving_disc(6, (100, 100), start=(30, 60), step=(0, 0), radius=6))
    with pytest.raises(MaskVideoError, match=r"0\.0% of the width .* set towards to left or right"):
        edited(tracks, Slope(15))
    way = np.diff(centres(edited(tracks, Slope(15, travel=0.4, towards="right")))[[0, -1]], axis=0)[0]
    assert way == pytest.approx([40, -40 * np.tan(np.deg2rad(15))], abs=0.6)


def test_a_slope_too_steep_and_a_path_without_an_object_are_refused():
    with pytest.raises(MaskVideoError, match="slope is 90 degrees: give less than 90"):
        Slope(90)
    masks = moving_disc(3)
    masks[0] = 0
    with pytest.raises(MaskVideoError, match="frame 0 shows none of the objects"):
        Slope(10).applied(tracks_of(masks))
