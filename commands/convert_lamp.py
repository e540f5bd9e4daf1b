"""``maskvideo convert lamp``: a published LAMP checkpoint as a motion file."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import MaskVideoError
from .outputs import check_suffix, parent_of, prepared_folders

if TYPE_CHECKING:
    from ..core.motion_format import MotionMetadata
    from ..core.motion_module import MotionModule

DESCRIPTION = """\
Turn a motion checkpoint of LAMP (Wu et al., CVPR 2024) into a motion file for maskvideo generate and Load Motion LoRA.

What is kept: LAMP's convolutions over the frames after every convolution of the U-Net, its attention over the frames
in every transformer, and what it changed in the attention's projections. It changes those in place, so the base that
it started from is needed too: SD1.4 for the published checkpoints. The motion then works on any SD1.x base.

LAMP knows no masks: in the video that such a motion makes they shape the first frame and nothing else. Each frame
attends to frame 0, and the noise is shared as in LAMP (random, alpha 0.2) unless another is asked for.
"""
EXAMPLES = """\
example:
  maskvideo convert lamp --checkpoint horse_run/unet --base sd-v1-4.safetensors --motion-prompt "a horse runs" \\
      --out horse_run.safetensors
"""
WEIGHTS = ("diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.bin")
NOISE_PRIOR, ALPHA = "random", 0.2
"""``0.2 · n_0 + 0.8 · n_f``: LAMP shares a random part and does not keep the variance."""


def add_parser(subparsers) -> None:
    """Add ``lamp`` to the formats."""
    parser = subparsers.add_parser(
        "lamp",
        help="a LAMP checkpoint",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--checkpoint", required=True, metavar="PATH", help="LAMP's output folder, its unet folder, or the file in it"
    )
    parser.add_argument(
        "--base", metavar="FILE", help="the SD1.x .safetensors file it was tuned from; demo: the bundled demo model"
    )
    parser.add_argument("--out", required=True, metavar="FILE.safetensors", help="the motion file to write")
    parser.add_argument("--motion-prompt", default="", metavar="TEXT", help="what it was trained on, kept in the file")
    parser.add_argument("--frames", type=int, default=16, metavar="N", help="of one window, as it was trained (16)")
    parser.add_argument("--width", type=int, default=512, metavar="PX", help="as it was trained (512)")
    parser.add_argument("--height", type=int, default=320, metavar="PX", help="as it was trained (320)")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing --out")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Convert as ``args`` say. What is missing or in the way is told before anything heavy."""
    from ..adapters.diffusers.checkpoint import load_checkpoint
    from ..files.lamp_layout import check_is_lamp, convert_lamp
    from ..files.motion_file import save_motion
    from ..mask_tools.model_files import read_model_file
    from . import models

    out, checkpoint = _checked(args), find_weights(args.checkpoint)
    with prepared_folders(parent_of(out)):
        try:
            state = read_model_file(checkpoint)
            check_is_lamp(state)
            model = models.load_demo()[0] if args.base == "demo" else load_checkpoint(args.base)
            motion = convert_lamp(state, model.unet.state_dict(), model.architecture, args.frames)
        except MaskVideoError as error:
            raise MaskVideoError(f"{checkpoint}: {error}") from error
        save_motion(out, motion, describe(motion, args))
    print(f"wrote {out}; use it with maskvideo generate --motion {out}")
    return 0


def find_weights(path: str) -> Path:
    """The weights file that ``path`` means: itself, or the one in this folder or in its ``unet`` folder."""
    path = Path(path)
    if not path.is_dir():
        return path
    for folder in (path, path / "unet"):
        for name in WEIGHTS:
            if (folder / name).is_file():
                return folder / name
    raise MaskVideoError(
        f"{path} has no {WEIGHTS[1]} or .safetensors, nor has its unet folder: give LAMP's output folder"
    )


def describe(motion: MotionModule, args: argparse.Namespace) -> MotionMetadata:
    """What the motion file says: LAMP's own settings where it does not say itself what it was trained with."""
    from ..core.motion_format import MotionMetadata

    size = (args.width, args.height)
    origin = {"converted_from": "LAMP", "checkpoint": Path(args.checkpoint).name}
    settings = (motion.architecture, args.motion_prompt, args.frames, size, NOISE_PRIOR, ALPHA)
    return MotionMetadata(*settings, training=origin, motion=asdict(motion.config), step=0, dataset="LAMP")


def _checked(args: argparse.Namespace) -> Path:
    out = check_suffix(args.out, ".safetensors")
    if out.exists() and not args.overwrite:
        raise MaskVideoError(f"{out} exists: give --overwrite, or another file")
    if args.base is None:
        raise MaskVideoError(
            "LAMP tunes attn1.to_q in place, so what it learned is the difference to its base: "
            "give --base, SD1.4 as one .safetensors file for the published checkpoints"
        )
    return out
