"""``maskvideo generate``: a video from masks and a prompt."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from .made_video import make_video, write_outputs
from .mask_flags import MASK_FLAGS, add_mask_flags, reading_of
from .models import MODEL_FLAGS, add_model_flags, check_model_flags, load_models
from .outputs import check_suffix, parent_of, prepared_folders
from .setting_flags import add_setting_flags, check_trained, positive, read_settings

if TYPE_CHECKING:
    from torch import Tensor

DESCRIPTION = """\
Make a video in which the object goes where the masks go. The first frame is drawn by a scribble ControlNet in the
shape of the first mask (or given as an image), then all frames are sampled together, 16 at a time; more masks make a
longer video, window by window.
"""
EXAMPLES = """\
examples:
  maskvideo generate --masks masks/ --prompt "a red star on a blue background" --out star.mp4
  maskvideo generate --masks masks.mp4 --mask-frames 16 --prompt "a green blob on a gray background" --out blob.mp4 \\
      --sheet blob.png --report blob.json
  maskvideo generate --masks horse/ --prompt "a white horse runs" --checkpoint sd15.safetensors \\
      --controlnet scribble.safetensors --motion horse.safetensors --width 512 --height 320 --out horse.mp4

Without --checkpoint the bundled demo model draws flat shapes: its prompts are like "a red star on a blue background".
The masks: one image for each frame, bright = object; a single one holds for all frames. An existing --out is replaced
when the new video is complete.
"""
VIDEO_SUFFIXES = (".mp4", ".m4v", ".mov", ".mkv")
FPS = 8


def add_parser(subparsers) -> None:
    """Add ``generate`` to the command line."""
    parser = subparsers.add_parser(
        "generate",
        help="make a video from masks and a prompt",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_inputs(parser)
    add_model_flags(parser)
    add_setting_flags(parser)
    parser.set_defaults(run=run)


def _add_inputs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--masks", required=True, metavar="DIR|VIDEO", help="a folder of mask images, one image, or a video of masks"
    )
    parser.add_argument("--prompt", required=True, metavar="TEXT", help="what the video shows")
    parser.add_argument("--out", required=True, metavar="FILE.mp4", help="the video to write")
    parser.add_argument("--first-frame", metavar="IMAGE", help="the first frame, instead of one from the ControlNet")
    add_mask_flags(parser)
    parser.add_argument(
        "--fps", type=positive, default=FPS, metavar="N", help=f"frames per second of the video ({FPS})"
    )
    parser.add_argument("--sheet", metavar="FILE.png", help="also write all frames side by side, with mask outlines")
    parser.add_argument("--report", metavar="FILE.json", help="also write every setting and score")


def run(args: argparse.Namespace) -> int:
    """Generate as ``args`` say."""
    from ..mask_tools.prepare import prepare_tracks
    from ..mask_tools.track_sources import open_tracks

    out, sheet = check_suffix(args.out, *VIDEO_SUFFIXES), check_suffix(args.sheet, ".png", ".jpg", ".jpeg")
    report = check_suffix(args.report, ".json")
    settings = read_settings(args, args.prompt)
    check_model_flags(args, has_first_frame=args.first_frame is not None)
    tracks = open_tracks(args.masks, **reading_of(args))
    masks, _ = prepare_tracks(tracks, settings.frames, settings.size, args.mask_frames, args.length)
    first_frame = _read_first_frame(args.first_frame, settings.size)
    with prepared_folders(*map(parent_of, (out, sheet, report))):
        models = load_models(args)
        check_trained(args, models.metadata)
        made = make_video(models, masks, settings, first_frame)
        write_outputs(made, out, args.fps, sheet, report, **_inputs(args), masks_read_as=tracks.reading)
    return 0


def _inputs(args: argparse.Namespace) -> dict:
    """What the report says of the files that went in."""
    return {name: getattr(args, name) for name in ("masks", *MASK_FLAGS, "first_frame", *MODEL_FLAGS)}


def _read_first_frame(path: str | None, size: tuple[int, int]) -> Tensor | None:
    """The image as ``[1, 3, H, W]`` in 0..1, stretched to ``size`` as the masks are."""
    if path is None:
        return None
    from torch.nn import functional

    from ..files.frame_layout import to_tensor
    from ..files.images import read_image

    image = to_tensor([read_image(path)])[:, :, 0]
    return functional.interpolate(image, size=size, mode="bicubic", antialias=True).clamp(0, 1)
