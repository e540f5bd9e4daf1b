"""``maskvideo convert``: motions of other methods as motion files."""

from __future__ import annotations

from . import convert_lamp


def add_parser(subparsers) -> None:
    """Add ``convert`` and its formats to the command line."""
    parser = subparsers.add_parser("convert", help="turn another method's motion into a motion file")
    formats = parser.add_subparsers(title="formats", metavar="FORMAT", required=True)
    convert_lamp.add_parser(formats)
