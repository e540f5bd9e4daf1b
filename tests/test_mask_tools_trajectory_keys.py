"""Values between a trajectory's keyframes."""

import numpy as np
from maskvideo.mask_tools.keyframes import values_at
from maskvideo.mask_tools.trajectory_keys import PositionKey, ScaleKey, VisibleKey, is_visible, keyed_values

TIMES = np.linspace(0, 1, 11)


def places(*keys):
    """x of position keyframes (time, x, easing) at eleven times."""
    return keyed_values([PositionKey(time, x, 0, easing) for time, x, easing in keys], ("x",), TIMES)[:, 0]


def test_each_keyframe_says_how_it_leads_to_the_next():
    assert np.allclose(
        places((0, 0, "linear"), (0.5, 1, "hold"), (1, 3, "linear")), [0, 0.2, 0.4, 0.6, 0.8, *[1] * 5, 3]
    )


def test_one_easing_is_the_curve_that_the_other_tools_use():
    keys = [(0, 0.1), (0.3, 0.9), (1, 0.4)]
    for easing in ("smooth", "linear"):
        expected = values_at([0, 0.3, 1], np.array(keys)[:, 1:], TIMES, easing)[:, 0]
        assert np.allclose(places(*((time, x, easing) for time, x in keys)), expected)


def test_a_curve_takes_no_direction_from_what_is_held_before_it():
    held = places((0, -9, "hold"), (0.4, 0, "smooth"), (1, 3, "smooth"))
    assert np.allclose(held[4:], np.linspace(0, 3, 7))


def test_values_are_held_outside_the_keyframes():
    assert np.allclose(places((0.4, 2, "linear"), (0.6, 4, "smooth")), [2] * 5 + [3] + [4] * 5)
    assert np.allclose(places((0.7, 5, "smooth")), 5)


def test_scale_goes_at_an_even_pace_by_its_logarithm():
    keys = [ScaleKey(0, 1, "linear"), ScaleKey(1, 4, "linear")]
    assert np.allclose(keyed_values(keys, ("scale",), np.array([0, 0.5, 1]))[:, 0], [1, 2, 4])


def test_a_time_of_six_digits_is_the_frame_it_was_written_for():
    times = np.linspace(0, 1, 16)
    keys = [VisibleKey(0, True), VisibleKey(0.333333, False), VisibleKey(0.666667, True)]
    assert np.flatnonzero(~is_visible(keys, times)).tolist() == [5, 6, 7, 8, 9]
    held = keyed_values([PositionKey(0, 1, 0, "hold"), PositionKey(0.666667, 2, 0)], ("x",), times)[:, 0]
    assert held.tolist() == [1] * 10 + [2] * 6


def test_before_the_first_such_keyframe_an_object_is_as_at_it():
    assert is_visible([VisibleKey(0.5, False)], TIMES).sum() == 0
    assert is_visible([], TIMES).all()
