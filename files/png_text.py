"""PNG files without their long texts: ComfyUI writes whole workflows into them, of which a picture needs nothing."""

from __future__ import annotations

from io import BytesIO
from typing import BinaryIO

SIGNATURE = b"\x89PNG\r\n\x1a\n"
TEXTS = (b"tEXt", b"zTXt", b"iTXt", b"iCCP")
TURNS = (b"Raw profile type exif", b"XML:com.adobe.xmp")
"""Texts that may say how the picture is turned."""
LONG_BYTES = 1024
"""A compressed text of a megabyte is this long at least (deflate shrinks by 1032 at most)."""


def without_long_text(file: BinaryIO) -> BinaryIO:
    """`file`, or a copy in memory of a PNG that lacks its long texts and colour profile; rewound.

    Pillow refuses a text or a profile above one megabyte, and texts above 64 together, with the picture.
    """
    file.seek(0)
    if file.read(8) != SIGNATURE:
        file.seek(0)
        return file
    pieces, dropped = [SIGNATURE], False
    while len(head := file.read(8)) == 8:
        length, name = int.from_bytes(head[:4], "big"), head[4:]
        body = file.read(length + 4)
        if name in TEXTS and length > LONG_BYTES and not body.startswith(TURNS):
            dropped = True
        else:
            pieces += head, body
    file.seek(0)
    return BytesIO(b"".join(pieces)) if dropped else file
