"""``maskvideo masks draw``: a trajectory of the Mask Trajectory Editor as masks."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import MaskVideoError
from .outputs import check_suffix
from .setting_flags import positive
from .track_output import OUT_HELP, write_sequence

if TYPE_CHECKING:
    import numpy as np

DESCRIPTION = """\
Draw the objects of a mask trajectory: the JSON text of the Mask Trajectory Editor, or one written by hand. Its motion
is spread over the frames, and its places over the picture, so one file serves any number of frames and any size.
Images that shapes refer to lie in the folder of the JSON file.
"""
EXAMPLES = """\
examples:
  maskvideo masks draw --trajectory jump.json --frames 16 --out masks
  maskvideo masks draw --trajectory jump.json --frames 49 --width 832 --height 480 --out jump.mp4
  maskvideo masks draw --trajectory jump.json --frames 16 --out masks --boxes boxes.json --points points.json
"""


def add_parser(subparsers) -> None:
    """Add ``draw`` to ``maskvideo masks``."""
    parser = subparsers.add_parser(
        "draw",
        help="draw the objects of a trajectory",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--trajectory", required=True, metavar="FILE.json", help="what the editor drew")
    parser.add_argument("--frames", required=True, type=positive, metavar="N", help="how many masks")
    parser.add_argument("--width", type=positive, default=416, metavar="PX", help="of the masks (416)")
    parser.add_argument("--height", type=positive, default=256, metavar="PX", help="of the masks (256)")
    parser.add_argument("--fps", type=float, metavar="N", help="frames per second, written into the tracks")
    parser.add_argument("--out", required=True, metavar="DIR|VIDEO", help=OUT_HELP)
    parser.add_argument("--boxes", metavar="FILE.json", help="also write the objects' rectangles in each frame")
    parser.add_argument("--points", metavar="FILE.json", help="also write the objects' ways as lists of points")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Read, draw, write."""
    from ..files.atomic import atomic_path
    from ..mask_tools.tracks import check_fps
    from ..mask_tools.trajectory_render import DrawnTracks, box_lists, point_lists

    check_fps(args.fps)
    boxes, points = check_suffix(args.boxes, ".json"), check_suffix(args.points, ".json")
    path = Path(args.trajectory)
    size = args.height, args.width
    drawn = DrawnTracks(_read(path), args.frames, size, lambda name: _bitmap(path.parent, name), args.fps)
    write_sequence(args.out, drawn, name="draw")
    for file, text in ((boxes, box_lists), (points, point_lists)):
        if file is not None:
            with atomic_path(file) as temporary:
                temporary.write_text(text(drawn) + "\n", encoding="utf-8")
            print(f"wrote {file}")
    return 0


def _read(path: Path):
    from ..mask_tools.trajectory import trajectory_from_json

    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise MaskVideoError(f"there is no trajectory at {path} ({error.strerror}): give a JSON file") from error
    except UnicodeDecodeError as error:
        raise MaskVideoError(f"{path} is no text ({error}): give a JSON file") from error
    return trajectory_from_json(text)


def _bitmap(folder: Path, name: str) -> np.ndarray:
    """An image beside the JSON file or below it; the editor's ``name [input]`` is that name."""
    from ..mask_tools.trajectory_bitmap import read_bitmap

    root = folder.resolve()
    path = None if "\0" in name else (root / name.removesuffix(" [input]")).resolve()
    if path is None or not path.is_relative_to(root):
        raise MaskVideoError(f"the bitmap {name!r} lies outside {folder}: copy it there and give its name inside")
    return read_bitmap(path)
