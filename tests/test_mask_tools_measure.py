import json

import numpy as np
import pytest
from hypothesis import given
from maskvideo.mask_tools.measure import check_tracks, mask_iou, write_check

from .tracks_base import few, moving_disc, random_tracks, tracks_of

SIZE = (60, 80)


def check(masks):
    return check_tracks(tracks_of(masks)).objects[0]


def test_each_figure_is_in_its_unit():
    masks = moving_disc(3, SIZE, start=(20, 30), step=(6, 0))
    report = check(masks)
    assert report.area == pytest.approx((masks.sum((1, 2)) / (60 * 80)).tolist(), abs=1e-5)
    assert report.centre[1] == pytest.approx([26 / 80, 0.5], abs=1e-4)
    assert report.speed == [None, pytest.approx(0.1, abs=1e-4), pytest.approx(0.1, abs=1e-4)]
    assert report.iou_next[0] == pytest.approx(mask_iou(masks[0], masks[1]), abs=1e-5) and report.iou_next[-1] is None
    assert report.shape_iou_next[:2] == [1, 1]
    assert report.components == [1, 1, 1] and report.border == [[], [], []]
    assert report.empty == [] and report.suspicious == []


@few
@given(random_tracks())
def test_overlaps_are_those_of_the_whole_masks_and_empty_frames_are_gaps(tracks):
    for track, report in zip(tracks.objects, check_tracks(tracks).objects, strict=True):
        for t in range(tracks.count):
            shown = track.masks[t].any()
            assert (t in report.empty) == (not shown) == (report.centre[t] is None) == (report.area[t] == 0)
            if t + 1 < tracks.count and shown and track.masks[t + 1].any():
                assert report.iou_next[t] == pytest.approx(mask_iou(track.masks[t], track.masks[t + 1]), abs=1e-5)
            else:
                assert report.iou_next[t] is None


def test_sides_pieces_and_specks_are_told_apart():
    mask = np.zeros((1, *SIZE), np.uint8)
    mask[0, 0:20, 60:80] = mask[0, 30:40, 10:20] = 1
    mask[0, 50, 50] = 1  # a single pixel is no piece
    report = check(mask)
    assert report.border == [["top", "right"]] and report.components == [2]


def test_the_report_is_json_with_every_field(tmp_path):
    masks = moving_disc(9)
    masks[4] = 0
    report = check_tracks(tracks_of(masks, moving_disc(9), fps=12))
    write_check(tmp_path / "check.json", report)
    read = json.loads((tmp_path / "check.json").read_text(encoding="utf-8"))
    assert (read["frames"], read["width"], read["height"], read["fps"]) == (9, 80, 60, 12)
    assert [one["name"] for one in read["objects"]] == ["a", "b"] and read["objects"][0]["empty"] == [4]
    assert read["objects"][0]["suspicious"] == [{"frame": 4, "reasons": ["empty between frames that show it"]}]
    assert report.suspicious == {4: ["a: empty between frames that show it"]}


def test_progress_is_told():
    told = []
    check_tracks(tracks_of(moving_disc(20)), lambda done, total: told.append((done, total)))
    assert told == [(16, 20), (20, 20)]
