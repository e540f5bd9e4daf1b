"""The flags of ``maskvideo train`` that show the motion while it trains: a sample from held-out masks every N steps."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from ..adapters.diffusers.video_unet import DiffusersVideoModel
    from ..training.config import TrainConfig
    from ..training.held_out import FirstFrame, HeldOut
    from ..training.samples import Sample, Samples


def add_sample_flags(parser: argparse.ArgumentParser) -> None:
    """What to sample, how often, and from which first frame."""
    group = parser.add_argument_group(
        "samples while it trains", "contact sheets in NAME.samples beside the motion file"
    )
    group.add_argument("--sample-every", type=int, default=0, metavar="N", help="steps between samples (0: at the end)")
    group.add_argument("--sample-masks", metavar="PATH", help="masks that no clip has: a folder of images, or a video")
    group.add_argument("--sample-prompt", metavar="TEXT", help="what the sample shows (the motion prompt)")
    group.add_argument(
        "--sample-image", metavar="FILE", help="its first frame, the object where mask 0 has it (drawn by a ControlNet)"
    )
    group.add_argument(
        "--sample-controlnet",
        metavar="FILE",
        help="a scribble ControlNet of --checkpoint that draws the first frame; the demo model has its own",
    )


def check_sample_flags(args: argparse.Namespace) -> None:
    """Raise ``MaskVideoError`` where the flags cannot make a sample, before anything is read."""
    from ..core.errors import MaskVideoError

    if args.sample_every < 0:
        raise MaskVideoError(f"--sample-every is {args.sample_every}: give steps, or 0 for one sample at the end")
    if args.sample_masks is None:
        others = ("sample_every", "sample_prompt", "sample_image", "sample_controlnet")
        if given := [name for name in others if getattr(args, name)]:
            raise MaskVideoError(f"--{given[0].replace('_', '-')} needs masks to sample: add --sample-masks PATH")
    elif args.checkpoint and not args.sample_image and not args.sample_controlnet:
        raise MaskVideoError(
            "--sample-masks needs the sample's first frame: add --sample-image FILE, the object where mask 0 has it, "
            "or --sample-controlnet FILE, which draws it"
        )


def build_samples(args: argparse.Namespace, model: DiffusersVideoModel, config: TrainConfig) -> Samples | None:
    """What ``train`` calls after each step; None without masks. Raises ``MaskVideoError`` as ``make_held_out``."""
    if args.sample_masks is None:
        return None
    from ..mask_tools.read import read_masks
    from ..training.held_out import make_held_out
    from ..training.sample_video import VideoSampler
    from ..training.samples import Samples

    prompt = args.sample_prompt or args.motion_prompt
    window = make_held_out(prompt, read_masks(args.sample_masks), _first_frame(args, model, prompt, config), config)
    write = partial(_write, Path(args.out).with_suffix(".samples"), window)
    return Samples(VideoSampler(model, window, config), args.sample_every, write)


def _first_frame(args: argparse.Namespace, model: DiffusersVideoModel, prompt: str, config: TrainConfig) -> FirstFrame:
    from ..adapters.diffusers.first_frame import controlnet_first_frame
    from ..files.images import read_image

    if args.sample_image:
        return read_image(args.sample_image)

    def draw(mask0: Tensor) -> Tensor:
        controlnet = _controlnet(args)().to(model.device)
        return controlnet_first_frame(model, controlnet, mask0, prompt, seed=config.seed).frame

    return draw


def _controlnet(args: argparse.Namespace) -> Callable:
    if args.sample_controlnet:
        from ..adapters.diffusers.checkpoint import load_controlnet

        return partial(load_controlnet, args.sample_controlnet)
    from .models import load_demo

    return lambda: load_demo()[1]


def _write(folder: Path, window: HeldOut, sample: Sample) -> None:
    """One contact sheet, with the outline of each frame's mask."""
    from ..files.contact_sheet import write_contact_sheet

    folder.mkdir(parents=True, exist_ok=True)
    masks = window.masks[0, 0].numpy()
    write_contact_sheet(folder / f"step_{sample.step:06d}.png", sample.frames, masks, cell_width_px=240)
