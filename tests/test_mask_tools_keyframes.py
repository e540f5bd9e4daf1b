import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from maskvideo.mask_tools.keyframes import EASINGS, frame_times, values_at

from .tracks_base import few


@few
@given(st.lists(st.integers(0, 100), min_size=1, max_size=6, unique=True), st.sampled_from(EASINGS))
def test_keyframes_are_met_and_held_outside(times, easing):
    times = sorted(time / 100 for time in times)
    keys = np.random.default_rng(0).normal(size=(len(times), 3))
    assert values_at(times, keys, np.array(times), easing) == pytest.approx(keys)
    outside = values_at(times, keys, np.array([times[0] - 1, times[-1] + 1]), easing)
    assert outside == pytest.approx(keys[[0, -1]])


def test_even_motion_stays_even_by_either_easing():
    for easing in EASINGS:
        values = values_at([0, 0.5, 1], [[0.0], [1.0], [2.0]], np.linspace(0, 1, 9), easing)
        assert values[:, 0] == pytest.approx(np.linspace(0, 2, 9))


def test_the_first_frame_is_at_0_and_the_last_at_1():
    assert frame_times(3).tolist() == [0, 0.5, 1] and frame_times(1).tolist() == [0]
