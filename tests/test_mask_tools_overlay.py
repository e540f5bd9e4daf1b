import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.overlay import TINT, overlay_masks


def square(frames=3):
    masks = torch.zeros(1, 1, frames, 32, 48)
    masks[..., 8:24, 12:36] = 1
    return masks


def grey(frames=3):
    return torch.full((1, 3, frames, 32, 48), 0.5)


def test_the_inside_is_tinted_and_the_outside_stays():
    drawn = overlay_masks(grey(), square(), opacity=0.5, outline=False)
    assert drawn[0, :, 1, 16, 24].tolist() == pytest.approx([(0.5 + channel) / 2 for channel in TINT])
    assert (drawn[..., :8, :] == 0.5).all()


def test_opacity_zero_without_an_outline_changes_nothing():
    assert torch.equal(overlay_masks(grey(), square(), opacity=0, outline=False), grey())


def test_the_outline_is_drawn_where_the_mask_ends():
    drawn = overlay_masks(grey(), square(), opacity=0)
    assert drawn[0, :, 0, 8, 20].min() > 0.95 and drawn[0, :, 0, 16, 24].max() < 0.55


def test_the_frames_given_stay_as_they_are():
    frames = grey()
    overlay_masks(frames, square(), opacity=1)
    assert torch.equal(frames, grey())


def test_one_mask_holds_for_all_frames_at_any_size():
    small = torch.nn.functional.interpolate(square(1)[0], scale_factor=0.5)[None]
    drawn = overlay_masks(grey(), small, opacity=1, outline=False)
    assert torch.equal(drawn[:, :, 0], drawn[:, :, 2]) and drawn[0, 0, 2, 16, 24] == TINT[0]


def test_counts_that_differ_and_opacities_out_of_range_are_refused():
    with pytest.raises(MaskVideoError, match="mask sequence has 2 frames, the video needs 3"):
        overlay_masks(grey(), square(2))
    with pytest.raises(MaskVideoError, match="opacity is 2: give 1"):
        overlay_masks(grey(), square(), opacity=2)
