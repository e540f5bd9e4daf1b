"""Read a mask sequence as one object: all objects together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from .select import evenly_spaced
from .sequence import CHUNK_FRAMES, TrackSequence
from .track_sources import open_tracks


def read_masks(
    path: str | Path, frames: int | None = None, invert: bool = False, channel: str = "auto", fill_gaps: bool = False
) -> Tensor:
    """Read masks as data: whatever is not the ground.

    path, invert, channel, fill_gaps: as for `open_tracks`. frames: take so many, evenly spaced from first to last; None
    takes all. A shorter sequence is returned as it is, for `fit_masks` to judge.
    Returns float [1, 1, T, H, W] of 0 and 1. Raises MaskVideoError as `open_tracks` does.
    """
    return union_masks(open_tracks(path, invert, channel, fill_gaps), frames)


def read_mask(path: str | Path, channel: str = "auto") -> np.ndarray:
    """One mask image as bool [H, W], by the rules of `read_masks`."""
    return open_tracks(path, channel=channel).batch([0])[0].any(axis=0)


def union_masks(sequence: TrackSequence, frames: int | None = None) -> Tensor:
    """All objects together, float [1, 1, T, H, W] of 0 and 1. frames: so many, evenly spaced; None for all."""
    return torch.cat([masks for masks in union_chunks(sequence, frames)], dim=2)


def union_chunks(sequence: TrackSequence, frames: int | None = None):
    """The same a few frames at a time, so that a long sequence can be fitted in little memory."""
    short = frames is None or sequence.count <= frames
    wanted = range(sequence.count) if short else evenly_spaced(sequence.count, frames)
    for start in range(0, len(wanted), CHUNK_FRAMES):
        masks = sequence.batch(wanted[start : start + CHUNK_FRAMES]).max(axis=1)
        yield torch.from_numpy(masks).float()[None, None]
