"""``maskvideo evaluate``: how well a video follows its masks and keeps its colours."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from .mask_flags import MASK_FLAGS, add_mask_flags, reading_of
from .outputs import check_suffix, parent_of, prepared_folders

if TYPE_CHECKING:
    from torch import Tensor

DESCRIPTION = """\
Judge a video against the masks that it should follow. Place and colour are separate figures:

  mask_miou                 overlap of object and mask, mean of all frames but the first; 1 is perfect. The object is
                            found by its colour, which may change from frame to frame: made for flat-coloured objects
  colour_error_foreground   mean RGB distance (0 to 1) of the object from its colour in frame 0; background likewise
  prompt_colour_error_...   the same from the colours that --prompt names
  palette_consistency       likeness of neighbouring frames' colours, 0 to 1
  background_psnr_db        stillness of the background between neighbouring frames, at most 60 dB
"""
EXAMPLES = """\
examples:
  maskvideo evaluate --video video.mp4 --masks masks/ --prompt "a red star on a blue background"
  maskvideo evaluate --video frames/ --masks masks/ --report scores.json
"""
SHOWN_DIGITS = 3


def add_parser(subparsers) -> None:
    """Add ``evaluate`` to the command line."""
    parser = subparsers.add_parser(
        "evaluate",
        help="score a video against its masks",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--video", required=True, metavar="FILE|DIR", help="a video file, or a folder of frames")
    parser.add_argument(
        "--masks", required=True, metavar="DIR|VIDEO", help="one mask for each frame; they are resized to the video"
    )
    add_mask_flags(parser)
    parser.add_argument("--prompt", default="", metavar="TEXT", help="adds the error against the colours it names")
    parser.add_argument("--report", metavar="FILE.json", help="also write the scores")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Read, judge, print, and write the report where it is asked for."""
    from ..evaluation.report import evaluate_video, write_report
    from ..mask_tools.fit import fit_masks
    from ..mask_tools.read import union_masks
    from ..mask_tools.track_sources import open_tracks

    report = check_suffix(args.report, ".json")
    frames = read_frames(Path(args.video))
    tracks = open_tracks(args.masks, **reading_of(args))
    with tracks.explained():
        masks = union_masks(tracks, args.mask_frames)
        masks = fit_masks(masks, frames.shape[2], tuple(frames.shape[-2:]), args.length)
    with prepared_folders(parent_of(report)):
        scores = evaluate_video(frames, masks, args.prompt)
        for name, score in scores.items():
            print(f"{name:<36}{_shown(score)}")
        if report is not None:
            inputs = {name: getattr(args, name) for name in ("video", "masks", *MASK_FLAGS, "prompt")}
            write_report(report, inputs | {"masks_read_as": tracks.reading} | scores)
            print(f"wrote {report}")
    return 0


def read_frames(path: Path) -> Tensor:
    """A video file, an animation or a folder of images as ``[1, 3, T, H, W]`` in 0..1.

    Raises ``MaskVideoError`` where there are none, their sizes differ or the file does not decode.
    """
    from ..files.frame_layout import to_tensor
    from ..mask_tools.frame_source import open_frames

    return to_tensor(open_frames(path))


def _shown(score) -> str:
    if isinstance(score, list):
        return " ".join("–" if value is None else f"{value:.2f}" for value in score)
    return "–" if score is None else f"{score:.{SHOWN_DIGITS}f}"
