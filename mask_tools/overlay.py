"""Masks drawn over the frames that they guide, so that one look shows whether the object is where it should be."""

import torch

from ..core.errors import MaskVideoError
from ..files.contact_sheet import draw_outline
from ..files.frame_layout import masks_to_uint8, to_tensor, to_uint8
from .fit import fit_masks

TINT = (0.0, 0.85, 0.75)  # RGB: far from skin, sky and leaves


def overlay_masks(frames, masks, opacity=0.3, outline=True):
    """The frames with the masks' inside tinted and their outlines drawn.

    frames: [1, 3, T, H, W], 0..1. masks: [1, 1, T, h, w] of any size, one for each frame, or a single one for all.
    opacity: of the tint, 0 (none) to 1. outline: a white line with a dark halo. Returns new frames [1, 3, T, H, W].
    Raises MaskVideoError where the counts differ or the opacity is outside its range.
    """
    if not 0 <= opacity <= 1:
        raise MaskVideoError(f"opacity is {opacity:g}: give {min(max(opacity, 0), 1):g}, it must lie between 0 and 1")
    fitted = fit_masks(masks, frames.shape[2], tuple(frames.shape[-2:]))
    tint = torch.tensor(TINT).view(1, 3, 1, 1, 1)
    tinted = frames + opacity * fitted * (tint - frames)
    return _outlined(tinted, fitted) if outline else tinted


def _outlined(frames, masks):
    pairs = zip(to_uint8(frames), masks_to_uint8(masks), strict=True)
    return to_tensor([draw_outline(frame, mask) for frame, mask in pairs])
