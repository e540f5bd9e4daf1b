"""The demo model's networks: SD1.x in shape, a few hundredths of it in size."""

from __future__ import annotations

from diffusers import AutoencoderKL, ControlNetModel, UNet2DConditionModel
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel

from .words import END_ROW, ROWS, START_ROW

SIZE = (160, 256)
"""Height and width in pixels; latents are 20x32."""

UNET = {
    "in_channels": 4,
    "out_channels": 4,
    "sample_size": 32,
    "block_out_channels": [64, 96, 96],
    "layers_per_block": 1,
    "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
    "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
    "cross_attention_dim": 64,
    "attention_head_dim": 1,
    "norm_num_groups": 8,
}
VAE = {
    "block_out_channels": [32, 64, 64, 64],
    "layers_per_block": 1,
    "down_block_types": ["DownEncoderBlock2D"] * 4,
    "up_block_types": ["UpDecoderBlock2D"] * 4,
    "latent_channels": 4,
    "norm_num_groups": 8,
    "scaling_factor": 0.18215,
}
TEXT_ENCODER = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_attention_heads": 2,
    "num_hidden_layers": 2,
    "max_position_embeddings": 77,
    "projection_dim": 64,
    "vocab_size": 49408,
    "bos_token_id": 49406,
    "eos_token_id": 49407,
    "pad_token_id": 49407,
}
HINT_GAIN = 1.6
SCHEDULER = {
    "beta_schedule": "scaled_linear",
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "num_train_timesteps": 1000,
    "prediction_type": "v_prediction",
    "clip_sample": False,
    "set_alpha_to_one": False,
    "steps_offset": 1,
}


def build_vae() -> AutoencoderKL:
    """The VAE, untrained: 8x downscale, 4 latent channels."""
    return AutoencoderKL(**VAE)


def build_unet() -> UNet2DConditionModel:
    """The U-Net, untrained: one attention head a block, three levels."""
    return UNet2DConditionModel(**UNET)


def build_text_encoder() -> CLIPTextModel:
    """The text encoder with the world's compact vocabulary, untrained."""
    tokens = {"bos_token_id": START_ROW, "eos_token_id": END_ROW, "pad_token_id": END_ROW}
    return CLIPTextModel(CLIPTextConfig(**{**TEXT_ENCODER, **tokens, "vocab_size": ROWS}))


def build_controlnet(unet: UNet2DConditionModel) -> ControlNetModel:
    """A ControlNet that starts as a copy of the U-Net's encoder.

    Its eight hint convolutions start with a gain that keeps the scribble's scale: with the library's they shrink it to
    a thousandth, and hundreds of steps pass before it is seen. The zero convolutions still make the start an identity.
    """
    controlnet = ControlNetModel.from_unet(unet)
    for layer in controlnet.controlnet_cond_embedding.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.normal_(layer.weight, std=HINT_GAIN / layer.weight[0].numel() ** 0.5)
    return controlnet
