"""A motion module goes onto the U-Net and comes off again."""

import pytest
import torch
from diffusers import UNet2DConditionModel
from maskvideo.adapters.diffusers.blocks import list_attention_blocks
from maskvideo.adapters.diffusers.hooks import install
from maskvideo.core.errors import MaskVideoError
from maskvideo.core.motion_module import MotionConfig, MotionModule
from maskvideo.core.video_model import Guide

TINY = {
    "block_out_channels": (32, 64),
    "layers_per_block": 1,
    "attention_head_dim": 2,
    "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
}


def tiny_unet(context: int = 16) -> UNet2DConditionModel:
    torch.manual_seed(0)
    return UNet2DConditionModel(**TINY, cross_attention_dim=context).eval()


def motion_for(unet: UNet2DConditionModel, **config) -> MotionModule:
    return MotionModule(list_attention_blocks(unet), MotionConfig(rank=2, mask_width=8, **config))


def hook_count(unet: UNet2DConditionModel) -> int:
    return sum(len(module._forward_hooks) + len(module._forward_pre_hooks) for module in unet.modules())


@torch.no_grad()
def image_noise(unet: UNet2DConditionModel) -> torch.Tensor:
    torch.manual_seed(1)
    return unet(torch.randn(2, 4, 8, 8), 7, torch.randn(2, 3, 16)).sample


def test_after_removal_the_unet_is_bit_equal_and_holds_no_trace():
    unet = tiny_unet()
    before, processors, keys = image_noise(unet), dict(unet.attn_processors), list(unet.state_dict())
    installed = install(unet, motion_for(unet))
    assert hook_count(unet) == 4
    assert list(unet.state_dict()) == keys
    installed.remove()
    installed.remove()
    assert dict(unet.attn_processors) == processors
    assert hook_count(unet) == 0
    assert torch.equal(image_noise(unet), before)


def test_the_hidden_state_after_each_block_passes_through_the_motion_module():
    unet = tiny_unet()
    motion = motion_for(unet)
    installed = install(unet, motion)
    calls = []
    layers = [layer["temporal_conv"] for layer in motion.blocks.values()]
    for layer in layers:
        layer.register_forward_hook(lambda layer, *_: calls.append(layer))
    with torch.no_grad():
        state = {"guide": Guide(2)}
        unet(torch.randn(2, 4, 8, 8), 7, torch.randn(1, 3, 16), cross_attention_kwargs=state)
    installed.remove()
    assert calls == layers


def test_a_motion_module_of_another_base_is_refused_and_the_difference_named():
    unet, other = tiny_unet(), tiny_unet(context=24)
    with pytest.raises(MaskVideoError, match="text width 16 instead of 24"):
        install(unet, motion_for(other))
    assert hook_count(unet) == 0


def test_a_second_motion_module_is_refused_and_the_first_stays():
    unet = tiny_unet()
    first = motion_for(unet)
    install(unet, first)
    with pytest.raises(MaskVideoError, match="has a motion module already"):
        install(unet, motion_for(unet))
    assert all(processor.motion is first for processor in unet.attn_processors.values())
    assert hook_count(unet) == 4
