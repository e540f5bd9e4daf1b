"""The pages of a TIFF file: which of them are pictures of their own, and which library reads each as it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from PIL.TiffImagePlugin import ImageFileDirectory_v2

from ..core.errors import MaskVideoError

SUBFILE, BITS, COMPRESSION, PHOTOMETRIC, CHANNELS, PLANAR = 254, 258, 259, 262, 277, 284
ORIENTATION, EXTRA, SAMPLE_FORMAT = 274, 338, 339
SMALLER, STENCIL = 1, 4
"""Bits of the subfile type: a smaller version of another page, a page's transparency."""
UNSIGNED, FLOATING, JPEG, RGB, GREY, APART = 1, 3, (6, 7, 34892), 2, (0, 1), 2
FIRST_BYTES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
BIG = (b"II+\0", b"MM\0+")
PILLOW, OPENCV, FFMPEG = "Pillow", "OpenCV", "FFmpeg"


@dataclass(frozen=True)
class TiffPage:
    """number: among all pages of the file. offset: of its directory. reader: PILLOW, OPENCV or FFMPEG.

    orientation: as EXIF's. unsigned_32: values of 32 bits without a sign, which Pillow reads with one. lossy: whether
    it is coded as JPEG.
    """

    number: int
    offset: int
    reader: str
    orientation: int
    unsigned_32: bool
    lossy: bool


def tiff_pages(file: BinaryIO) -> list[TiffPage]:
    """The pages of an open TIFF that are pictures: thumbnails and smaller versions left out.

    Raises MaskVideoError where one has more channels than RGB and alpha, or half floats, which none of the readers has.
    """
    file.seek(0)
    head = file.read(8)
    directory = ImageFileDirectory_v2(head + file.read(8) if head[:4] in BIG else head)
    pages, offset = [], directory.next
    while offset and offset not in (page.offset for _, page in pages):
        file.seek(offset)
        directory.load(file)
        pages.append((directory.get(SUBFILE, 0), _page(directory, len(pages), offset)))
        offset = directory.next
    file.seek(0)
    return [page for subfile, page in pages if not subfile & (SMALLER | STENCIL)] or [page for _, page in pages]


def _page(directory: ImageFileDirectory_v2, number: int, offset: int) -> TiffPage:
    alone = directory.get(CHANNELS, 1) == 1 and directory.get(BITS, (1,))[0] == 32
    unsigned = alone and directory.get(SAMPLE_FORMAT, (UNSIGNED,))[0] == UNSIGNED
    lossy = directory.get(COMPRESSION, 1) in JPEG
    return TiffPage(number, offset, _reader(directory), directory.get(ORIENTATION, 1), unsigned, lossy)


def _reader(directory: ImageFileDirectory_v2) -> str:
    """Pillow cuts deep colour to 8 bits and drops alpha that is not called so; OpenCV mixes up channels that lie apart
    and drops alpha beside grey; FFmpeg has no floats and no files above 4 GB."""
    bits, channels = directory.get(BITS, (1,))[0], directory.get(CHANNELS, 1)
    floating, kind = directory.get(SAMPLE_FORMAT, (UNSIGNED,))[0] == FLOATING, directory.get(PHOTOMETRIC, 1)
    if channels > 4 or (floating and bits == 16):
        what = "half floats" if channels < 5 else f"{channels} channels"
        raise MaskVideoError(f"it has {what}: save it as RGB with or without alpha, of 8, 16 or 32 bits")
    if kind == RGB and bits == 8 and channels == 4 and directory.get(EXTRA, (1,))[0] == 0:
        return FFMPEG
    if bits == 64:
        return OPENCV
    if bits < 16 or channels == 1 or kind not in (RGB, *GREY):
        return PILLOW
    return FFMPEG if channels == 2 or directory.get(PLANAR, 1) == APART else OPENCV
