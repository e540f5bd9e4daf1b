"""A prompt becomes the object's mask on its frame."""

import numpy as np
from maskvideo.evaluation.mask_iou import iou
from maskvideo.mask_tools.flow_seed import seed_mask
from maskvideo.mask_tools.prompts import ObjectPrompt

from .flow_base import SIZE, disk_clip

FRAMES, MASKS = disk_clip(1)
CENTRE = (35 / SIZE[1], 48 / SIZE[0])


def test_a_mask_is_taken_as_it_is():
    assert np.array_equal(seed_mask(FRAMES[0], ObjectPrompt("a", mask=MASKS[0])), MASKS[0])


def test_a_box_around_the_disk_is_cut_to_the_disk():
    found = seed_mask(FRAMES[0], ObjectPrompt("a", box=(0.1, 0.25, 0.45, 0.75)))
    assert iou(found, MASKS[0]) > 0.85


def test_a_click_on_the_disk_finds_the_disk():
    assert iou(seed_mask(FRAMES[0], ObjectPrompt("a", points=((*CENTRE, 1),))), MASKS[0]) > 0.85


def test_a_click_off_the_object_takes_its_surroundings_out_of_what_was_found():
    last = MASKS[0].astype(np.float32)
    last[36:60, 53:80] = 1  # a leak to the right
    corrected = seed_mask(FRAMES[0], ObjectPrompt("a", points=((*CENTRE, 1), (0.55, 0.5, 0))), last)
    assert iou(corrected, MASKS[0]) > iou(last, MASKS[0])
    assert not corrected[48, int(0.55 * SIZE[1])] and corrected[48, 35]


def test_a_click_off_everything_leaves_nothing_where_it_is():
    found = seed_mask(FRAMES[0], ObjectPrompt("a", box=(0.1, 0.25, 0.45, 0.75), points=((0.15, 0.3, 0),)))
    assert not found[int(0.3 * SIZE[0]), int(0.15 * SIZE[1])]


def test_a_box_of_one_pixel_and_one_of_the_whole_frame_do_not_fail():
    assert seed_mask(FRAMES[0], ObjectPrompt("a", box=(0.5, 0.5, 0.501, 0.501))).sum() == 1
    assert seed_mask(FRAMES[0], ObjectPrompt("a", box=(0.0, 0.0, 1.0, 1.0))).any()


def test_on_a_black_frame_a_click_keeps_its_place_and_a_box_does_not_spill():
    black = np.zeros((*SIZE, 3), np.uint8)
    clicked = seed_mask(black, ObjectPrompt("a", points=((0.5, 0.5, 1),)))
    assert clicked[SIZE[0] // 2, SIZE[1] // 2]
    boxed = seed_mask(black, ObjectPrompt("a", box=(0.2, 0.2, 0.6, 0.6))) > 0.5
    inside = np.zeros(SIZE, bool)
    inside[int(0.2 * SIZE[0]) : round(0.6 * SIZE[0]) + 1, int(0.2 * SIZE[1]) : round(0.6 * SIZE[1]) + 1] = True
    assert boxed.any() and not boxed[~inside].any()
