"""The pictures of a TIFF file: through Pillow, or through OpenCV those of more than 8 bits a channel in colour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

import numpy as np
from PIL import Image

from .deep_pictures import read_deep_tiff
from .picture import Picture
from .pillow_pictures import picture_of
from .tiff_pages import TiffPage, tiff_pages


def read_tiff(file: BinaryIO, start: int = 0) -> Iterator[Picture]:
    """The pictures of an open TIFF from number `start` on. Raises whatever Pillow and OpenCV raise."""
    for page in tiff_pages(file)[start:]:
        yield read_deep_tiff(file, page.number) if page.is_deep_colour else _through_pillow(file, page)


def _through_pillow(file: BinaryIO, page: TiffPage) -> Picture:
    file.seek(0)
    with Image.open(file) as image:
        image.seek(page.number)
        picture = picture_of(image, page.lossy)
    return replace(picture, values=picture.values.view(np.uint32)) if page.is_unsigned_32 else picture
