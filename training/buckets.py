"""Sizes of training clips: one for all, or for each clip the one of about the same area that fits its shape.

Aspect buckets cut off less of a portrait clip among landscape ones; a step's memory stays that of the size set.
"""

from __future__ import annotations

from math import log

from .config import SIZE_MULTIPLE

BUCKET_PX = 64
"""Sides are multiples of it, so that the U-Net halves them evenly; of a quarter of it where the size is small."""
SMALL_PX = 256
WIDEST = 2.0
"""The longest shape, as long side to short side."""


def fitting_size(shape: tuple[int, int], width: int, height: int, aspect_buckets: bool) -> tuple[int, int]:
    """(width, height) at which a clip with frames of ``shape`` (height, width) trains where that size is set."""
    return bucket_size(shape, width, height) if aspect_buckets else (width, height)


def bucket_size(shape: tuple[int, int], width: int, height: int) -> tuple[int, int]:
    """The bucket (width, height), of at most ``width``·``height`` pixels, nearest to ``shape`` (height, width)."""
    wanted = log(shape[1] / shape[0])
    return min(bucket_sizes(width, height), key=lambda size: abs(log(size[0] / size[1]) - wanted))


def bucket_sizes(width: int, height: int) -> list[tuple[int, int]]:
    """The size set itself, first, then every other of its area in steps of ``BUCKET_PX``, up to 1:2 and 2:1."""
    step = BUCKET_PX if min(width, height) >= SMALL_PX else max(SIZE_MULTIPLE, BUCKET_PX // 4)
    area, sizes = width * height, [(width, height)]
    for side in range(step, int((area * WIDEST) ** 0.5) + 1, step):
        other = area // side // step * step
        if other and max(side / other, other / side) <= WIDEST:
            sizes.append((side, other))
    return list(dict.fromkeys(sizes))
