"""Which of the host's MODELs can serve as a base."""

from __future__ import annotations

import comfy.latent_formats
from comfy.ldm.modules.attention import SpatialVideoTransformer
from comfy.ldm.modules.diffusionmodules.openaimodel import UNetModel

from ...core.errors import MaskVideoError
from ...core.video_model import Architecture
from .blocks import HostBlock, attention_blocks, list_attention_blocks

CURE = "MaskVideo needs an SD1.x model: load one with Load Checkpoint, or Load Demo Model"


def require_sd1(model) -> Architecture:
    """What a motion must know of this MODEL's U-Net.

    Raises ``MaskVideoError`` for a MODEL that is no SD1.x U-Net: another family (SDXL, Flux, Wan), an inpainting or
    image-editing model whose input has more channels, a video model of its own.
    """
    base = getattr(model, "model", None)
    unet = getattr(base, "diffusion_model", None)
    if not isinstance(unet, UNetModel):
        raise MaskVideoError(f"this MODEL is {_describe(model)}; {CURE}")
    _check_shape(base, unet, _describe(model))
    return list_attention_blocks(unet)


def host_blocks(model) -> dict[str, HostBlock]:
    """The spatial transformers of a MODEL that ``require_sd1`` took, by canonical name."""
    return attention_blocks(model.model.diffusion_model)


def _check_shape(base, unet: UNetModel, name: str) -> None:
    if unet.num_classes is not None or not isinstance(base.latent_format, comfy.latent_formats.SD15):
        raise MaskVideoError(f"this MODEL is {name}; {CURE}")
    if (unet.in_channels, unet.out_channels) != (4, 4):
        raise MaskVideoError(
            f"this MODEL is {name} with {unet.in_channels} input channels (inpainting or editing), a text-to-image "
            f"model has 4; {CURE}"
        )
    if any(isinstance(module, SpatialVideoTransformer) for module in unet.modules()):
        raise MaskVideoError(f"this MODEL is {name}, a video model of its own; {CURE}")


def _describe(model) -> str:
    """``Flux (class FluxSchnell)``: the host's names of the model and of its config."""
    base = getattr(model, "model", None)
    if base is None:
        return f"no MODEL of the host ({type(model).__name__})"
    config = getattr(base, "model_config", None)
    return f"{type(base).__name__} (config {type(config).__name__})"
