"""Pictures of OpenEXR files, through FFmpeg: half, float and whole numbers, of any compression."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import BinaryIO

import av
import numpy as np

from ..core.errors import MaskVideoError
from .exr_header import BIT_EXACT, FLOAT, WHOLE_NUMBER, ExrHeader, check_whole, read_exr_header
from .frame_picture import frame_picture
from .picture import Picture

COLOUR, GREY = {"R", "G", "B"}, "Y"


def read_exr(file: BinaryIO) -> Picture:
    """The picture of an open file: channels R G B (A), those of its only layer, or its only channel as grey.

    float32, light as an EXR's are; uint32 where the file has whole numbers. Channels beside R G B A are left out.
    Raises MaskVideoError where other channels are all that there is, or the file is cut short.
    """
    data = bytearray(file.read())
    header = read_exr_header(data)
    check_whole(header, data)
    layer = _layer(header)
    if len(header.channels) == 1:
        _call_it_grey(data, header)
    whole = _as_float(data, header)
    decoder = av.CodecContext.create("exr", "r")
    decoder.options = {"layer": layer}
    frame = (decoder.decode(av.Packet(bytes(data))) + decoder.decode(None))[0]
    picture = frame_picture(frame)
    return replace(picture, values=picture.values.view(np.uint32)) if whole else replace(picture, linear=True)


def _layer(header: ExrHeader) -> str:
    """The layer whose channels are the picture, "" for those that are in none."""
    names = [channel.name for channel in header.channels]
    layers = {name.rpartition(".")[0] for name in names if set(_of_layer(names, name.rpartition(".")[0])) >= COLOUR}
    if len(names) == 1 and len(names[0].rpartition(".")[2]) == 1:
        return names[0].rpartition(".")[0]
    if "" in layers:
        return ""
    if len(layers) != 1:
        raise MaskVideoError(f"its channels are {', '.join(names)}: give R, G, B with or without A, or one channel, Y")
    return layers.pop()


def _of_layer(names: list[str], layer: str) -> list[str]:
    return [name.rpartition(".")[2] for name in names if name.rpartition(".")[0] == layer]


def _call_it_grey(data: bytearray, header: ExrHeader) -> None:
    """FFmpeg takes a single channel by the name Y alone: Z, A or R are the same with another letter."""
    (channel,) = header.channels
    data[channel.name_at + len(channel.name) - 1] = ord(GREY)


def _as_float(data: bytearray, header: ExrHeader) -> bool:
    """Whole numbers called floating point, whose bits come through unchanged: FFmpeg keeps their upper half only."""
    whole = [channel for channel in header.channels if channel.kind == WHOLE_NUMBER]
    if not whole or len(whole) < len(header.channels):
        return False
    if header.compression >= BIT_EXACT:
        raise MaskVideoError("whole numbers in a compression other than none, RLE, ZIPS, ZIP or PIZ: save it in ZIP")
    for channel in whole:
        struct.pack_into("<I", data, channel.kind_at, FLOAT)
    return True
