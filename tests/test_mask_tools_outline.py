import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.outline import outline_masks


def square():
    masks = torch.zeros(1, 1, 2, 16, 16)
    masks[..., 4:12, 4:12] = 1
    return masks


@pytest.mark.parametrize("width", [1, 2, 3])
def test_the_outline_is_the_masks_rim_of_that_width(width):
    expected = square()
    expected[..., 4 + width : 12 - width, 4 + width : 12 - width] = 0
    assert torch.equal(outline_masks(square(), width), expected)


def test_the_pictures_border_is_no_outline():
    assert not outline_masks(torch.ones(1, 1, 1, 8, 8)).any()
    masks = torch.zeros(1, 1, 1, 8, 8)
    masks[..., :4] = 1
    assert torch.equal(outline_masks(masks, 1)[0, 0, 0].nonzero()[:, 1].unique(), torch.tensor([3]))


def test_frames_do_not_mix():
    masks = square()
    masks[:, :, 1] = 1
    assert not outline_masks(masks)[:, :, 1].any()


def test_a_width_below_one_is_refused():
    with pytest.raises(MaskVideoError, match="outline of 0 px"):
        outline_masks(square(), 0)
