"""The demo model's configs, written in diffusers' terms, in the host's terms."""

from __future__ import annotations

from fractions import Fraction

import comfy.latent_formats
import comfy.model_base
import comfy.model_management
import comfy.supported_models_base
import torch

PREDICTIONS = {
    "epsilon": comfy.model_base.ModelType.EPS,
    "v_prediction": comfy.model_base.ModelType.V_PREDICTION,
}


class DemoLatentFormat(comfy.latent_formats.SD15):
    """SD1.x's scale, and what this VAE's latents look like: the host's previews are linear in them.

    Least squares over 96 pictures of the demo's world: an error of 0.1 (RGB, 0..1), where SD1.x's own factors have 0.3.
    """

    def __init__(self):
        super().__init__()
        self.latent_rgb_factors = [
            [0.390, -0.002, -0.369],
            [-0.235, 0.402, -0.330],
            [0.079, -0.187, -0.403],
            [0.473, -0.009, 0.509],
        ]
        self.latent_rgb_factors_bias = [0.126, -0.128, -0.194]
        self.taesd_decoder_name = None  # made for SD1.x's own latents


class DemoModelConfig(comfy.supported_models_base.BASE):
    """An SD1.x base of any width, as the host describes its models."""

    unet_extra_config = {}  # noqa: RUF012 - the host's declaration
    latent_format = DemoLatentFormat
    memory_usage_factor = 1.0

    def __init__(self, unet: dict, scheduler: dict):
        super().__init__(unet_options(unet))
        self.prediction = PREDICTIONS[scheduler["prediction_type"]]
        # "linear" is the host's name for what diffusers calls "scaled_linear".
        self.sampling_settings = {
            "beta_schedule": "linear",
            "linear_start": scheduler["beta_start"],
            "linear_end": scheduler["beta_end"],
            "timesteps": scheduler["num_train_timesteps"],
        }

    def model_type(self, state_dict, prefix=""):
        """What the network predicts."""
        return self.prediction

    def choose_dtype(self, parameters: int, stored: torch.dtype) -> None:
        """Let the host choose, as it does for a checkpoint: by device, flags and the dtype that the file has."""
        management, dtypes = comfy.model_management, self.supported_inference_dtypes
        dtype = management.unet_dtype(model_params=parameters, supported_dtypes=list(dtypes), weight_dtype=stored)
        self.set_inference_dtype(dtype, management.unet_manual_cast(dtype, management.get_torch_device(), dtypes))


class Multiple(Fraction):
    """A channel multiplier that may be 3/2: the host multiplies it with an int and needs an int."""

    def __mul__(self, channels: int) -> int:
        product = Fraction(self) * channels
        if product.denominator != 1:
            raise ValueError(f"{channels} channels times {self} is no whole number")
        return int(product)

    __rmul__ = __mul__


def unet_options(config: dict) -> dict:
    """Keyword arguments of the host's ``UNetModel``; ``attention_head_dim`` is the number of heads in SD1.x."""
    attended = [int(kind.startswith("CrossAttn")) for kind in config["down_block_types"]]
    layers, widths = config["layers_per_block"], config["block_out_channels"]
    return {
        "image_size": 32,
        "in_channels": config["in_channels"],
        "out_channels": config.get("out_channels"),
        "model_channels": widths[0],
        "channel_mult": [Multiple(width, widths[0]) for width in widths],
        "num_res_blocks": [layers] * len(widths),
        "transformer_depth": [depth for depth in attended for _ in range(layers)],
        "transformer_depth_middle": 1,
        "transformer_depth_output": [depth for depth in attended for _ in range(layers + 1)],
        "context_dim": config["cross_attention_dim"],
        "num_heads": config["attention_head_dim"],
        "num_head_channels": -1,
        "use_spatial_transformer": True,
        "use_linear_in_transformer": False,
        "use_temporal_attention": False,
        "use_temporal_resblock": False,
        "use_checkpoint": False,
        "adm_in_channels": None,
        "legacy": False,
    }


def controlnet_options(config: dict) -> dict:
    """Keyword arguments of the host's ``ControlNet``: the U-Net's encoder with a hint."""
    options = unet_options(config)
    del options["out_channels"], options["transformer_depth_output"]
    return {**options, "hint_channels": config["conditioning_channels"]}


def vae_options(config: dict) -> dict:
    """Keyword arguments of the host's ``AutoencoderKL``."""
    widths = config["block_out_channels"]
    network = {
        "double_z": True,
        "z_channels": config["latent_channels"],
        "resolution": 256,
        "in_channels": 3,
        "out_ch": 3,
        "ch": widths[0],
        "ch_mult": [width // widths[0] for width in widths],
        "num_res_blocks": config["layers_per_block"],
        "attn_resolutions": [],
        "dropout": 0.0,
    }
    return {"ddconfig": network, "embed_dim": config["latent_channels"]}


def text_options(config: dict) -> dict:
    """What differs from the host's CLIP-L config."""
    same = ("hidden_size", "intermediate_size", "num_attention_heads", "num_hidden_layers", "projection_dim")
    return {name: config[name] for name in same}
