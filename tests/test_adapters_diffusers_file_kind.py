"""A foreign weights file is named for what it is."""

import pytest
from maskvideo.adapters.diffusers.file_kind import check_is_controlnet, check_is_sd1
from maskvideo.core.errors import MaskVideoError

SD1 = [
    "model.diffusion_model.input_blocks.0.0.weight",
    "first_stage_model.encoder.conv_in.weight",
    "cond_stage_model.transformer.text_model.final_layer_norm.weight",
]
FOREIGN = {
    "an SDXL checkpoint": [*SD1[:2], "conditioner.embedders.1.model.ln_final.weight"],
    "an SD2.x checkpoint": [*SD1[:2], "cond_stage_model.model.ln_final.weight"],
    "an SD3 checkpoint": ["model.diffusion_model.joint_blocks.0.x_block.mlp.fc1.weight"],
    "a Flux checkpoint": ["double_blocks.0.img_attn.proj.weight"],
    "a ControlNet": ["control_model.zero_convs.0.0.weight"],
    "a LoRA": ["lora_unet_down_blocks_0_attentions_0_proj_in.lora_down.weight"],
    "a motion file": ["down.0.0.temporal_conv.conv.weight"],
    "a U-Net in diffusers' layout": ["down_blocks.0.resnets.0.conv1.weight"],
    "a VAE": ["encoder.conv_in.weight"],
    "a file with 1 tensors such as 'layer.3'": ["layer.3"],
    "a file without tensors": [],
}


@pytest.mark.parametrize(("kind", "keys"), FOREIGN.items())
def test_a_foreign_file_is_named(kind, keys):
    with pytest.raises(MaskVideoError) as error:
        check_is_sd1(keys, "model.safetensors")
    assert str(error.value) == f"model.safetensors is {kind}, no SD1.x checkpoint: give an SD1.x single file"


def test_an_incomplete_checkpoint_says_which_parts_are_missing():
    check_is_sd1(SD1, "model.safetensors")
    with pytest.raises(MaskVideoError, match="has no VAE and no text encoder"):
        check_is_sd1(SD1[:1], "model.safetensors")


def test_what_is_no_controlnet_is_named():
    with pytest.raises(MaskVideoError, match=r"x\.safetensors is a LoRA, no ControlNet"):
        check_is_controlnet(["lora_unet_mid_block.alpha"], "x.safetensors")
