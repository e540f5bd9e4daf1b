"""The tracker says nothing where nothing is: an object that leaves, comes late or is hidden has no pixel there."""

from types import SimpleNamespace

import numpy as np
import pytest
from maskvideo.evaluation.mask_iou import iou
from maskvideo.mask_tools.extract import extract_tracks
from maskvideo.mask_tools.flow_presence import likeness
from maskvideo.mask_tools.flow_tracker import FlowBackend
from maskvideo.mask_tools.frame_source import open_frames
from maskvideo.mask_tools.prompts import ObjectPrompt

from .flow_scenes import Thing, film

PANS = pytest.mark.parametrize("pan", [0.0, 1.5])


def follow(frames, masks, first=0):
    """The found masks, bool [T, H, W], of an object that its true mask on frame `first` points at."""
    prompt = ObjectPrompt("thing", frame=first, mask=masks[first])
    return extract_tracks(open_frames(frames), [prompt], FlowBackend()).objects[0].masks


def check(found, truth, least=0.95):
    shown = truth.any((1, 2))
    assert not found[~shown].any(), [int(mask.sum()) for mask in found[~shown]]
    assert np.mean([iou(mask, true) for mask, true in zip(found[shown], truth[shown], strict=True)]) > least


@PANS
def test_an_object_that_is_gone_from_one_frame_to_the_next_leaves_no_ghost(pan):
    frames, (truth,) = film(Thing(lambda t: (45 + 4 * t, 60), opacity=lambda t: t < 11), pan=pan)
    check(follow(frames, truth), truth)


@PANS
@pytest.mark.parametrize("speed", [6, 10])
def test_an_object_that_slides_out_over_the_border_stays_out(pan, speed):
    frames, (truth,) = film(Thing(lambda t: (110 + speed * t, 60)), pan=pan)
    check(follow(frames, truth), truth, 0.9)


@PANS
def test_before_an_object_pops_in_there_is_nothing(pan):
    frames, (truth,) = film(Thing(lambda t: (45 + 4 * t, 60), opacity=lambda t: t >= 9), pan=pan)
    check(follow(frames, truth, first=15), truth)


@PANS
def test_an_object_that_fades_is_followed_as_long_as_it_shows_and_then_is_gone(pan):
    opacity = [1.0] * 9 + [0.8, 0.6, 0.4] + [0.0] * 10
    frames, (truth,) = film(Thing(lambda t: (45 + 4 * t, 60), opacity=lambda t: opacity[t]), pan=pan)
    check(follow(frames, truth), truth, 0.9)


def test_a_second_object_that_comes_late_takes_nothing_from_the_first():
    first = Thing(lambda t: (45 + 4 * t, 35))
    second = Thing(lambda t: (150 - 4 * t, 85), (200, 60, 210), opacity=lambda t: t >= 8)
    frames, truth = film(first, second)
    prompts = [ObjectPrompt("first", mask=truth[0][0]), ObjectPrompt("second", frame=12, mask=truth[1][12])]
    for one, true in zip(extract_tracks(open_frames(frames), prompts, FlowBackend()).objects, truth, strict=True):
        check(one.masks, true)


def test_an_object_that_stops_behind_a_post_for_good_is_gone():
    frames, (truth,) = film(Thing(lambda t: (min(45 + 6 * t, 110), 60)), post=(110, 28))
    check(follow(frames, truth), truth, 0.9)


def test_an_object_that_passes_behind_a_post_is_gone_there_and_found_again_after_it():
    frames, (truth,) = film(Thing(lambda t: (30 + 7 * t, 60)), post=(100, 26))
    found = follow(frames, truth)
    check(found[:16], truth[:16], 0.7)
    assert np.mean([iou(mask, true) for mask, true in zip(found[17:], truth[17:], strict=True)]) > 0.9


def test_half_hidden_by_a_post_the_rest_of_the_object_is_followed():
    frames, (truth,) = film(Thing(lambda t: (45 + 5 * t, 60)), post=(100, 7))
    check(follow(frames, truth), truth, 0.9)


def test_what_the_plate_explains_is_background_even_in_the_objects_colours():
    levels, known = np.array([[0, 0, 12]]), np.array([[True, False, True]])
    shares = np.full((1, 3), 0.3), np.full((1, 3), 0.01)
    odds = likeness(shares, levels, SimpleNamespace(known=known), SimpleNamespace(still=1.0))[0]
    assert odds[0] < 0 < odds[1] < odds[2]
    moving = likeness(shares, levels, SimpleNamespace(known=known), SimpleNamespace(still=0.0))[0]
    assert moving[0] > 0
