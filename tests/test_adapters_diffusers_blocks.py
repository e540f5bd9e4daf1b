"""Canonical block names, widths and levels of a diffusers U-Net."""

import pytest
import torch
from accelerate import init_empty_weights
from diffusers import UNet2DConditionModel
from maskvideo.adapters.diffusers.blocks import list_attention_blocks, spatial_transformers
from maskvideo.adapters.diffusers.configs import component_config
from maskvideo.core.errors import MaskVideoError

TINY = {
    "block_out_channels": (32, 64),
    "layers_per_block": 1,
    "cross_attention_dim": 16,
    "attention_head_dim": 2,
    "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
}


def sd1_architecture():
    with init_empty_weights():
        return list_attention_blocks(UNet2DConditionModel.from_config(component_config("unet")))


def test_sd1_has_sixteen_blocks_in_execution_order():
    names = [block.name for block in sd1_architecture().blocks]
    down = ["down.0.0", "down.0.1", "down.1.0", "down.1.1", "down.2.0", "down.2.1"]
    up = [f"up.{i}.{j}" for i in (1, 2, 3) for j in (0, 1, 2)]
    assert names == [*down, "mid.0", *up]


def test_sd1_widths_heads_and_levels_are_the_published_ones():
    blocks = {block.name: (block.channels, block.heads, block.level) for block in sd1_architecture().blocks}
    assert blocks["down.0.1"] == (320, 8, 0)
    assert blocks["down.2.0"] == (1280, 8, 2)
    assert blocks["mid.0"] == (1280, 8, 3)
    assert blocks["up.1.2"] == (1280, 8, 2)
    assert blocks["up.3.0"] == (320, 8, 0)
    assert sd1_architecture().context_width == 768


def test_the_level_gives_the_grid_that_the_block_really_sees():
    unet = UNet2DConditionModel(**TINY).eval()
    seen = {}
    for name, transformer in spatial_transformers(unet).items():
        transformer.register_forward_pre_hook(lambda _, args, name=name: seen.update({name: args[0].shape[-2:]}))
    with torch.no_grad():
        unet(torch.randn(1, 4, 7, 10), 1, torch.randn(1, 3, 16))  # 7 is odd: halving rounds up
    for block in list_attention_blocks(unet).blocks:
        assert tuple(seen[block.name]) == (-(-7 // 2**block.level), -(-10 // 2**block.level))


def test_blocks_are_listed_in_the_order_in_which_they_run():
    unet = UNet2DConditionModel(**TINY).eval()
    ran = []
    for name, transformer in spatial_transformers(unet).items():
        transformer.register_forward_hook(lambda *_, name=name: ran.append(name))
    with torch.no_grad():
        unet(torch.randn(1, 4, 8, 8), 1, torch.randn(1, 3, 16))
    assert ran == [block.name for block in list_attention_blocks(unet).blocks]


def test_a_unet_with_several_transformer_layers_in_a_block_is_refused():
    unet = UNet2DConditionModel(**TINY, transformer_layers_per_block=2)
    with pytest.raises(MaskVideoError, match=r"down\.0\.0 has 2 transformer layers, SD1.x has 1"):
        list_attention_blocks(unet)
