"""A video of any length, window by window: each starts from a latent that the window before it made (appendix C)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool3d

from ...core.latent_statistics import adain_to_first
from ...core.noise_prior import shared_noise
from ...core.windows import plan_windows
from .generate_settings import GenerateSettings
from .progress import Progress
from .sampler import sample_window
from .video_unet import DiffusersVideoModel


def sample_windows(
    model: DiffusersVideoModel,
    text: Tensor,
    first_latent: Tensor,
    masks: Tensor,
    settings: GenerateSettings,
    progress: Progress,
) -> Tensor:
    """The latent ``[1, C, T, h, w]`` (float32, CPU) of all frames of ``masks`` ``[1, 1, T, H, W]``.

    ``text`` ``[2, L, D]``: negative prompt and prompt. ``first_latent`` ``[1, C, h, w]`` is E(v_0). What a window
    hands on is the latent, so no frame passes through the VAE twice. Statistics (AdaIN) stay anchored to the video's
    first frame: a shift cannot add up over the windows. Each frame has its own noise, drawn in the video's order, so
    the first window is the same however long the video becomes.
    """
    windows = plan_windows(masks.shape[2], settings.frames, settings.restart_frame)
    video = first_latent.new_zeros(*first_latent.shape[:2], masks.shape[2], *first_latent.shape[2:])
    video, noise = video.float().cpu(), frame_noise(video.shape, settings.seed)
    generator = torch.Generator("cpu").manual_seed(_stream(settings.seed, 2))
    for index, window in enumerate(windows):
        span = slice(window.start, window.stop)
        start = video[:, :, window.start] if index else first_latent
        latent = sample_window(
            model,
            text,
            start,
            masks[:, :, span],
            _shared(noise[:, :, span], start, settings),
            settings.sampling(),
            generator,
            progress.stage(f"window {index + 1} of {len(windows)}"),
        ).cpu()
        if index:
            latent = _anchor(latent, video[:, :, 0], masks[:, :, span], masks[:, :, :1], settings)
        kept = slice(window.keep_start, window.keep_stop)
        video[:, :, kept] = latent[:, :, window.keep_start - window.start : window.keep_stop - window.start]
    return video


def frame_noise(shape: torch.Size, seed: int) -> Tensor:
    """Standard normal noise ``[1, C, T, h, w]``, one frame after another from one CPU generator."""
    generator = torch.Generator("cpu").manual_seed(_stream(seed, 0))
    frames = [torch.randn(*shape[:2], *shape[3:], generator=generator) for _ in range(shape[2])]
    return torch.stack(frames, dim=2)


def _shared(noise: Tensor, start: Tensor, settings: GenerateSettings) -> Tensor:
    """The window's noise under the prior; the random kinds share the same part in every window."""
    generator = torch.Generator("cpu").manual_seed(_stream(settings.seed, 1))
    return shared_noise(noise, start.float().cpu(), settings.prior(), generator)


def _stream(seed: int, index: int) -> int:
    """Seeds apart from the first frame's own, whose noise must not come back in the video's."""
    return (seed * 3 + index + 0x5EED) % 2**32


def _anchor(latent: Tensor, first: Tensor, masks: Tensor, first_mask: Tensor, settings: GenerateSettings) -> Tensor:
    """AdaIN of a whole later window to the video's first frame; the sampler knows the window's own alone."""
    if settings.adain == "off":
        return latent
    anchored = torch.cat([first[:, :, None], latent], dim=2)
    mask_lat = torch.cat([first_mask, masks], dim=2) if settings.statistics_by_mask else None
    if mask_lat is not None:
        mask_lat = adaptive_avg_pool3d(mask_lat, anchored.shape[2:])
    return adain_to_first(anchored, first, mask_lat)[:, :, 1:]
