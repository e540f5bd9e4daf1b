"""A private copy of a MODEL's U-Net to train through: the MODEL's LoRAs merged in, nothing shared with the host."""

from __future__ import annotations

import comfy.lora
import comfy.model_management
import comfy.ops
import torch
from comfy.ldm.modules.diffusionmodules.openaimodel import UNetModel
from torch import Tensor, nn

from ...core.errors import MaskVideoError
from ...training.precision import HALF
from .host_model import require_sd1
from .motion import is_active

PREFIX = "diffusion_model."
STORED = {"float32": torch.float32, **HALF}
"""How matrices and kernels lie in memory, by ``TrainConfig.precision``; what is smaller stays float32."""


def private_unet(model, precision: str = "float32") -> UNetModel:
    """The U-Net of MODEL anew, on the CPU, frozen, on plain layers through which gradients flow.

    Its weights are what MODEL samples with: the LoRAs on it are merged in, in float32. MODEL is only read, wherever the
    host has its weights at the moment. Raises ``MaskVideoError`` where MODEL is no SD1.x or is guided by masks already.
    """
    require_sd1(model)
    if is_active(model):
        raise MaskVideoError("this MODEL is guided by masks already: train on the one before the guidance")
    original = model.model.diffusion_model
    options = {**model.model.model_config.unet_config, "dtype": torch.float32, "device": "meta"}
    unet = UNetModel(**options, operations=comfy.ops.disable_weight_init)
    unet.load_state_dict(merged_weights(model, STORED[precision]), assign=True)
    _take_group_counts(unet, original)
    return unet.requires_grad_(False).eval()


def merged_weights(model, stored: torch.dtype) -> dict[str, Tensor]:
    """Every weight of MODEL's U-Net by its name there, with MODEL's patches, on the CPU."""
    return {
        key.removeprefix(PREFIX): _merged(key, patches, stored)
        for key, patches in model.get_key_patches(PREFIX).items()
    }


def _merged(key: str, patches: list, stored: torch.dtype) -> Tensor:
    """``patches`` begin with the untouched weight and what undoes its quantisation, as the host lists them."""
    (weight, convert), *changes = patches
    weight = comfy.model_management.cast_to_device(weight, torch.device("cpu"), torch.float32, copy=True)
    weight = comfy.lora.calculate_weight(changes, convert(weight, inplace=True), key)
    return weight.to(stored) if weight.ndim > 1 else weight


def _take_group_counts(unet: nn.Module, original: nn.Module) -> None:
    """A base may have other groups in its norms than the host writes into them, as the demo model has."""
    for module, source in zip(unet.modules(), original.modules(), strict=True):
        if isinstance(module, nn.GroupNorm):
            module.num_groups = source.num_groups
