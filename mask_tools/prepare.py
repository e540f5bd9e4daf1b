"""Masks of any count and size, made ready to guide a video."""

from ..core.errors import MaskVideoError
from .check import check_masks, check_size
from .fit import fit_masks


def prepare_masks(masks, frames, size):
    """Fit masks to a video of one window or more and check that they can guide it.

    masks: [1, 1, T, H, W]; a single one is held for the whole window. frames: of one window; more masks extend the
    video, one frame for each. size: (height, width) in pixels, divisible by 8.
    Returns (masks [1, 1, T, height, width] of 0 and 1, indices of the frames whose mask is all black).
    Raises MaskVideoError where there are too few masks, the size does not fit or mask 0 shows no object.
    """
    check_size(*size)
    count = masks.shape[2]
    if 1 < count < frames:
        raise MaskVideoError(
            f"mask sequence has {count} frames, the first window needs {frames}: give {frames} or more "
            f"(or 1, which is held for all), or set frames to {count}"
        )
    fitted = fit_masks(masks, max(count, frames), size)
    return fitted, check_masks(fitted)
