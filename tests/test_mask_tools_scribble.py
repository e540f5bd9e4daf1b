"""The ControlNet's picture of a mask."""

import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.scribble import draw_scribble


def square_with_a_hole() -> torch.Tensor:
    mask = torch.zeros(1, 1, 40, 48)
    mask[..., 8:32, 8:40] = 1
    mask[..., 16:24, 20:28] = 0
    return mask


def test_the_fill_is_the_mask_on_three_channels():
    mask = square_with_a_hole()
    assert torch.equal(draw_scribble(mask, "fill"), mask.expand(1, 3, -1, -1))


def test_the_outline_follows_the_edge_and_the_hole_and_leaves_the_inside_black():
    outline = draw_scribble(square_with_a_hole(), "outline", width=1)
    assert outline.shape == (1, 3, 40, 48)
    assert set(outline.unique().tolist()) == {0.0, 1.0}
    assert outline[0, 0, 8, 8:40].all() and outline[0, 0, 8:32, 39].all()
    assert outline[0, 0, 15, 22:26].all()
    assert not outline[0, 0, 11:14, 11:36].any() and not outline[0, 0, :7].any()


def test_a_wider_outline_covers_more():
    areas = [draw_scribble(square_with_a_hole(), width=width).sum() for width in (1, 2, 4)]
    assert areas[0] < areas[1] < areas[2]


@pytest.mark.parametrize(
    ("mask", "style", "width", "message"),
    [
        (torch.zeros(1, 1, 8, 8), "outline", 2, "mask 0 is all black"),
        (torch.ones(1, 1, 8, 8), "edge", 2, "'edge' is unknown: use one of outline, fill"),
        (torch.ones(1, 1, 8, 8), "outline", 0, "0 px wide: give 1 or more"),
    ],
)
def test_bad_input_is_named(mask, style, width, message):
    with pytest.raises(MaskVideoError, match=message):
        draw_scribble(mask, style, width)
