"""Latents to finished frames, a few at a time, so that memory does not grow with the video."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ...core.latent_statistics import histogram_match
from ...files.frame_layout import to_uint8
from .generate_settings import GenerateSettings
from .progress import Progress
from .video_unet import CHUNK_FRAMES, DiffusersVideoModel


def decode_frames(
    model: DiffusersVideoModel, latent: Tensor, masks: Tensor, settings: GenerateSettings, progress: Progress
) -> np.ndarray:
    """Latent ``[1, C, T, h, w]`` to uint8 frames ``[T, H, W, 3]``.

    With ``settings.histogram_match`` the frames that each window keeps get one transform to the first frame's colours,
    object and background apart where ``statistics_by_mask`` says so.
    """
    frames = np.empty((latent.shape[2], *masks.shape[-2:], 3), np.uint8)
    first = None
    for start, stop in _chunks(latent.shape[2], settings):
        decoded, mask = _decode(model, latent[:, :, start:stop], progress), masks[:, :, start:stop]
        if settings.histogram_match:
            decoded = _match(decoded, mask, first, settings.statistics_by_mask)
            first = first or (decoded[:, :, :1], mask[:, :, :1])
        frames[start:stop] = to_uint8(decoded)
    return frames


def decode_steps(total_frames: int, settings: GenerateSettings) -> int:
    """How often ``decode_frames`` reports progress."""
    return sum(-(-(stop - start) // CHUNK_FRAMES) for start, stop in _chunks(total_frames, settings))


def _chunks(total_frames: int, settings: GenerateSettings) -> list[tuple[int, int]]:
    """What passes through together: a window's kept frames for the histogram match, else as few as fill a batch."""
    if settings.histogram_match:
        return [(window.keep_start, window.keep_stop) for window in settings.plan(total_frames)]
    starts = range(0, total_frames, CHUNK_FRAMES)
    return [(start, min(start + CHUNK_FRAMES, total_frames)) for start in starts]


def _decode(model: DiffusersVideoModel, latent: Tensor, progress: Progress) -> Tensor:
    parts = []
    for part in latent.split(CHUNK_FRAMES, dim=2):
        parts.append(model.decode(part).cpu())
        progress.advance("decoding")
    return torch.cat(parts, dim=2)


def _match(frames: Tensor, mask: Tensor, first: tuple[Tensor, Tensor] | None, regions: bool) -> Tensor:
    """``frames`` matched to the video's ``first`` frame (and its mask), or to their own first where it is None."""
    if first is not None:
        frames, mask = torch.cat([first[0], frames], dim=2), torch.cat([first[1], mask], dim=2)
    matched = histogram_match(frames, frames[:, :, 0], mask if regions else None)
    return matched if first is None else matched[:, :, 1:]
