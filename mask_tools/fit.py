"""Fit a mask sequence to the video that it guides: frame count and size. The one place that does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..core.errors import MaskVideoError
from .keyframes import check_choice
from .retime import at_positions, spread_positions
from .sequence import Derived, TrackSequence
from .tracks import Tracks
from .transform import placed

LENGTHS = ("error", "resample", "hold_last")
"""What to do about a sequence that is not as long as the video: refuse it, spread it over the video (new shapes in
between, as `retime`), or hold its last mask where it is shorter and leave its end out where it is longer."""


def fit_masks(
    masks: Tensor, frames: int, size: tuple[int, int] | None = None, length: str = "error", soft: bool = False
) -> Tensor:
    """Bring masks to a frame count and a size.

    masks: [B, 1, T, H, W]. frames: the count needed; a single mask is repeated for all. size: (height, width) in
    pixels, None keeps it. length: one of `LENGTHS`, for any other count. Shrinking averages each pixel's area, so no
    thin part depends on where the grid falls; then cut at 0.5. soft: masks that come at that size keep their values
    between 0 and 1, a feathered outline, say. Returns float [B, 1, frames, height, width] of 0 and 1.
    Raises MaskVideoError when the count does not fit and `length` is "error".
    """
    size = tuple(size or masks.shape[-2:])
    check_length(masks.shape[2], frames, masks.shape[-2:], size, length)
    return fit_size(_fit_count(masks, frames, length), size, soft)


def fit_sequence(
    sequence: TrackSequence, frames: int, size: tuple[int, int] | None = None, length: str = "error"
) -> TrackSequence:
    """Tracks fitted as `fit_masks` fits masks, computed when frames are asked for."""
    size = tuple(size or sequence.size)
    check_length(sequence.count, frames, sequence.size, size, length)
    fitted = _at_length(sequence, frames, length)
    return fitted if fitted.size == size else Resized(fitted, size)


def fit_size(masks: Tensor, size: tuple[int, int], soft: bool = False) -> Tensor:
    """Masks [B, 1, T, H, W] at another size (height, width), cut at 0.5: float of 0 and 1. soft: as for `fit_masks`."""
    if soft and tuple(masks.shape[-2:]) == tuple(size):
        return masks.to(torch.float32, copy=True)
    folded = masks.transpose(1, 2).flatten(0, 1).float()  # [B*T, 1, H, W]
    if tuple(folded.shape[-2:]) != tuple(size):
        shrinks = size[0] <= folded.shape[-2] and size[1] <= folded.shape[-1]
        folded = functional.interpolate(folded, size=tuple(size), mode="area" if shrinks else "bilinear")
    fitted = (folded > 0.5).to(torch.float32)
    return fitted.unflatten(0, (masks.shape[0], -1)).transpose(1, 2)


def check_length(count: int, frames: int, came: Sequence[int], needed: Sequence[int], length: str) -> None:
    """Raises MaskVideoError where `count` masks are neither `frames` nor one, and `length` is "error" or unknown.

    came, needed: (height, width) of the masks and of the video, for the message.
    """
    check_choice("length", length, LENGTHS)
    if length == "error" and count not in (1, frames):
        raise MaskVideoError(
            f"mask sequence has {count} frames, the video needs {frames}: give {frames} masks (or 1, which is held for "
            f"all), or set frames to {count}, or length (--length, or Fit Mask Sequence) to resample or hold_last to "
            f"make {[count, *came]} into {[frames, *needed]}"
        )


@dataclass(frozen=True)
class Resized(Derived):
    """The base at another size, (height, width)."""

    wanted: tuple[int, int]

    @property
    def size(self) -> tuple[int, int]:
        return self.wanted

    def batch(self, frames: Sequence[int]) -> np.ndarray:
        masks = torch.from_numpy(np.ascontiguousarray(self.base.batch(frames)))  # [K, N, H, W]
        fitted = fit_size(masks.flatten(0, 1)[None, None], self.wanted)[0, 0]
        return fitted.unflatten(0, masks.shape[:2]).to(torch.uint8).numpy()


def _fit_count(masks: Tensor, frames: int, length: str) -> Tensor:
    count = masks.shape[2]
    if count == 1:
        return masks.expand(-1, -1, frames, -1, -1)
    if count == frames:
        return masks
    if length == "hold_last":
        return masks[:, :, _held(count, frames)]
    spread = [_at_length(Tracks.from_masks(one[0]), frames, length).batch(range(frames))[:, 0] for one in masks]
    return torch.from_numpy(np.stack(spread))[:, None].float()


def _at_length(sequence: TrackSequence, frames: int, length: str) -> TrackSequence:
    if sequence.count == frames:
        return sequence
    if sequence.count == 1 or length == "hold_last":
        return placed(sequence).ordered(_held(sequence.count, frames))
    return at_positions(sequence, spread_positions(sequence.count, frames))


def _held(count: int, frames: int) -> np.ndarray:
    return np.minimum(np.arange(frames), count - 1)
