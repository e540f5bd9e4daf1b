import numpy as np
import pytest
from maskvideo.mask_tools.measure import check_tracks

from .tracks_base import disc, moving_disc, tracks_of

SIZE = (120, 200)


def steady():
    """A disc that goes at an even pace, grows a little and turns slowly."""
    return np.stack([disc(SIZE, 40 + 6 * t, 60 + 4 * np.sin(t / 3), 20 + 0.5 * t) for t in range(16)])


def reasons(masks):
    return {one.frame: " / ".join(one.reasons) for one in check_tracks(tracks_of(masks)).objects[0].suspicious}


def test_an_ordinary_object_raises_no_suspicion_nor_does_one_that_leaves_slowly():
    assert reasons(steady()) == {}
    leaving = moving_disc(20, SIZE, start=(120, 60), step=(5, 0), radius=25)
    assert reasons(leaving) == {}


@pytest.mark.parametrize(
    ("spoil", "frame", "reason"),
    [
        (lambda m: 0 * m, 7, "empty between frames"),
        (lambda m: disc(SIZE, 82, 60, 45), 7, "area is"),
        (lambda m: np.roll(m, 70, axis=1), 7, "jumps by 58% of the shorter side"),
        (lambda m: 1 - m, 7, "is it inverted"),
        (lambda m: disc(SIZE, 82, 60, 3), 7, "too few to guide"),
        (lambda m: m * ((np.mgrid[: SIZE[0], : SIZE[1]] // 9).sum(axis=0) % 2 == 0), 7, "outline overlaps"),
        (lambda m: m * (np.arange(SIZE[1]) // 4 % 2).astype(np.uint8), 7, "pieces"),
    ],
)
def test_each_fault_of_one_frame_is_found_there(spoil, frame, reason):
    masks = steady()
    masks[frame] = spoil(masks[frame])
    found = reasons(masks)
    assert reason in found[frame]
    assert set(found) <= {frame, frame + 1}  # and on the way back


def test_an_object_that_is_never_there_is_told_once():
    assert reasons(np.zeros((5, *SIZE), np.uint8)) == {0: "empty in all frames"}


def test_an_object_that_comes_late_or_goes_early_is_empty_but_not_suspicious():
    masks = steady()
    masks[:3] = masks[12:] = 0
    assert reasons(masks) == {}


def test_a_single_frame_is_measured_too():
    assert reasons(steady()[:1]) == {}
