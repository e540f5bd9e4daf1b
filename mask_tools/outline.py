"""The outline of a mask, as a scribble ControlNet wants it: white lines on black."""

from torch.nn import functional

from ..core.errors import MaskVideoError


def outline_masks(masks, width_px=2):
    """The rim of each mask: its pixels within width_px of the background. The picture's border is no outline.

    masks: [B, 1, T, H, W], 1 = foreground. Returns float of the same shape, 0 and 1; a mask of ones gives zeros.
    """
    if width_px < 1:
        raise MaskVideoError(f"an outline of {width_px} px cannot be drawn: give 1 or more")
    background = (masks <= 0.5).float()
    near_background = functional.max_pool3d(
        background, (1, 2 * width_px + 1, 2 * width_px + 1), stride=1, padding=(0, width_px, width_px)
    )
    return near_background * (1 - background)
