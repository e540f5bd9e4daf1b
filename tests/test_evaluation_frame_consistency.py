import pytest
import torch
from maskvideo.evaluation.frame_consistency import frame_consistency


def scene(frames=4):
    masks = torch.zeros(1, 1, frames, 32, 48)
    for t in range(frames):
        masks[..., t, 8:20, 5 + 6 * t : 17 + 6 * t] = 1
    texture = 0.5 + 0.1 * torch.rand(1, 3, 1, 32, 48, generator=torch.Generator().manual_seed(0))
    return masks * 0.9 + (1 - masks) * texture, masks


def test_a_moving_object_alone_costs_nothing():
    score = frame_consistency(*scene())
    assert score.palette > 0.999 and score.background_psnr == 60.0


def test_a_change_of_hue_lowers_the_palettes_cosine():
    frames, masks = scene()
    frames[:, 0, 2] -= 0.25
    assert frame_consistency(frames, masks).palette < 0.9


def test_flicker_of_the_background_lowers_its_psnr_to_the_noise_level():
    frames, masks = scene()
    noise = torch.randn(frames.shape, generator=torch.Generator().manual_seed(1))
    score = frame_consistency(frames + 0.01 * noise, masks)
    assert score.background_psnr == pytest.approx(40 - 3.01, abs=0.2)  # two frames' noise: twice the variance


def test_a_single_frame_agrees_with_itself():
    frames, masks = scene(frames=1)
    score = frame_consistency(frames, masks)
    assert score.palette == 1.0 and score.background_psnr is None
