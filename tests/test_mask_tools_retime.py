import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.centres import find_centres
from maskvideo.mask_tools.retime import Loop, Retime, Reverse, Trim
from maskvideo.mask_tools.sequence import collect

from .tracks_base import counts, disc, few, iou, moving_disc, random_tracks, tracks_of


def applied(tracks, *steps):
    for step in steps:
        tracks = step.applied(tracks)
    return collect(tracks)


def walking(frames):
    """A body with a leg that swings: its outline changes from frame to frame."""
    size = (90, 160)
    masks = moving_disc(frames, size, start=(30, 40), step=(5, 0.7), radius=16)
    for t, mask in enumerate(masks):
        mask |= disc(size, 30 + 5 * t + 10 * np.sin(t), 62 + 0.7 * t, 6)
    return tracks_of(masks)


def test_sixteen_masks_to_thirty_one_and_back_lose_less_than_one_percent():
    tracks = walking(16)
    assert iou(applied(tracks, Retime(frames=31), Retime(frames=16)).union(), tracks.union()) == 1
    stretched = applied(tracks, Retime(frames=31))  # and from what was written out
    assert iou(applied(stretched, Retime(frames=16)).union(), tracks.union()) >= 0.99
    for frames in (24, 40):  # times between all frames
        back = applied(applied(tracks, Retime(frames=frames)), Retime(frames=16))
        overlap = [iou(back.union()[t : t + 1], tracks.union()[t : t + 1]) for t in range(16)]
        assert np.mean(overlap) > 0.97, frames


def test_frames_in_between_are_new_shapes_on_the_way_not_copies():
    tracks = tracks_of(moving_disc(4, step=(9, 2)))
    slow = applied(tracks, Retime(speed=0.5))
    assert slow.count == 7
    assert iou(slow.union(), moving_disc(7, step=(4.5, 1))) > 0.9
    assert all((one != other).any() for one, other in zip(slow.union(), slow.union()[1:], strict=False))


def test_speed_and_frame_rate_give_their_counts():
    tracks = tracks_of(moving_disc(9), fps=24)
    assert applied(tracks, Retime(speed=2)).count == 5
    at_8 = applied(tracks, Retime(fps=8))
    assert (at_8.count, at_8.fps) == (3, 8) and (at_8.union() == tracks.union()[::3]).all()
    at_48 = applied(tracks, Retime(fps=48))
    assert (at_48.count, at_48.fps) == (18, 48) and (at_48.union()[::2] == tracks.union()).all()


@few
@given(random_tracks(), counts)
def test_first_and_last_stay_and_the_count_is_met(tracks, frames):
    retimed = applied(tracks, Retime(frames=frames))
    assert retimed.count == frames and retimed.names == tracks.names
    assert (retimed.batch([0]) == tracks.batch([0])).all()
    if frames > 1:
        assert (retimed.batch([frames - 1]) == tracks.batch([tracks.count - 1])).all()


@few
@given(random_tracks(), st.integers(1, 3))
def test_reverse_loop_and_trim_are_reorderings(tracks, times):
    masks, order = tracks.batch(range(tracks.count)), list(range(tracks.count))
    there = order + order[-2:0:-1]
    for step, expected in (
        (Reverse(), order[::-1]),
        (Loop(times), order * times),
        (Loop(times, "back_and_forth"), there * times),
        (Trim(0, 1), [0]),
        (Trim(-1), order[-1:]),
    ):
        result = applied(tracks, step)
        assert (result.batch(range(result.count)) == masks[expected]).all(), step


def test_a_loop_is_closed_by_frames_on_the_way_back_to_the_start():
    tracks = tracks_of(moving_disc(4, step=(8, 0)))
    looped = applied(tracks, Loop(2, blend_frames=3))
    assert looped.count == 2 * (4 + 3)
    assert np.allclose(find_centres(looped.batch(range(7))).centre[:, 0, 0], [20, 28, 36, 44, 38, 32, 26], atol=0.5)
    assert (looped.union()[7:11] == tracks.union()).all()


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (lambda: Retime(), "retime got nothing: give one of frames, speed and fps"),
        (lambda: Retime(frames=3, speed=2), "retime got frames and speed"),
        (lambda: Retime(speed=-1), "retime speed is -1: give a number above 0"),
        (lambda: Retime(fps=8).applied(tracks_of(moving_disc(3))), "do not say their own, give frames or speed"),
        (lambda: Retime(speed=1e-9).applied(tracks_of(moving_disc(3))), "is 2000000001: give 1000000 or less"),
        (lambda: Loop(10**9).applied(tracks_of(moving_disc(3))), "times is 1000000000: give 166666 or less"),
        (lambda: Loop(0), "times is 0: give 1 or more"),
        (lambda: Loop(kind="x"), "kind 'x' is unknown"),
        (lambda: Trim(5).applied(tracks_of(moving_disc(3))), "leaves no frame of 3: give a start from 0 to 2"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_cure(step, message):
    with pytest.raises(MaskVideoError, match=message):
        step()
