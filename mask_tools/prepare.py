"""Masks of any count and size, made ready to guide a video."""

from pathlib import Path

import torch

from ..core.errors import MaskVideoError
from ..files.images import list_images
from .check import check_masks, check_size
from .fit import fit_masks
from .read import read_masks
from .select import evenly_spaced


def read_prepared_masks(path, frames, size, take=None, length="error", invert=False):
    """`read_masks`, then `prepare_masks`, in the memory of the fitted masks.

    Images of a folder are fitted one by one. Held at their full size, a long sequence is many times the video, and
    once freed it leaves the heap so scattered that sampling needs more memory for a long video than for a short one.
    path, take, invert: as for `read_masks` (its `frames`). frames, size, length: as for `prepare_masks`.
    Returns and raises what these do.
    """
    check_size(*size)
    images = list_images(path) if Path(path).is_dir() else []
    if take is not None and take < len(images):
        images = [images[index] for index in evenly_spaced(len(images), take)]
    masks = _read_fitted(images, size, invert) if len(images) > 1 else read_masks(path, take, invert)
    return prepare_masks(masks, frames, size, length)


def prepare_masks(masks, frames, size, length="error"):
    """Fit masks to a video of one window or more and check that they can guide it.

    masks: [1, 1, T, H, W]; a single one is held for the whole window. frames: of one window; more masks extend the
    video, one frame for each. size: (height, width) in pixels, divisible by 8. length: what to do about fewer masks
    than one window, one of `fit.LENGTHS`.
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
    fitted = fit_masks(masks, max(count, frames), size, length)
    return fitted, check_masks(fitted)


def _read_fitted(images, size, invert):
    """The images as masks [1, 1, T, height, width]; all must have one size before they are fitted."""
    fitted, first = [], None
    for image in images:
        mask = read_masks(image, invert=invert)
        first = first or mask.shape
        if mask.shape != first:
            came, wanted = (f"{shape[-1]}x{shape[-2]}" for shape in (mask.shape, first))
            raise MaskVideoError(
                f"masks differ in size: {images[0].name} is {wanted}, {image.name} is {came}: make all {wanted}"
            )
        fitted.append(fit_masks(mask, 1, size))
    return torch.cat(fitted, dim=2)
