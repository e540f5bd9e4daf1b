"""``maskvideo demo``: a video from a drawn trajectory, with nothing to prepare."""

from __future__ import annotations

import argparse
from pathlib import Path

from .made_video import make_video, write_outputs
from .models import MODEL_FLAGS, add_device_flags, load_models
from .outputs import prepared_folders
from .setting_flags import add_setting_flags, check_trained, positive, read_settings

DESCRIPTION = """\
Draw the path of a star, and let the bundled demo model make a video in which the object follows it. Takes no input,
no network and about a minute on two CPU cores.

  DIR/masks/*.png          the masks, one for each frame
  DIR/first_frame.png      frame 0, drawn by the ControlNet in the shape of mask 0
  DIR/video.mp4            the video
  DIR/contact_sheet.png    all frames, with the outline that each should follow
  DIR/report.json          every setting and score
"""
EXAMPLES = """\
examples:
  maskvideo demo
  maskvideo demo --out green --prompt "a green star on a white background" --seed 3
  maskvideo demo --out unguided --mask-strength 0       what the masks are for
  maskvideo generate --masks demo/masks --prompt "a pink star on a gray background" --out again.mp4
"""
PROMPT = "a red star on a blue background"
OUT = "maskvideo-demo"
FPS = 8


def add_parser(subparsers) -> None:
    """Add ``demo`` to the command line."""
    parser = subparsers.add_parser(
        "demo",
        help="see it work: a drawn path becomes a video",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", default=OUT, metavar="DIR", help=f"the folder to write ({OUT})")
    parser.add_argument("--prompt", default=PROMPT, metavar="TEXT", help=f'what the video shows ("{PROMPT}")')
    parser.add_argument(
        "--fps", type=positive, default=FPS, metavar="N", help=f"frames per second of the video ({FPS})"
    )
    add_device_flags(parser)
    add_setting_flags(parser)
    parser.set_defaults(run=run, checkpoint=None, vae=None, lora=None, controlnet="demo", motion="demo")


def run(args: argparse.Namespace) -> int:
    """Draw, generate, write."""
    from ..files.images import write_image
    from ..mask_tools.draw import default_trajectory, draw_masks
    from ..mask_tools.write import write_masks

    settings, out = read_settings(args, args.prompt), Path(args.out)
    masks = draw_masks(default_trajectory(), settings.frames, settings.size)
    with prepared_folders(out):
        models = load_models(args)
        check_trained(args, models.metadata)
        made = make_video(models, masks, settings, name="demo")
        write_masks(out / "masks", masks)
        write_image(out / "first_frame.png", made.video.frames[0])
        inputs = {name: getattr(args, name) for name in MODEL_FLAGS} | {"masks": str(out / "masks")}
        write_outputs(made, out / "video.mp4", args.fps, out / "contact_sheet.png", out / "report.json", **inputs)
    return 0
