"""``maskvideo masks``: mask sequences as data: get them, change them, join them, check them."""

from __future__ import annotations

import argparse

from . import masks_check, masks_combine, masks_draw, masks_extract, masks_transform

DESCRIPTION = """\
Mask sequences as data. Every command reads a folder of tracks, label images as DAVIS has them, plain masks (a folder, a
single image) or a video of them, and writes a folder of tracks: indexed PNGs, one for each frame, with tracks.json
beside them, which every command here and `maskvideo generate --masks` read.
"""


def add_parser(subparsers) -> None:
    """Add ``masks`` and its own commands to the command line."""
    parser = subparsers.add_parser(
        "masks",
        help="draw, extract, change, combine and check mask sequences",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    own = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in (masks_draw, masks_extract, masks_transform, masks_combine, masks_check):
        command.add_parser(own)
