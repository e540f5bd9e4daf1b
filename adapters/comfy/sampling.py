"""One window of video through the host's own samplers."""

from __future__ import annotations

import comfy.sample
import comfy.utils
import torch
from torch import Tensor

from ...core.sample_settings import GuidanceSettings
from .guidance import guide_video
from .preview import StepCallback, strip_preview


def sample_window(
    model,
    positive,
    negative,
    first_latent: Tensor,
    masks: Tensor,
    noise,
    steps: int,
    cfg: float,
    sampler_name: str,
    scheduler: str,
    seed: int,
    settings: GuidanceSettings | None = None,
    preview: StepCallback | None = None,
) -> Tensor:
    """The latent ``[T, 4, h, w]`` (unscaled, CPU) of a window that masks and a first frame guide.

    ``model`` carries a motion. ``positive`` and ``negative`` are CONDITIONING. ``first_latent`` ``[1, 4, h, w]`` a
    LATENT's samples; ``masks`` ``[1, 1, T, H, W]`` in 0..1. ``noise`` is a NOISE; ``seed`` serves stochastic samplers.
    ``preview`` is called after each step instead of the strip of frames.

    Raises ``MaskVideoError`` as ``guide_video`` does, and whatever the host raises when the prompt is interrupted.
    """
    settings = settings or GuidanceSettings()
    guided = guide_video(model, masks, first_latent, settings)
    latent = window_latent(first_latent, masks.shape[2], settings)
    return comfy.sample.sample(
        guided,
        noise.generate_noise({"samples": latent}),
        steps,
        cfg,
        sampler_name,
        scheduler,
        positive,
        negative,
        latent,
        callback=preview or strip_preview(guided, steps)(0),
        disable_pbar=not comfy.utils.PROGRESS_BAR_ENABLED,
        seed=seed,
    )


def window_latent(first_latent: Tensor, frames: int, settings: GuidanceSettings | None = None) -> Tensor:
    """What a sampler starts from: ``[T, 4, h, w]``, all empty but frame 0, if that is the given first frame."""
    latent = torch.zeros(frames, *first_latent.shape[1:]).to(first_latent)
    if settings is None or settings.first_frame_conditioning:
        latent[:1] = first_latent
    return latent
