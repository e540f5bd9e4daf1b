"""The flags that say how masks are read and fitted to a video."""

from __future__ import annotations

import argparse

from .setting_flags import positive

LENGTHS = ("error", "resample", "hold_last")
"""As in mask_tools/fit.py, which loads torch: the command line itself stays light."""
MASK_FLAGS = ("mask_frames", "length", "invert")


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
    parser.add_argument("--invert", action="store_true", help="the object is black on white")
