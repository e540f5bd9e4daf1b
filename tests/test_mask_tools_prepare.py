"""Masks of any count and size become masks that can guide."""

import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.prepare import prepare_masks

SIZE = (16, 24)


@pytest.mark.parametrize(("count", "frames"), [(1, 4), (4, 4), (9, 9)])
def test_one_mask_is_held_a_window_stays_and_more_extend(count, frames):
    masks, vanished = prepare_masks(torch.ones(1, 1, count, 32, 48), 4, SIZE)
    assert masks.shape == (1, 1, frames, *SIZE) and masks.all() and vanished == []


def test_vanished_masks_are_listed():
    masks = torch.ones(1, 1, 4, *SIZE)
    masks[:, :, 2] = 0
    assert prepare_masks(masks, 4, SIZE)[1] == [2]


def test_an_object_lost_in_resizing_is_noticed():
    masks = torch.zeros(1, 1, 4, 320, 480)
    masks[..., 5, 5] = 1
    with pytest.raises(MaskVideoError, match="mask 0 is all black"):
        prepare_masks(masks, 4, SIZE)


@pytest.mark.parametrize(
    ("count", "size", "message"),
    [
        (3, SIZE, "mask sequence has 3 frames, the first window needs 16: give 16 or more .* or set frames to 3"),
        (16, (16, 20), "size 20x16 came, width and height must be divisible by 8"),
    ],
)
def test_what_cannot_fit_is_refused(count, size, message):
    with pytest.raises(MaskVideoError, match=message):
        prepare_masks(torch.ones(1, 1, count, 32, 48), 16, size)
