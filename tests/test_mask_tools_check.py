import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.check import check_masks, check_size, describe_vanished


def masks_with_black(frames, black):
    masks = torch.ones(1, 1, frames, 4, 4)
    masks[:, :, black] = 0
    return masks


def test_masks_that_show_an_object_throughout_pass():
    assert check_masks(masks_with_black(5, [])) == []


def test_a_black_mask_0_is_refused_and_the_first_good_one_named():
    with pytest.raises(MaskVideoError, match=r"mask 0 is all black.*start at mask 2"):
        check_masks(masks_with_black(5, [0, 1]))


def test_all_black_masks_are_refused():
    with pytest.raises(MaskVideoError, match="all 3 masks are black"):
        check_masks(masks_with_black(3, [0, 1, 2]))


def test_frames_in_which_the_mask_vanishes_are_listed():
    assert check_masks(masks_with_black(8, [3, 4, 6])) == [3, 4, 6]


@pytest.mark.parametrize(
    "frames, text", [([7], "frame 7"), ([3, 4, 5], "frames 3-5"), ([2, 5, 6, 9], "frames 2, 5-6 and 9")]
)
def test_the_warning_names_the_frames(frames, text):
    assert describe_vanished(frames).startswith(f"the mask vanishes in {text}:")


def test_nothing_vanished_is_no_warning():
    assert describe_vanished([]) == ""


def test_a_size_not_divisible_by_8_is_refused_with_the_nearest_that_is():
    check_size(160, 256)
    with pytest.raises(MaskVideoError, match=r"size 250x162 came.*divisible by 8: use 248x160"):
        check_size(162, 250)
    with pytest.raises(MaskVideoError, match="use 8x8"):
        check_size(2, 8)
