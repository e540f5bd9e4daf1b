"""Pictures that Pillow does not know or would cut to 8 bits: EXR, DPX, Radiance, and 16 bits a channel in colour."""

from __future__ import annotations

from typing import BinaryIO

import av
import cv2
import numpy as np
from PIL import ExifTags, Image

from ..core.errors import MaskVideoError
from .exif_orientation import turned
from .exr_pictures import read_exr
from .frame_picture import frame_picture
from .picture import Picture
from .png_text import SIGNATURE as PNG

FIRST_BYTES = {b"v/1\x01": "exr", b"SDPX": "dpx", b"XPDS": "dpx", b"#?RADIANCE": "hdr", b"#?RGBE": "hdr"}
DEEP_COLOUR = (2, 4, 6)
"""PNG's colour types (RGB, grey and alpha, RGB and alpha) that Pillow reads as 8 bits where they have 16."""


def deep_reader(head: bytes):
    """What reads such a file, by its first 32 bytes: (open file) -> Picture. None where it is another kind."""
    kind = next((kind for first, kind in FIRST_BYTES.items() if head.startswith(first)), None)
    if kind is not None:
        return {"exr": read_exr, "dpx": read_dpx, "hdr": read_radiance}[kind]
    return read_deep_png if head.startswith(PNG) and head[24] == 16 and head[25] in DEEP_COLOUR else None


def read_dpx(file: BinaryIO) -> Picture:
    """A .dpx file, 8 to 16 bits a channel; log values are shown as they are stored."""
    decoder = av.CodecContext.create("dpx", "r")
    return frame_picture((decoder.decode(av.Packet(file.read())) + decoder.decode(None))[0])


def read_radiance(file: BinaryIO) -> Picture:
    """A .hdr file: float RGB, light."""
    return Picture(_red_first(decoded(file)), linear=True)


def read_deep_png(file: BinaryIO) -> Picture:
    """A PNG of 16 bits a channel in more than one channel: uint16 [H, W, C]."""
    values = _red_first(decoded(file))
    if grey := _png_colour_type(file) == 4:
        values = values[..., [0, 3]]
    file.seek(0)
    with Image.open(file) as image:
        turn = image.getexif().get(ExifTags.Base.Orientation, 1)
    return Picture(turned(np.ascontiguousarray(values) if grey else values, turn))


def read_deep_tiff(file: BinaryIO, page: int) -> Picture:
    """A page of a TIFF of 16 bits and more a channel; OpenCV turns it upright by itself. Floats are float32."""
    data = np.memmap(file, np.uint8, "r")  # of a long stack, only this page is read from the disk
    read, images = cv2.imdecodemulti(data, cv2.IMREAD_UNCHANGED, None, (page, page + 1))
    if not read or not images:
        raise MaskVideoError("OpenCV does not decode it")
    values = _red_first(images[0])
    return Picture(values.astype(np.float32) if values.dtype == np.float64 else values)


def decoded(file: BinaryIO) -> np.ndarray:
    """What OpenCV reads of an open file, blue first, not turned."""
    file.seek(0)
    values = cv2.imdecode(np.frombuffer(file.read(), np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None:
        raise MaskVideoError("OpenCV does not decode it")
    return values


def _png_colour_type(file: BinaryIO) -> int:
    file.seek(25)
    return file.read(1)[0]


def _red_first(values: np.ndarray) -> np.ndarray:
    """From OpenCV's order, blue first, to RGB, with alpha last as it is."""
    if values.ndim == 2 or values.shape[2] < 3:
        return values
    return cv2.cvtColor(values, cv2.COLOR_BGR2RGB if values.shape[2] == 3 else cv2.COLOR_BGRA2RGBA)
