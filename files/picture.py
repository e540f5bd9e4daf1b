"""A decoded picture in its own depth: what a file stores, before anyone decides whether it is a photo or a mask."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LIGHTEST = {"uint8": 255, "uint16": 65535, "int32": 65535, "uint32": 65535, "float32": 1.0}
"""The value that is shown as white. Whole numbers of 32 bits are shown as those of 16 bits, which most of them are."""


@dataclass(frozen=True, eq=False)
class Picture:
    """One picture, upright: the turn that its file asks for is done.

    values: [H, W] or [H, W, C] with C = 2 (grey and alpha), 3 (RGB) or 4 (RGB and alpha), as stored; uint8, uint16,
    int32, uint32 or float32. Colour is never mixed with a background, nor divided by alpha.
    palette: uint8 RGBA [N, 4] where the values, [H, W] below N, are its indices, the file's transparency in its alpha;
    else None.
    lossy: the coder changes values (JPEG, most videos), so that a value's neighbours mean the same.
    linear: values are amounts of light (EXR, Radiance), which a screen does not show as they are.
    seconds: how long an animation shows it; None where the file does not say.
    """

    values: np.ndarray
    palette: np.ndarray | None = None
    lossy: bool = False
    linear: bool = False
    seconds: float | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(H, W) in pixels."""
        return self.values.shape[:2]

    @property
    def has_alpha(self) -> bool:
        """Whether the file has alpha at all, be it opaque everywhere."""
        if self.palette is not None:
            return bool((self.palette[:, 3] < 255).any())
        return self.values.ndim == 3 and self.values.shape[2] in (2, 4)

    def alpha(self) -> np.ndarray | None:
        """Alpha [H, W] in the depth of the values (of a palette: uint8), highest = opaque; None where there is none."""
        if not self.has_alpha:
            return None
        return self.palette[:, 3][self.values] if self.palette is not None else self.values[..., -1]

    def opacity(self) -> np.ndarray | None:
        """Alpha as float32 [H, W], 0..1; None where there is none."""
        alpha = self.alpha()
        return None if alpha is None else np.clip(alpha.astype(np.float32) / LIGHTEST[alpha.dtype.name], 0, 1)

    def colour(self) -> np.ndarray:
        """Without alpha, in the depth of the values: grey [H, W], or RGB [H, W, 3]; of a palette, its colours."""
        if self.palette is not None:
            return self.palette[:, :3][self.values]
        if self.values.ndim == 2:
            return self.values
        return self.values[..., 0] if self.values.shape[2] == 2 else self.values[..., :3]

    def rgb(self) -> np.ndarray:
        """uint8 [H, W, 3] as a person sees it, whatever the alpha; light is shown by the curve of sRGB, cut at 1."""
        shown = _to_uint8(self.colour(), self.linear)
        return shown if shown.ndim == 3 else np.repeat(shown[..., None], 3, axis=2)


def _to_uint8(values: np.ndarray, linear: bool) -> np.ndarray:
    if values.dtype == np.uint8:
        return values
    shares = np.clip(np.nan_to_num(values.astype(np.float32)) / LIGHTEST[values.dtype.name], 0, 1)
    return np.round(255 * (_srgb(shares) if linear else shares)).astype(np.uint8)


def _srgb(light: np.ndarray) -> np.ndarray:
    """The curve of sRGB (IEC 61966-2-1), 0..1 to 0..1."""
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 0.0031308) ** (1 / 2.4) - 0.055)
