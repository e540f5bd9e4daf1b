"""Pick frames evenly spaced over a sequence."""

import numpy as np

from ..core.errors import MaskVideoError


def evenly_spaced(total_frames, frames):
    """Indices of `frames` frames from the first to the last, as evenly spaced as whole numbers allow.

    Returns a list of ints, strictly rising. Raises MaskVideoError when more are asked for than there are.
    """
    if not 1 <= frames <= total_frames:
        raise MaskVideoError(
            f"{frames} frames were asked for, the sequence has {total_frames}: "
            f"set frames to {min(max(frames, 1), total_frames)}"
        )
    return [int(index) for index in np.round(np.linspace(0, total_frames - 1, frames))]


def select_frames(video, frames):
    """The evenly spaced frames of a tensor [B, C, T, H, W] -> [B, C, frames, H, W]."""
    return video[:, :, evenly_spaced(video.shape[2], frames)]
