"""What of a picture its mask is read from: alpha, one channel, or its colours, as whole numbers that can be counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..files.picture import Picture
from .tracks import Colour

CHANNELS = ("auto", "alpha", "luma", "red", "green", "blue", "colour")
"""auto: alpha where it varies within the sequence, else colour. colour: grey values, labels or label colours."""
PRIMARIES = ("red", "green", "blue")
BRIGHTEST = "brightest"
"""The brightest of red, green and blue, by which one object in any colour is cut from black."""
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
GREY = 0x010101
"""Times a grey value: its code as a colour."""
FLOAT_STEPS = 256
"""Whole numbers in which 1.0 of a float picture is counted."""


@dataclass(frozen=True, eq=False)
class Plane:
    """codes: whole numbers [H, W], a value, or a colour as 0xRRGGBB. colours: whether they are the latter.

    full: the value of white. palette: of a palette image, the code of each index, else None.
    """

    codes: np.ndarray
    colours: bool
    full: int
    palette: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Reading:
    """How the pictures of a sequence become masks.

    channel: what is looked at, one of `CHANNELS` but "auto", or `BRIGHTEST`. names, colours: the objects. label: from a
    `Plane` to uint8 [H, W], 0 for the ground and n for object n. text: what was read: "values 16 and 235: matte".
    """

    channel: str
    names: tuple[str, ...]
    colours: tuple[Colour, ...]
    label: Callable[[Plane], np.ndarray]
    text: str

    def labels_of(self, picture: Picture) -> np.ndarray:
        """uint8 [H, W]: 0 for the ground, n for object n."""
        return self.label(plane_of(picture, self.channel))


def plane_of(picture: Picture, channel: str) -> Plane:
    """One of `CHANNELS` but "auto", `BRIGHTEST`, or "index", a palette's entries; of a picture that has it."""
    if channel == "colour":
        return _colour(picture)
    if channel == "index":
        return Plane(picture.values, False, 255, _palette_codes(picture))
    if channel == "alpha":
        return _values(picture.alpha())
    if picture.palette is None and picture.values.ndim == 2:
        return _values(picture.values)  # grey: luma and every primary, in full depth
    rgb = picture.rgb()
    if channel == "luma":
        return Plane(np.rint(rgb @ LUMA).astype(np.int32), False, 255)
    if channel == BRIGHTEST:
        return Plane(brightest(rgb), False, 255)
    return Plane(rgb[..., PRIMARIES.index(channel)], False, 255)


def brightest(rgb: np.ndarray) -> np.ndarray:
    """The largest of three channels, [H, W, 3] -> [H, W]; many times as fast as max(axis=-1)."""
    return np.maximum(np.maximum(rgb[..., 0], rgb[..., 1]), rgb[..., 2])


def colour_parts(codes: np.ndarray) -> np.ndarray:
    """0xRRGGBB [...] as float32 RGB [..., 3], 0..255."""
    codes = np.asarray(codes, np.int64)
    return np.stack([codes >> 16 & 255, codes >> 8 & 255, codes & 255], -1).astype(np.float32)


def _colour(picture: Picture) -> Plane:
    if picture.palette is not None:
        table = _palette_codes(picture)
        return Plane(table[picture.values], True, 255, table)
    values = picture.values
    if values.ndim == 2:
        return _values(values)
    if values.shape[-1] == 2:
        return _values(values[..., 0])
    red, green, blue = np.moveaxis(picture.rgb(), -1, 0)
    if np.array_equal(red, green) and np.array_equal(green, blue):
        return Plane(red, False, 255)
    return Plane(red.astype(np.int32) << 16 | green.astype(np.int32) << 8 | blue, True, 255)


def _palette_codes(picture: Picture) -> np.ndarray:
    """The colours of a palette as codes, int64 [256]; entries that it lacks are black."""
    red, green, blue = picture.palette[:, :3].T.astype(np.int64)
    return np.pad(red << 16 | green << 8 | blue, (0, max(0, 256 - len(red))))


def _values(values: np.ndarray) -> Plane:
    if values.dtype == bool:
        values = values.astype(np.uint8) * np.uint8(255)
    if values.dtype.kind == "f":
        counted = np.rint(np.nan_to_num(np.clip(values, 0, 2**31)) * FLOAT_STEPS).astype(np.int64)
        return Plane(counted, False, FLOAT_STEPS)
    if values.dtype.kind == "i":
        values = np.maximum(values, 0)
    return Plane(values, False, 255 if values.dtype == np.uint8 else 65535)
