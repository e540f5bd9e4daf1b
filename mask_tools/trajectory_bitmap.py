"""The images that a mask trajectory's shapes refer to."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..core.errors import MaskVideoError
from ..files.images import open_image

LARGEST_BITMAP_PX = 8192


def read_bitmap(path: Path) -> np.ndarray:
    """A mask image as uint8 [h, w], 0 to 255, bright = object; transparent parts are no object.

    Raises MaskVideoError where it is missing, no image, or too large.
    """
    if not path.is_file():
        raise MaskVideoError(
            f"the trajectory takes a shape from {path.name}, which is not in {path.parent}: copy it there"
        )
    image = open_image(path)
    if max(image.size) > LARGEST_BITMAP_PX:
        raise MaskVideoError(
            f"{path.name} is {image.width}x{image.height}: give a bitmap of {LARGEST_BITMAP_PX} pixels a side or fewer"
        )
    if image.has_transparency_data:
        grey, alpha = image.convert("RGBA").convert("L"), image.convert("RGBA").getchannel("A")
        return np.round(np.asarray(grey, float) * np.asarray(alpha, float) / 255).astype(np.uint8)
    return np.array(image.convert("L"))
