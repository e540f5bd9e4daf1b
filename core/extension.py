"""A video of any length from windows that hand a latent on (MaskVideo, appendix C)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from .latent_statistics import adain_to_first, to_latent_size
from .sample_settings import GuidanceSettings
from .windows import Window

SampleOne = Callable[[int, Window, Tensor], Tensor]
"""Number of the window (from 0), its place, its first latent ``[1, C, h, w]`` to its latent ``[1, C, T, h, w]``."""


def join_windows(
    windows: list[Window], first_latent: Tensor, masks: Tensor | None, settings: GuidanceSettings, sample: SampleOne
) -> Tensor:
    """The latent ``[1, C, T, h, w]`` (float32, CPU) of all frames, window by window.

    ``first_latent`` ``[1, C, h, w]`` is E(v_0), scaled; ``masks`` ``[1, 1, T, H, W]`` or None. What a window hands on
    is the latent, so no frame passes through the VAE twice. Statistics (AdaIN) stay anchored to the video's first
    frame: a shift cannot add up over the windows.
    """
    video = torch.zeros(*first_latent.shape[:2], windows[-1].keep_stop, *first_latent.shape[2:])
    for index, window in enumerate(windows):
        start = video[:, :, window.start] if index else first_latent
        latent = sample(index, window, start).float().cpu()
        if index and settings.adain != "off":
            latent = _anchor(latent, video[:, :, 0], masks, window, settings)
        kept = slice(window.keep_start, window.keep_stop)
        video[:, :, kept] = latent[:, :, window.keep_start - window.start : window.keep_stop - window.start]
    return video


def span_of(masks: Tensor, window: Window) -> Tensor:
    """The masks ``[1, 1, window, H, W]`` of one window of ``[1, 1, T, H, W]``; the last one holds beyond the end."""
    span = masks[:, :, window.start : window.stop]
    beyond = window.stop - window.start - span.shape[2]
    return span if not beyond else torch.cat([span, span[:, :, -1:].expand(-1, -1, beyond, -1, -1)], dim=2)


def _anchor(latent: Tensor, first: Tensor, masks: Tensor | None, window: Window, settings: GuidanceSettings) -> Tensor:
    """AdaIN of a whole later window to the video's first frame; the sampler knows the window's own alone."""
    anchored = torch.cat([first[:, :, None], latent], dim=2)
    mask_lat = None
    if masks is not None and settings.statistics_by_mask:
        span = torch.cat([masks[:, :, :1], span_of(masks, window)], dim=2)
        mask_lat = to_latent_size(span, anchored)
    return adain_to_first(anchored, first, mask_lat)[:, :, 1:]
