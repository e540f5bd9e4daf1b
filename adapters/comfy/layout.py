"""The one file that reorders: the host's IMAGE, MASK and LATENT on one side, the core's video layout on the other."""

from __future__ import annotations

import numpy as np
import torch
from einops import rearrange
from torch import Tensor

from ...core.errors import MaskVideoError


def masks_to_core(mask: Tensor) -> Tensor:
    """A MASK ``[T, H, W]`` to ``[1, 1, T, H, W]``, float32 on the CPU, 1 = foreground, clamped to 0..1.

    ``[T, 1, H, W]``, as some of the host's nodes give and take it, is the same; one mask ``[H, W]`` is a sequence of
    one; bools and bytes (0..255) count as masks too, from any device. Raises ``MaskVideoError`` for another shape.
    """
    if mask.ndim == 2:
        mask = mask[None]
    if mask.ndim == 4 and mask.shape[1] == 1:
        mask = mask[:, 0]
    if mask.ndim != 3 or not mask.numel():
        raise MaskVideoError(f"a MASK of shape {list(mask.shape)} came: give a mask sequence [frames, height, width]")
    return rearrange(_unit_range(mask), "t h w -> 1 1 t h w")


def masks_to_host(masks: Tensor) -> Tensor:
    """Masks ``[1, 1, T, H, W]`` to the host's MASK ``[T, H, W]``, contiguous float32 on the CPU."""
    return rearrange(masks, "1 1 t h w -> t h w").to("cpu", torch.float32).contiguous()


def frames_to_core(image: Tensor) -> Tensor:
    """An IMAGE batch ``[T, H, W, C]`` to frames ``[1, 3, T, H, W]``, float32 on the CPU, clamped to 0..1.

    The alpha of four channels is dropped, one channel is taken as grey. Raises ``MaskVideoError`` for another shape.
    """
    _check_image(image)
    colour = image[..., :3].expand(*image.shape[:3], 3)
    return rearrange(_unit_range(colour), "t h w c -> 1 c t h w")


def frames_to_host(frames: Tensor) -> Tensor:
    """Frames ``[1, 3, T, H, W]`` to the host's IMAGE ``[T, H, W, 3]``, contiguous float32 on the CPU."""
    return rearrange(frames, "1 c t h w -> t h w c").to("cpu", torch.float32).contiguous()


def image_to_uint8(image: Tensor) -> np.ndarray:
    """An IMAGE batch ``[T, H, W, C]`` to uint8 RGB ``[T, H, W, 3]``, frame by frame: no second copy in float.

    Channels and errors as for ``frames_to_core``.
    """
    _check_image(image)
    frames = np.empty((*image.shape[:3], 3), np.uint8)
    for index, frame in enumerate(image):
        colour = _unit_range(frame[..., :3].expand(*frame.shape[:2], 3))
        frames[index] = colour.mul(255).round().to(torch.uint8).numpy()
    return frames


def latent_to_core(samples: Tensor) -> Tensor:
    """Latent samples ``[T, C, h, w]``, one for each frame, to ``[1, C, T, h, w]``.

    Values, device and dtype stay: whether they are scaled is the caller's business (a LATENT is not, what the U-Net
    sees is). Raises ``MaskVideoError`` for another shape.
    """
    if samples.ndim != 4 or not samples.numel():
        raise MaskVideoError(
            f"a LATENT of shape {list(samples.shape)} came: give [frames, channels, height, width], the latents of an "
            "SD1.x VAE"
        )
    return rearrange(samples, "t c h w -> 1 c t h w")


def latent_to_host(latent: Tensor) -> Tensor:
    """A latent ``[1, C, T, h, w]`` to the host's samples ``[T, C, h, w]``, contiguous; values and device stay."""
    return rearrange(latent, "1 c t h w -> t c h w").contiguous()


def _check_image(image: Tensor) -> None:
    if image.ndim != 4 or image.shape[-1] not in (1, 3, 4) or not image.numel():
        raise MaskVideoError(
            f"an IMAGE of shape {list(image.shape)} came: give frames [frames, height, width, 3], colour or grey"
        )


def _unit_range(values: Tensor) -> Tensor:
    """Float32 on the CPU, 0..1; bytes are divided by 255 where they are more than labels 0 and 1."""
    unit = values.detach().to("cpu", torch.float32)
    if values.dtype == torch.uint8 and unit.max() > 1:
        unit = unit / 255
    return unit.clamp(0, 1)
