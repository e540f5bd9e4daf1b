"""``maskvideo masks combine``: several mask sequences into one."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ..core.errors import MaskVideoError
from .edit_flags import add_edit_flags, read_edit
from .mask_flags import LENGTHS, add_reading_flags, reading_of
from .track_output import OUT_HELP, write_sequence

if TYPE_CHECKING:
    from ..mask_tools.sequence import TrackSequence

OPERATIONS = ("layers", "union", "intersection", "difference", "exclusive", "insert")
AFTER = ("gone", "hold_last", "loop", "resample")
"""As in mask_tools, which loads torch: the command line itself stays light."""
DESCRIPTION = """\
Join mask sequences. Sizes follow the first; a single frame is held for all.

  layers         every object stays an object of its own, those of the first sequence in front
  union          one object: what any sequence shows
  intersection   one object: what all show
  difference     one object: what the first shows and no other
  exclusive      one object: what exactly one shows
  insert         the objects of the second sequence come into the first, which is the clip

The steps at the end change the result, or with insert the objects before they come into the clip.
"""
EXAMPLES = """\
examples:
  maskvideo masks combine --masks rider horse --out both --operation union
  maskvideo masks combine --masks camel dog --out both --operation insert --start 10 --after loop --behind "object 1" \\
      --scale 0.5 --translate -0.2,0.1
"""


def add_parser(subparsers) -> None:
    """Add ``combine`` to ``maskvideo masks``."""
    parser = subparsers.add_parser(
        "combine",
        help="join mask sequences, or insert objects into another clip",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--masks", required=True, nargs="+", metavar="DIR|VIDEO", help="two or more; the first leads")
    parser.add_argument("--operation", choices=OPERATIONS, default="layers", help="(layers)")
    parser.add_argument("--out", required=True, metavar="DIR|VIDEO", help=OUT_HELP)
    parser.add_argument("--name", default="", help="of the one object (the operation)")
    parser.add_argument(
        "--length",
        choices=LENGTHS,
        default=LENGTHS[0],
        help="for a sequence of another length than the first: refuse it, spread it, or hold its last mask (error)",
    )
    add_reading_flags(parser)
    insert = parser.add_argument_group("with insert")
    insert.add_argument("--only", metavar="A,B", help="the objects that come (all)")
    insert.add_argument("--start", type=int, default=0, metavar="FRAME", help="when they appear (0)")
    insert.add_argument(
        "--after",
        choices=AFTER,
        default=AFTER[0],
        help="once their frames are over: gone, hold_last, loop (there and back); or spread them over the clip (gone)",
    )
    insert.add_argument(
        "--behind", default="", metavar="NAME", help="the clip's object they go behind (in front of all)"
    )
    add_edit_flags(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Open, combine, write."""
    from ..mask_tools.combine import combine_sequences
    from ..mask_tools.edit import edit_sequence
    from ..mask_tools.track_sources import open_tracks

    edit, sequences = read_edit(args), [open_tracks(path, **reading_of(args)) for path in args.masks]
    if args.operation == "insert":
        combined = _insert(args, sequences)
    else:
        combined = edit_sequence(combine_sequences(sequences, args.operation, args.length, args.name), edit)
    write_sequence(args.out, combined, edit.feather_px, name="combine")
    return 0


def _insert(args: argparse.Namespace, sequences: list[TrackSequence]) -> TrackSequence:
    from ..mask_tools.insert import Insertion, insert_objects

    if len(sequences) != 2:
        raise MaskVideoError(f"insert takes two sequences, {len(sequences)} came: give --masks CLIP SOURCE")
    objects = tuple(name.strip() for name in (args.only or "").split(",") if name.strip())
    insertion = Insertion(objects, args.start, args.after, args.behind, read_edit(args))
    return insert_objects(*sequences, insertion)
