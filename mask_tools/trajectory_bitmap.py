"""The images that a mask trajectory's shapes refer to."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from ..core.errors import MaskVideoError
from ..files.images import open_picture

LARGEST_BITMAP_PX = 8192


def read_bitmap(path: Path) -> np.ndarray:
    """A mask image as uint8 [h, w], 0 to 255, bright = object; transparent parts are no object.

    Raises MaskVideoError where it is missing, no image, or too large.
    """
    if not path.is_file():
        raise MaskVideoError(
            f"the trajectory takes a shape from {path.name}, which is not in {path.parent}: copy it there"
        )
    picture = open_picture(path)
    height, width = picture.size
    if max(height, width) > LARGEST_BITMAP_PX:
        raise MaskVideoError(
            f"{path.name} is {width}x{height}: give a bitmap of {LARGEST_BITMAP_PX} pixels a side or fewer"
        )
    grey, alpha = cv2.cvtColor(picture.rgb(), cv2.COLOR_RGB2GRAY), picture.opacity()
    return grey if alpha is None else np.round(grey * alpha).astype(np.uint8)
