"""The single-file key names, against diffusers' own readers and the published names."""

import pytest
import torch
from accelerate import init_empty_weights
from diffusers import AutoencoderKL, ControlNetModel, UNet2DConditionModel
from diffusers.loaders import single_file_utils
from maskvideo.adapters.diffusers.configs import component_config
from maskvideo.adapters.diffusers.ldm_layout import to_ldm_layout
from transformers import CLIPTextConfig, CLIPTextModel


def tiny_config(layers: int) -> dict:
    """Four levels, as SD1.x has, with a 1x1 shortcut between levels of differing width."""
    widths = {"block_out_channels": (8, 8, 16, 16), "layers_per_block": layers, "norm_num_groups": 4}
    unet = component_config("unet") | widths | {"cross_attention_dim": 16, "attention_head_dim": 2}
    return {"unet": unet, "vae": component_config("vae") | widths}


@pytest.mark.parametrize("layers", [1, 2])
def test_diffusers_reads_back_the_unet_that_was_written(layers):
    unet = UNet2DConditionModel.from_config(tiny_config(layers)["unet"])
    read = single_file_utils.convert_ldm_unet_checkpoint(to_ldm_layout(unet=unet), unet.config)
    assert_same(read, unet.state_dict())


@pytest.mark.parametrize("layers", [1, 2])
def test_diffusers_reads_back_the_vae_that_was_written(layers):
    vae = AutoencoderKL.from_config(tiny_config(layers)["vae"])
    read = single_file_utils.convert_ldm_vae_checkpoint(to_ldm_layout(vae=vae), vae.config)
    assert_same(read, vae.state_dict())


@pytest.mark.parametrize("layers", [1, 2])
def test_diffusers_reads_back_the_controlnet_that_was_written(layers):
    controlnet = ControlNetModel.from_unet(UNet2DConditionModel.from_config(tiny_config(layers)["unet"]))
    for parameter in controlnet.parameters():
        torch.nn.init.normal_(parameter)
    read = single_file_utils.convert_controlnet_checkpoint(to_ldm_layout(controlnet=controlnet), controlnet.config)
    assert_same(read, controlnet.state_dict())


def test_the_vaes_attention_projections_are_1x1_convolutions():
    state = to_ldm_layout(vae=AutoencoderKL.from_config(tiny_config(1)["vae"]))
    for coder in ("encoder", "decoder"):
        for name in ("q", "k", "v", "proj_out"):
            assert state[f"first_stage_model.{coder}.mid.attn_1.{name}.weight"].shape == (16, 16, 1, 1)
        assert state[f"first_stage_model.{coder}.mid.attn_1.norm.weight"].shape == (16,)


def test_sd1_gets_the_published_number_of_weights_under_the_published_names():
    state = sd1_state()
    counts = [sum(key.startswith(prefix) for key in state) for prefix in ("model.", "first_stage_model.", "cond_stage")]
    assert counts == [686, 248, 196]
    assert state["model.diffusion_model.input_blocks.4.0.skip_connection.weight"].shape == (640, 320, 1, 1)
    assert state["model.diffusion_model.input_blocks.9.0.op.weight"].shape == (1280, 1280, 3, 3)
    assert state["model.diffusion_model.middle_block.1.proj_in.weight"].shape == (1280, 1280, 1, 1)
    assert state["model.diffusion_model.output_blocks.2.1.conv.weight"].shape == (1280, 1280, 3, 3)
    assert state["model.diffusion_model.output_blocks.5.2.conv.bias"].shape == (1280,)
    key = "model.diffusion_model.output_blocks.11.1.transformer_blocks.0.attn2.to_k.weight"
    assert state[key].shape == (320, 768)
    assert state["first_stage_model.decoder.up.1.block.0.nin_shortcut.weight"].shape == (256, 512, 1, 1)
    assert state["first_stage_model.encoder.down.0.downsample.conv.weight"].shape == (128, 128, 3, 3)
    key = "cond_stage_model.transformer.text_model.encoder.layers.11.mlp.fc1.weight"
    assert state[key].shape == (3072, 768)
    key = "cond_stage_model.transformer.text_model.embeddings.token_embedding.weight"
    assert state[key].shape == (49408, 768)


def test_the_controlnet_of_sd1_gets_the_published_names():
    with init_empty_weights():
        state = to_ldm_layout(controlnet=ControlNetModel.from_config(component_config("controlnet")))
    assert len(state) == 340
    assert state["control_model.input_hint_block.14.weight"].shape == (320, 256, 3, 3)
    assert state["control_model.input_hint_block.2.weight"].shape == (16, 16, 3, 3)
    assert state["control_model.zero_convs.11.0.weight"].shape == (1280, 1280, 1, 1)
    assert state["control_model.middle_block_out.0.bias"].shape == (1280,)


def sd1_state() -> dict[str, torch.Tensor]:
    with init_empty_weights():
        unet = UNet2DConditionModel.from_config(component_config("unet"))
        vae = AutoencoderKL.from_config(component_config("vae"))
        text_encoder = CLIPTextModel(CLIPTextConfig(**component_config("text_encoder")))
    return to_ldm_layout(unet, vae, text_encoder)


def assert_same(read: dict, written: dict) -> None:
    assert read.keys() == written.keys()
    for key, weight in written.items():
        assert torch.equal(read[key], weight), key
