"""The noise schedule's equations, one place for the loss and for sampling so that they cannot drift apart.

``x_t = √ᾱ_t·x_0 + √(1−ᾱ_t)·ε`` (DDPM, eq. 4). All frames of a video share the timestep; frame 0 of the model's
input is the clean first frame at every timestep (MaskVideo 3.2).
"""

from __future__ import annotations

import torch
from einops import rearrange
from torch import Tensor

from .errors import MaskVideoError


def noise_scales(timestep: Tensor, alphas_cumprod: Tensor, like: Tensor) -> tuple[Tensor, Tensor]:
    """√ᾱ_t and √(1−ᾱ_t), each ``[B, 1, 1, 1, 1]`` in the dtype and on the device of ``like``.

    ``timestep`` int64 ``[B]`` (or ``[1]``, for all); ``alphas_cumprod`` ``[train_timesteps]``. The roots are taken in
    the schedule's own precision: in half precision 1−ᾱ of the first timesteps would lose its digits.
    """
    signal = rearrange(alphas_cumprod[timestep.to(alphas_cumprod.device)], "b -> b 1 1 1 1")
    return signal.sqrt().to(like), (1.0 - signal).sqrt().to(like)


def add_noise(latent: Tensor, noise: Tensor, timestep: Tensor, alphas_cumprod: Tensor) -> Tensor:
    """x_t of the clean ``latent`` and the ``noise``, both ``[B, C, T, h, w]``, at ``timestep`` ``[B]``."""
    signal, spread = noise_scales(timestep, alphas_cumprod, latent)
    return signal * latent + spread * noise


def predict_clean(x_t: Tensor, predicted: Tensor, timestep: Tensor, alphas_cumprod: Tensor) -> Tensor:
    """The clean latent that ``x_t`` and the ``predicted`` noise imply: the inverse of ``add_noise``.

    Both ``[B, C, T, h, w]``. Needs ᾱ_t > 0, which every SD1.x schedule keeps.
    """
    signal, spread = noise_scales(timestep, alphas_cumprod, x_t)
    return (x_t - spread * predicted) / signal


def with_clean_first_frame(x_t: Tensor, first_latent: Tensor) -> Tensor:
    """``x_t`` ``[B, C, T, h, w]`` with frame 0 replaced by the clean ``first_latent`` ``[B, C, h, w]``.

    Raises ``MaskVideoError`` where the latent has another size than a frame of the video.
    """
    check_first_frame(x_t, first_latent)
    first = rearrange(first_latent.to(x_t), "b c h w -> b c 1 h w")
    return torch.cat([first, x_t[:, :, 1:]], dim=2)


def check_first_frame(video: Tensor, first: Tensor) -> None:
    """Raise ``MaskVideoError`` unless ``first`` ``[B, C, h, w]`` fits a frame of ``video`` ``[B, C, T, h, w]``."""
    if video.ndim != 5:
        raise MaskVideoError(f"the video has shape {list(video.shape)}, it must be [B, C, T, h, w]")
    expected = video.shape[:2] + video.shape[3:]
    if first.shape != expected:
        raise MaskVideoError(
            f"the first frame has shape {list(first.shape)}, the video's frames are {list(expected)}: "
            "make the first frame at the video's size"
        )
