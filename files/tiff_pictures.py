"""The pictures of a TIFF file, each by the reader that keeps what it stores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

import av
import numpy as np
from PIL import Image

from ..core.errors import MaskVideoError
from .deep_pictures import read_deep_tiff
from .exif_orientation import turned
from .frame_picture import frame_picture
from .picture import Picture
from .pillow_pictures import picture_of
from .tiff_pages import BIG, FFMPEG, OPENCV, TiffPage, tiff_pages


def read_tiff(file: BinaryIO, start: int = 0) -> Iterator[Picture]:
    """The pictures of an open TIFF from number `start` on. Raises whatever Pillow, OpenCV and FFmpeg raise."""
    image = None  # opened once: Pillow looks at every page before the wanted one
    for page in tiff_pages(file)[start:]:
        if page.reader == OPENCV:
            yield read_deep_tiff(file, page.number)
        elif page.reader == FFMPEG:
            yield _through_ffmpeg(file, page)
        else:
            image = image or Image.open(file)
            yield _through_pillow(image, page)


def _through_pillow(image: Image.Image, page: TiffPage) -> Picture:
    image.seek(page.number)
    picture = picture_of(image, page.lossy)
    return replace(picture, values=picture.values.view(np.uint32)) if page.unsigned_32 else picture


def _through_ffmpeg(file: BinaryIO, page: TiffPage) -> Picture:
    """FFmpeg decodes a file's first page: the page is made the first."""
    file.seek(0)
    data = bytearray(file.read())
    if data[:4] in BIG:
        raise MaskVideoError("a BigTIFF of channels that lie apart, or of grey and alpha: save it as plain TIFF")
    data[4:8] = page.offset.to_bytes(4, "little" if data.startswith(b"II") else "big")
    decoder = av.CodecContext.create("tiff", "r")
    picture = frame_picture((decoder.decode(av.Packet(bytes(data))) + decoder.decode(None))[0], page.lossy)
    return replace(picture, values=turned(picture.values, page.orientation))
