"""The check looks at the video: ghosts on bare background are found, an object that is gone is absent and no fault."""

import numpy as np
import pytest
from maskvideo.mask_tools.frame_source import open_frames
from maskvideo.mask_tools.measure import check_tracks

from .flow_scenes import Thing, film
from .tracks_base import tracks_of

LEFT = 12


def leaving(pan=0.0):
    frames, (truth,) = film(Thing(lambda t: (45 + 4 * t, 60), opacity=lambda t: t < LEFT), pan=pan)
    return frames, truth


def check(frames, masks):
    return check_tracks(tracks_of(masks.astype(np.uint8)), frames=open_frames(frames)).objects[0]


@pytest.mark.parametrize("pan", [0.0, 1.5])
def test_a_mask_that_stays_where_an_object_was_is_a_ghost(pan):
    frames, masks = leaving(pan)
    masks[LEFT:] = masks[LEFT - 1]
    odd = {one.frame: one.reasons for one in check(frames, masks).suspicious}
    assert set(odd) == set(range(LEFT, len(frames))) and "like the background" in odd[LEFT][0]


@pytest.mark.parametrize("pan", [0.0, 1.5])
def test_an_object_that_is_gone_is_absent_and_no_fault(pan):
    report = check(*leaving(pan))
    assert report.suspicious == [] and report.absent == report.empty == list(range(LEFT, 22))


def test_an_object_that_was_hidden_for_long_is_absent_between():
    frames, (truth,) = film(Thing(lambda t: (30 + 7 * t, 60)), post=(100, 32))
    report = check(frames, truth)
    assert len(report.absent) >= 3 and not {one.frame for one in report.suspicious} & set(report.absent)


def test_an_empty_frame_between_is_suspicious_and_so_are_masks_that_end_before_the_object_does():
    frames, (truth,) = film(Thing(lambda t: (45 + 2 * t, 60)))
    gap, ended = truth.copy(), truth.copy()
    gap[8], ended[16:] = False, False
    assert 8 in [one.frame for one in check(frames, gap).suspicious] and check(frames, gap).absent == []
    assert "still shows" in next(one for one in check(frames, ended).suspicious if one.frame == 16).reasons[0]


def test_an_object_that_looks_like_its_background_is_not_judged_by_it():
    frames, (truth,) = film(Thing(lambda t: (45 + 4 * t, 60), opacity=lambda t: 0.01))
    assert check(frames, truth).suspicious == []


def test_without_the_video_gaps_are_suspicious_and_an_end_is_absence():
    _, masks = leaving()
    masks[5:9] = False
    report = check_tracks(tracks_of(masks.astype(np.uint8))).objects[0]
    assert [one.frame for one in report.suspicious] == [5, 6, 7, 8] and report.absent == list(range(LEFT, 22))
