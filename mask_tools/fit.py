"""Fit a mask sequence to the video that it guides: frame count and size."""

import torch
from torch.nn import functional

from ..core.errors import MaskVideoError


def fit_masks(masks, frames, size=None):
    """Bring masks to a frame count and a size.

    masks: [B, 1, T, H, W]. frames: the count needed; a single mask is repeated for all. size: (height, width) in
    pixels, None keeps it. Shrinking averages each pixel's area, so no thin part depends on where the grid falls; then
    cut at 0.5. Returns float [B, 1, frames, height, width] of 0 and 1.
    Raises MaskVideoError when the count does not fit.
    """
    masks = _fit_count(masks, frames)
    return _fit_size(masks, size or tuple(masks.shape[-2:]))


def _fit_count(masks, frames):
    count = masks.shape[2]
    if count == 1:
        return masks.expand(-1, -1, frames, -1, -1)
    if count != frames:
        raise MaskVideoError(
            f"mask sequence has {count} frames, the video needs {frames}: give {frames} masks (or 1, which is held "
            f"for all), or set frames to {count}"
        )
    return masks


def _fit_size(masks, size):
    folded = masks.transpose(1, 2).flatten(0, 1).float()  # [B*T, 1, H, W]
    if tuple(folded.shape[-2:]) != tuple(size):
        shrinks = size[0] <= folded.shape[-2] and size[1] <= folded.shape[-1]
        folded = functional.interpolate(folded, size=tuple(size), mode="area" if shrinks else "bilinear")
    fitted = (folded > 0.5).to(torch.float32)
    return fitted.unflatten(0, (masks.shape[0], -1)).transpose(1, 2)
