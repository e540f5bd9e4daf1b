"""EXIF's orientation: pictures turned and mirrored as their file asks, by its eight values."""

from __future__ import annotations

import numpy as np

TURNS = {
    2: lambda picture: picture[:, ::-1],
    3: lambda picture: picture[::-1, ::-1],
    4: lambda picture: picture[::-1],
    5: lambda picture: picture.swapaxes(0, 1),
    6: lambda picture: picture.swapaxes(0, 1)[:, ::-1],
    7: lambda picture: picture.swapaxes(0, 1)[::-1, ::-1],
    8: lambda picture: picture.swapaxes(0, 1)[::-1],
}
"""From the stored picture to the upright one; 1, and what is no orientation, leaves it as it is."""


def turned(picture: np.ndarray, orientation: int) -> np.ndarray:
    """[H, W] or [H, W, C], or [W, H, ..] where the orientation lies it down, 5 to 8: contiguous."""
    return np.ascontiguousarray(TURNS[orientation](picture)) if orientation in TURNS else picture
