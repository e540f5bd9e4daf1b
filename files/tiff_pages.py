"""The pages of a TIFF file: which of them are pictures of their own, and what each needs to be decoded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from PIL.TiffImagePlugin import ImageFileDirectory_v2

SUBFILE, BITS, COMPRESSION, CHANNELS, SAMPLE_FORMAT = 254, 258, 259, 277, 339
SMALLER, STENCIL = 1, 4
"""Bits of the subfile type: a smaller version of another page, a page's transparency."""
UNSIGNED, FLOATING, JPEG = 1, 3, (6, 7, 34892)
FIRST_BYTES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


@dataclass(frozen=True)
class TiffPage:
    """number: among all pages of the file. bits: of a channel. lossy: whether it is coded as JPEG."""

    number: int
    bits: int
    channels: int
    sample_format: int
    lossy: bool

    @property
    def is_deep_colour(self) -> bool:
        """Pillow reads such a page as 8 bits, or not at all."""
        return self.channels > 1 and self.bits > 8

    @property
    def is_unsigned_32(self) -> bool:
        """Pillow reads such a page as signed."""
        return self.channels == 1 and self.bits == 32 and self.sample_format == UNSIGNED


def tiff_pages(file: BinaryIO) -> list[TiffPage]:
    """The pages of an open TIFF that are pictures: thumbnails and smaller versions left out."""
    file.seek(0)
    head = file.read(8)
    directory = ImageFileDirectory_v2(head + file.read(8) if 43 in head[2:4] else head)
    pages, seen = [], set()
    while directory.next and directory.next not in seen:
        seen.add(directory.next)
        file.seek(directory.next)
        directory.load(file)
        pages.append((directory.get(SUBFILE, 0), _page(directory, len(pages))))
    file.seek(0)
    return [page for subfile, page in pages if not subfile & (SMALLER | STENCIL)] or [page for _, page in pages]


def _page(directory: ImageFileDirectory_v2, number: int) -> TiffPage:
    lossy = directory.get(COMPRESSION, 1) in JPEG
    bits, sample_format = directory.get(BITS, (1,))[0], directory.get(SAMPLE_FORMAT, (UNSIGNED,))[0]
    return TiffPage(number, bits, directory.get(CHANNELS, 1), sample_format, lossy)
