"""Masks of any count and size, made ready to guide a video."""

import torch

from ..core.errors import MaskVideoError
from .check import check_masks, check_size
from .fit import fit_masks, fit_size
from .read import union_chunks
from .track_sources import SourceTracks


def prepare_tracks(tracks: SourceTracks, frames, size, take=None, length="error"):
    """`prepare_masks` for tracks that were opened, all objects together, in the memory of the fitted masks.

    Frames are fitted a few at a time. Held at their full size, a long sequence is many times the video, and once freed
    it leaves the heap so scattered that sampling needs more memory for a long video than for a short one.
    take: so many frames, evenly spaced; None for all. frames, size, length: as for `prepare_masks`.
    Returns what it does. Raises MaskVideoError as it does, which says how the masks were read.
    """
    check_size(*size)
    count = tracks.count if take is None else min(take, tracks.count)
    with tracks.explained():
        if 1 < count < frames and length == "error" and tracks.gaps:
            raise MaskVideoError(
                f"mask sequence has {count} frames, {tracks.gaps}, the first window needs {frames}: set fill_gaps "
                "(--fill-gaps) for new shapes in between, or give the masks that are missing"
            )
        fitted = [fit_size(masks, size) for masks in union_chunks(tracks, take)]
        return prepare_masks(torch.cat(fitted, dim=2), frames, size, length)


def prepare_masks(masks, frames, size, length="error", soft=False):
    """Fit masks to a video of one window or more and check that they can guide it.

    masks: [1, 1, T, H, W]; a single one is held for the whole window. frames: of one window; more masks extend the
    video, one frame for each. size: (height, width) in pixels, divisible by 8. length: what to do about fewer masks
    than one window, one of `fit.LENGTHS`. soft: masks that come at that size keep what lies between 0 and 1.
    Returns (masks [1, 1, T, height, width] of 0 and 1, indices of the frames whose mask is all black).
    Raises MaskVideoError where there are too few masks, the size does not fit or mask 0 shows no object.
    """
    check_size(*size)
    count = masks.shape[2]
    if 1 < count < frames and length == "error":
        raise MaskVideoError(
            f"mask sequence has {count} frames, the first window needs {frames}: give {frames} or more (or 1, which is "
            f"held for all), or set frames to {count}, or length (--length, or Fit Mask Sequence) to resample or "
            f"hold_last to make {[count, *masks.shape[-2:]]} into {[frames, *size]}"
        )
    fitted = fit_masks(masks, max(count, frames), size, length, soft)
    return fitted, check_masks(fitted)
