"""The flags that say how masks are read and fitted to a video."""

from __future__ import annotations

import argparse

from .setting_flags import positive

LENGTHS = ("error", "resample", "hold_last")
"""As in mask_tools/fit.py, which loads torch: the command line itself stays light."""
CHANNELS = ("auto", "alpha", "luma", "red", "green", "blue", "colour")
"""As in mask_tools/mask_plane.py, likewise."""
READING_FLAGS = ("invert", "channel", "fill_gaps")
MASK_FLAGS = ("mask_frames", "length", *READING_FLAGS)


def add_mask_flags(parser: argparse.ArgumentParser) -> None:
    """Which of the masks, how many, and what is the object."""
    parser.add_argument(
        "--mask-frames", type=positive, metavar="N", help="take N masks, evenly spaced over the sequence (all)"
    )
    parser.add_argument(
        "--length",
        choices=LENGTHS,
        default=LENGTHS[0],
        help="where there are fewer masks than frames: refuse them, spread them with new shapes in between, or hold "
        "the last (error)",
    )
    add_reading_flags(parser)


def add_reading_flags(parser: argparse.ArgumentParser) -> None:
    """How pictures become masks; ``reading_of`` has the values."""
    parser.add_argument("--invert", action="store_true", help="the object is what is dark; for plain masks")
    parser.add_argument(
        "--channel",
        choices=CHANNELS,
        default=CHANNELS[0],
        help="where in the pictures the mask is: auto takes alpha where it varies, else values, labels and label "
        "colours (auto)",
    )
    parser.add_argument(
        "--fill-gaps", action="store_true", help="new shapes in between where numbers of the file names are missing"
    )


def reading_of(args: argparse.Namespace) -> dict:
    """Keyword arguments of ``open_tracks`` and ``read_masks``."""
    return {name: getattr(args, name) for name in READING_FLAGS}
