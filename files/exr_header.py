"""The header of an OpenEXR file: what FFmpeg does not say of it, and what its decoder passes over without a word.

Layout: openexr.com, "OpenEXR File Layout". FFmpeg fills what is cut off with black and keeps the upper half of whole
numbers, so both are looked for here.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from ..core.errors import MaskVideoError

WHOLE_NUMBER, FLOAT = 0, 2
TILED, DEEP, SEVERAL_PARTS = 0x200, 0x800, 0x1000
LINES = (1, 1, 1, 16, 32, 16, 32, 32, 32, 256)
"""Lines of a block, by the number of the compression: none, RLE, ZIPS, ZIP, PIZ, PXR24, B44, B44A, DWAA, DWAB."""
BIT_EXACT = 5
"""Compressions below this number take any four bytes alike."""


@dataclass(frozen=True)
class ExrChannel:
    """name_at, kind_at: where in the file its name and its kind of number stand."""

    name: str
    kind: int
    name_at: int
    kind_at: int


@dataclass(frozen=True)
class ExrHeader:
    """flags: of the version field. size: (H, W) of the stored pixels. tile: (H, W), of one level, or None.

    end: where the table of blocks begins.
    """

    flags: int
    channels: tuple[ExrChannel, ...]
    compression: int
    size: tuple[int, int]
    tile: tuple[int, int] | None
    end: int


def read_exr_header(data: bytes) -> ExrHeader:
    """The header of a file's bytes. Raises MaskVideoError for deep pixels and files of several parts."""
    flags = struct.unpack_from("<I", data, 4)[0]
    if flags & (DEEP | SEVERAL_PARTS):
        raise MaskVideoError("an EXR of several parts or deep pixels: save it flat, as one part")
    attributes, place = {}, 8
    while data[place]:
        name, place = _text(data, place)
        _, place = _text(data, place)
        length = struct.unpack_from("<I", data, place)[0]
        attributes[name], place = place + 4, place + 4 + length
    left, top, right, bottom = struct.unpack_from("<4i", data, attributes["dataWindow"])
    channels = tuple(_channels(data, attributes["channels"]))
    compression = data[attributes["compression"]]
    size = bottom - top + 1, right - left + 1
    return ExrHeader(flags, channels, compression, size, _tile(data, flags, attributes), place + 1)


def check_whole(header: ExrHeader, data: bytes) -> None:
    """Raises MaskVideoError where a block lies beyond the end of the file, or was never written."""
    tall, wide = header.size
    if header.flags & TILED:
        if header.tile is None:
            return  # of several levels, the table is longer than the picture needs
        count, size_at = -(-tall // header.tile[0]) * -(-wide // header.tile[1]), 16
    else:
        count, size_at = -(-tall // LINES[header.compression]), 4
    blocks = np.frombuffer(data, "<u8", count, header.end)
    last = int(blocks.max())
    if not blocks.min() or last + size_at + 4 + struct.unpack_from("<I", data, last + size_at)[0] > len(data):
        raise MaskVideoError("it is cut short")


def _channels(data: bytes, place: int):
    while data[place]:
        name, kind_at = _text(data, place)
        yield ExrChannel(name, struct.unpack_from("<I", data, kind_at)[0], place, kind_at)
        place = kind_at + 16


def _tile(data: bytes, flags: int, attributes: dict[str, int]) -> tuple[int, int] | None:
    if not flags & TILED:
        return None
    wide, tall, mode = struct.unpack_from("<IIB", data, attributes["tiles"])
    return None if mode & 15 else (tall, wide)


def _text(data: bytes, place: int) -> tuple[str, int]:
    end = data.index(b"\0", place)
    return data[place:end].decode("latin-1"), end + 1
