"""Frame consistency: do neighbouring frames look like one video?"""

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from .mask_iou import check_shapes

LEVELS = 8  # steps of each colour channel in the palette histogram
PSNR_LIMIT = 60.0  # dB; equal frames would be infinite


@dataclass(frozen=True)
class FrameConsistency:
    """Two figures without a network.

    palette: mean cosine of neighbouring frames' colour histograms, 0..1. It does not ask where things are, so motion
        costs nothing and a flash or a change of hue does.
    background_psnr: mean PSNR in dB of neighbouring frames outside both their masks, at most 60. It sees flicker and
        crawling texture; None where no background is left.
    """

    palette: float
    background_psnr: float | None


def frame_consistency(frames, masks):
    """Both figures of `FrameConsistency`; a single frame agrees with itself.

    frames: [1, 3, T, H, W], 0..1. masks: [1, 1, T, H, W], 1 = foreground. MaskVideoError on unlike shapes.
    """
    check_shapes(frames, masks)
    return FrameConsistency(_palette_consistency(frames[0]), _background_psnr(frames[0], masks[0, 0] > 0.5))


def _palette_consistency(frames):
    palettes = torch.stack([_palette(frame) for frame in frames.unbind(1)])
    return float(functional.cosine_similarity(palettes[:-1], palettes[1:]).mean()) if len(palettes) > 1 else 1.0


def _palette(frame):
    """Histogram of [3, H, W] over LEVELS³ colours; each value is shared by its two nearest levels -> [LEVELS³].

    The sharing keeps a small change of colour small, wherever it falls between the levels.
    """
    place = frame.float().clamp(0, 1).flatten(1) * (LEVELS - 1)
    low = place.floor().clamp(max=LEVELS - 2)
    palette = torch.zeros(LEVELS**3)
    for corner in range(8):
        upper = torch.tensor([corner >> 2 & 1, corner >> 1 & 1, corner & 1])[:, None]
        weight = torch.where(upper.bool(), place - low, 1 - (place - low)).prod(0)
        red, green, blue = (low + upper).long()
        palette.index_add_(0, (red * LEVELS + green) * LEVELS + blue, weight)
    return palette


def _background_psnr(frames, inside):
    errors = []
    for index in range(1, len(inside)):  # a pair at a time: a long video's differences are as large as the video
        region = ~(inside[index - 1] | inside[index])
        change = (frames[:, index].float() - frames[:, index - 1].float()).square().mean(0)
        if region.any():
            errors.append(_psnr(float(change[region].mean())))
    return float(np.mean(errors)) if errors else None


def _psnr(mean_square):
    return min(PSNR_LIMIT, -10 * float(np.log10(max(mean_square, 1e-12))))
