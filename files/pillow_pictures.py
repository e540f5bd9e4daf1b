"""Pictures through Pillow: every page of a file, each in the depth that Pillow has it in, upright."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import BinaryIO

import numpy as np
from PIL import ExifTags, Image

from .exif_orientation import turned
from .picture import Picture

ANIMATED = ("GIF", "PNG", "WEBP", "AVIF")
"""Formats whose pages are pictures in turn. Those of others are not: a phone's MPO keeps a depth map beside a photo."""
TURNING = ("GIF", "PNG")
"""Formats whose animations Pillow reads as a palette, RGB and RGBA by turns."""
ONE_CHANNEL = ("L", "F", "I")
CHANNELS = {"1": "L", "LA": "LA", "La": "LA", "RGBA": "RGBA", "RGBa": "RGBA", "PA": "RGBA"}
"""How modes are read that are not read as they are; any other is converted to RGB."""


def page_numbers(file: BinaryIO) -> Sequence[int]:
    """The pages of an open file that are shown; an APNG may start with one for those who know no APNG."""
    file.seek(0)
    with Image.open(file) as image:
        return _pages(image)


def read_pages(file: BinaryIO, start: int = 0) -> Iterator[Picture]:
    """The pictures of an open file from number `start` on, as players show them. Raises whatever Pillow raises."""
    file.seek(0)
    with Image.open(file) as image:
        pages = _pages(image)
        lossy = _is_lossy(image, file)
        for page in pages[start:]:
            image.seek(page)
            picture = picture_of(image, lossy, alone=len(pages) == 1)
            yield replace(picture, seconds=image.info.get("duration", 0) / 1000 or None)


def _pages(image: Image.Image) -> Sequence[int]:
    if image.format not in ANIMATED:
        return range(1)
    return range(1 if image.info.get("default_image") else 0, getattr(image, "n_frames", 1))


def picture_of(image: Image.Image, lossy: bool, alone: bool = True) -> Picture:
    """The page at which an open image stands. alone: it is the only one, and may keep its palette."""
    image.load()
    turn = image.getexif().get(ExifTags.Base.Orientation, 1)
    if image.mode == "P" and alone:
        palette = _palette(image)
        return Picture(turned(np.asarray(image), turn), palette, lossy)
    return Picture(turned(_values(image, alone), turn), None, lossy)


def _values(image: Image.Image, alone: bool) -> np.ndarray:
    """The samples [H, W] or [H, W, C]. All pages of an animation have the same channels."""
    if not alone and image.format in TURNING and image.mode in ("P", "RGB", "RGBA"):
        return np.asarray(image.convert("RGBA"))
    if image.mode.startswith("I;16"):
        return np.asarray(image).astype(np.uint16, copy=False)
    if image.mode == "I" and image.format in ("PNG", "PPM"):
        return np.asarray(image).astype(np.uint16)
    if image.mode in ONE_CHANNEL and "transparency" not in image.info:
        return np.asarray(image)
    if image.mode == "L":
        return _with_key(np.asarray(image)[..., None], image.info["transparency"])
    if image.mode == "RGB" and "transparency" in image.info:
        return _with_key(np.asarray(image), image.info["transparency"])
    return np.asarray(image if image.mode == "RGB" else image.convert(CHANNELS.get(image.mode, "RGB")))


def _with_key(values: np.ndarray, key: int | tuple[int, ...]) -> np.ndarray:
    """Alpha beside [H, W, C]: one colour, the key, is transparent."""
    opaque = (values != np.array(key)).any(axis=2, keepdims=True)
    return np.concatenate([values, np.where(opaque, values.dtype.type(255), values.dtype.type(0))], axis=2)


def _palette(image: Image.Image) -> np.ndarray:
    """uint8 RGBA [N, 4]; N covers every index that is there, in files whose palette is shorter too (black)."""
    stored = np.array(image.getpalette("RGBA"), np.uint8).reshape(-1, 4)
    needed = max(len(stored), int(np.asarray(image).max(initial=0)) + 1)
    palette = np.zeros((needed, 4), np.uint8)
    palette[:, 3] = 255
    palette[: len(stored)] = stored
    transparency = image.info.get("transparency")
    if isinstance(transparency, bytes):
        palette[: len(transparency), 3] = np.frombuffer(transparency, np.uint8)[:needed]
    elif transparency is not None and transparency < needed:
        palette[transparency, 3] = 0
    return palette


def _is_lossy(image: Image.Image, file: BinaryIO) -> bool:
    if image.format == "WEBP":
        return not _webp_is_lossless(file)
    return image.format in ("JPEG", "MPO", "AVIF", "JPEG2000")


def _webp_is_lossless(file: BinaryIO) -> bool:
    """By the first coded picture: chunk "VP8L" is lossless, "VP8 " is not; an animation has them inside "ANMF"."""
    place, end = 12, file.seek(0, 2)
    while place + 8 <= end:
        file.seek(place)
        name, length = file.read(4), int.from_bytes(file.read(4), "little")
        if name in (b"VP8L", b"VP8 "):
            return name == b"VP8L"
        place += 8 + (16 if name == b"ANMF" else length + length % 2)
    return False
