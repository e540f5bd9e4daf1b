"""Tiny random SD1.x-shaped components: four levels, as SD1.x has, and one layer of text encoder."""

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from maskvideo.adapters.diffusers.configs import component_config
from transformers import CLIPTextConfig, CLIPTextModel

TINY = {"block_out_channels": [8, 8, 16, 16], "layers_per_block": 1, "norm_num_groups": 4}
ATTENTION = {"cross_attention_dim": 16, "attention_head_dim": 2}
CONFIGS = {
    "unet": component_config("unet") | TINY | ATTENTION,
    "controlnet": component_config("controlnet") | TINY | ATTENTION,
    "vae": component_config("vae") | TINY | {"block_out_channels": [4, 4, 8, 8], "scaling_factor": 0.5},
    "text_encoder": component_config("text_encoder")
    | {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2},
}


def tiny_components(seed: int = 0) -> tuple[UNet2DConditionModel, AutoencoderKL, CLIPTextModel]:
    """U-Net, VAE and text encoder, as ``to_ldm_layout`` takes them."""
    torch.manual_seed(seed)
    unet = UNet2DConditionModel.from_config(CONFIGS["unet"])
    vae = AutoencoderKL.from_config(CONFIGS["vae"])
    return unet, vae, CLIPTextModel(CLIPTextConfig(**CONFIGS["text_encoder"]))


def assert_same(original: torch.nn.Module, read: torch.nn.Module) -> None:
    """Both hold the same weights, bit for bit."""
    state = read.state_dict()
    assert state.keys() == original.state_dict().keys()
    for key, weight in original.state_dict().items():
        assert torch.equal(state[key], weight), key
