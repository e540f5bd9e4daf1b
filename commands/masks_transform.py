"""``maskvideo masks transform``: move, retime and clean masks."""

from __future__ import annotations

import argparse

from .device import pick_device
from .edit_flags import add_edit_flags, read_edit
from .mask_flags import add_reading_flags, reading_of
from .outputs import check_suffix
from .track_output import OUT_HELP, write_sequence

DESCRIPTION = """\
Move, scale and rotate objects by keyframes, set a camera over them, retime, reverse, loop, mirror, grow, shrink and
smooth them. Steps are applied in the order of their flags; moves, cameras, slopes and mirrors that follow one another
are computed as one. Any length: a few frames are in memory at a time.
"""
EXAMPLES = """\
examples:
  maskvideo masks transform --masks masks/ --out larger --scale 1.5 --translate 0.1,0
  maskvideo masks transform --masks masks/ --out away --key 0: --key 1:dx=0.2,dy=-0.1,scale=0.5,rotate=20
  maskvideo masks transform --masks masks/ --out zoomed --camera 0: --camera 1:x=0.4,zoom=2
  maskvideo masks transform --masks masks/ --out uphill --slope 15
  maskvideo masks transform --masks masks/ --out slow --speed 0.5 --smooth 5 --save-edit edit.json
  maskvideo masks transform --masks masks/ --out again --edit edit.json
"""


def add_parser(subparsers) -> None:
    """Add ``transform`` to ``maskvideo masks``."""
    parser = subparsers.add_parser(
        "transform",
        help="move, retime and clean masks",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--masks", required=True, metavar="DIR|VIDEO", help="what to change")
    add_reading_flags(parser)
    parser.add_argument("--out", required=True, metavar="DIR|VIDEO", help=OUT_HELP)
    parser.add_argument("--device", default="cpu", metavar="NAME", help="where masks are moved: cpu, cuda, mps (cpu)")
    parser.add_argument("--save-edit", metavar="FILE.json", help="also write the steps, for --edit")
    add_edit_flags(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Open, edit, write."""
    from ..files.atomic import atomic_path
    from ..mask_tools.edit import edit_sequence, edit_to_json
    from ..mask_tools.track_sources import open_tracks

    edit, saved = read_edit(args), check_suffix(args.save_edit, ".json")
    edited = edit_sequence(open_tracks(args.masks, **reading_of(args)), edit, pick_device(args.device))
    write_sequence(args.out, edited, edit.feather_px, name="transform")
    if saved is not None:
        with atomic_path(saved) as temporary:
            temporary.write_text(edit_to_json(edit), encoding="utf-8")
        print(f"wrote {saved}")
    return 0
