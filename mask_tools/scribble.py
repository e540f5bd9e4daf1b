"""The picture that a scribble ControlNet is shown: the first mask's outline or fill, white on black."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor

from ..core.errors import MaskVideoError

STYLES = ("outline", "fill")


def draw_scribble(mask: Tensor, style: str = "outline", width: int = 2) -> Tensor:
    """``mask`` ``[1, 1, H, W]`` in 0..1 to the ControlNet's picture ``[1, 3, H, W]``, 0 or 1.

    ``width`` is the outline's in pixels. Raises ``MaskVideoError`` where the mask is empty or the style unknown.
    """
    if style not in STYLES:
        raise MaskVideoError(f"style {style!r} is unknown: use one of {', '.join(STYLES)}")
    if width < 1:
        raise MaskVideoError(f"the outline is {width} px wide: give 1 or more")
    filled = (mask[0, 0] > 0.5).cpu().numpy().astype(np.uint8)
    if not filled.any():
        raise MaskVideoError("mask 0 is all black: the first frame needs a mask with the object in it")
    canvas = filled if style == "fill" else _outline(filled, width)
    return torch.from_numpy(canvas).float().expand(1, 3, -1, -1)


def _outline(filled: np.ndarray, width: int) -> np.ndarray:
    contours, _ = cv2.findContours(filled, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    canvas = np.zeros_like(filled)
    cv2.drawContours(canvas, contours, -1, 1, width)
    return canvas
