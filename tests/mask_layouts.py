"""One crossing ellipse, and a second object, as people's tools store them: for tests of how masks are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO

import cv2
import numpy as np
from maskvideo.files.picture import Picture
from PIL import Image

SIZE = (96, 160)


def crossing(frames: int = 12) -> list[np.ndarray]:
    """Bool [H, W] each: an ellipse on its way to the right, in the upper half."""
    masks = []
    for index in range(frames):
        mask = np.zeros(SIZE, np.uint8)
        cv2.ellipse(mask, (30 + 8 * index, 32), (18, 14), 0, 0, 360, 1, -1)
        masks.append(mask > 0)
    return masks


def mirrored(masks: Sequence[np.ndarray]) -> list[np.ndarray]:
    """A second object that never touches the first."""
    return [mask[::-1, ::-1] for mask in masks]


def pictures(
    store: Callable[[np.ndarray, np.ndarray, int], np.ndarray], frames: int = 12, lossy: bool = False
) -> list[Picture]:
    """store: from both objects' masks and the frame's number to what is stored."""
    pairs = zip(crossing(frames), mirrored(crossing(frames)), strict=True)
    return [Picture(store(one, other, index), lossy=lossy) for index, (one, other) in enumerate(pairs)]


def soft(values: np.ndarray, sigma_px: float) -> np.ndarray:
    return cv2.GaussianBlur(values, (0, 0), sigma_px)


def noise(low: int, high: int, seed: int = 0) -> np.ndarray:
    """uint8 [H, W], low..high."""
    return np.random.default_rng(seed).integers(low, high + 1, SIZE).astype(np.uint8)


def painted(*pairs: tuple[np.ndarray, tuple[int, int, int]], ground: tuple[int, int, int] = (0, 0, 0)) -> np.ndarray:
    """RGB uint8 [H, W, 3]: each mask in its colour."""
    image = np.full((*SIZE, 3), ground, np.uint8)
    for mask, colour in pairs:
        image[mask] = colour
    return image


def by_jpeg(values: np.ndarray, quality: int = 85) -> np.ndarray:
    """What a JPEG makes of it."""
    file = BytesIO()
    Image.fromarray(values).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))
