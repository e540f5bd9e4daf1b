"""The sure inside and the sure outside of an object, away from its soft outline."""

import cv2
import numpy as np


def interior(mask, margin_px=2):
    """The mask without its outer rim, which holds mixed colours after a VAE or JPEG.

    mask: bool [H, W]. The margin shrinks until something is left, so a thin or tiny object keeps a core.
    Returns bool [H, W]; empty only where the mask is empty.
    """
    for margin in range(margin_px, 0, -1):
        core = _erode(mask, margin)
        if core.any():
            return core
    return mask


def exterior(mask, margin_px=2):
    """What is surely background: everything farther than the margin from the mask. bool [H, W] -> bool [H, W]."""
    return interior(~mask, margin_px)


def as_bool(masks):
    """Mask tensor [1, 1, T, H, W] -> bool array [T, H, W]."""
    return masks[0, 0].detach().cpu().numpy() > 0.5


def as_pixels(frames):
    """Frame tensor [1, 3, T, H, W], 0..1 -> float32 array [T, H, W, 3], 0..1; a view where it already is float32."""
    return frames[0].detach().float().cpu().permute(1, 2, 3, 0).numpy()


def _erode(mask, margin_px):
    # the border of the picture is no outline: pixels there are eroded only from the inside
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * margin_px + 1, 2 * margin_px + 1))
    return cv2.erode(mask.astype(np.uint8), kernel, borderType=cv2.BORDER_CONSTANT, borderValue=1).astype(bool)
