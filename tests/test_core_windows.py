from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from maskvideo.core.errors import MaskVideoError
from maskvideo.core.windows import Window, plan_windows


def test_frames_that_fill_one_window_are_one_window():
    assert plan_windows(16) == [Window(0, 16, 0, 16)]


def test_the_papers_24_frames_are_two_windows_that_share_frame_8():
    assert plan_windows(24) == [Window(0, 16, 0, 9), Window(8, 24, 9, 24)]


def test_64_frames_restart_at_every_8th():
    assert [window.start for window in plan_windows(64)] == [0, 8, 16, 24, 32, 40, 48]


def test_the_last_window_starts_earlier_where_the_frames_do_not_divide():
    assert plan_windows(27) == [Window(0, 16, 0, 9), Window(8, 24, 9, 12), Window(11, 27, 12, 27)]


def test_one_frame_more_than_a_window_takes_a_second_window():
    assert plan_windows(17) == [Window(0, 16, 0, 2), Window(1, 17, 2, 17)]


def test_appendix_c_makes_24_frames_in_three_windows_and_no_frame_is_more_than_8_from_a_first_frame():
    assert plan_windows(24, windows="even") == [Window(0, 16, 0, 9), Window(8, 24, 9, 17), Window(16, 32, 17, 24)]
    for total in range(17, 60):
        planned = plan_windows(total, windows="even")
        assert all(window.keep_stop - 1 - window.start <= 8 for window in planned)
        kept = [frame for window in planned for frame in range(window.keep_start, window.keep_stop)]
        assert kept == list(range(total))
    assert plan_windows(16, windows="even") == plan_windows(16)


@given(st.data(), st.integers(2, 24))
def test_every_plan_joins_into_the_whole_video(data, size):
    total = data.draw(st.integers(size, 120))
    restart = data.draw(st.integers(1, size - 1))
    windows = plan_windows(total, size, restart)
    kept = [frame for window in windows for frame in range(window.keep_start, window.keep_stop)]
    assert kept == list(range(total))
    for window in windows:
        assert window.stop - window.start == size
        assert window.start <= window.keep_start < window.keep_stop <= window.stop
    for before, window in pairwise(windows):
        assert before.keep_start <= window.start < before.keep_stop  # the window before kept its first frame
        assert 1 <= window.start - before.start <= restart


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((12,), "12 frames, the first window needs 16: give 16 or more, or set frames to 12"),
        ((32, 16, 16), r"restart frame 16 lies outside 1\.\.15: give 15"),
        ((32, 16, 0), r"restart frame 0 lies outside 1\.\.15: give 1"),
        ((5, 1), "a window of 1 frames cannot move: give 2 or more"),
    ],
)
def test_a_plan_that_cannot_be_names_what_would_work(arguments, message):
    with pytest.raises(MaskVideoError, match=message):
        plan_windows(*arguments)
