"""``maskvideo train``: a motion file from a few clips with masks."""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from .device import pick_device
from .outputs import prepared_folders

if TYPE_CHECKING:
    from ..adapters.diffusers.video_unet import DiffusersVideoModel
    from ..training.config import TrainConfig
    from ..training.dataset import MotionDataset
    from ..training.run import StepReport

DESCRIPTION = """\
Teach the base model a motion from a few clips (5 to 8 are usual) with a mask for each frame. The base stays
frozen: what trains is the mask branch, the temporal layers and LoRAs on the attention, and only they are saved.

  DIR/<clip>/frames/*.jpg or DIR/<clip>/<any>.mp4     the clip, at least --frames long
  DIR/<clip>/masks/*.png  or DIR/<clip>/masks.mp4     one mask for each frame, bright = foreground
  DIR/<clip>/prompt.txt                               optional: this clip's own prompt
"""
EXAMPLES = """\
examples:
  maskvideo train --data shapes --motion-prompt "a shape moves" --out shape.safetensors
  maskvideo train --data cars --motion-prompt "a car drives" --out car.safetensors --checkpoint sd15.safetensors \\
      --width 512 --height 320
  maskvideo train --data shapes --motion-prompt "a shape moves" --out shape.safetensors --resume

Without --checkpoint the base is the bundled demo model, which knows flat shapes on plain backgrounds only.
Beside car.safetensors lie car.training.toml, every setting of the run (edit a copy and give it as --config), and
car.state.safetensors, which --resume continues. Ctrl-C saves before it stops; a killed run continues from its last
save, bit for bit as if it had never stopped.
"""
OVERRIDES = ("steps", "save_every", "seed", "learning_rate", "frames", "width", "height")
"""Config fields that have a flag of their own; the others are set in the config file."""
MEASURED_STEPS = 5
"""Steps after the first one, which warms up, whose mean gives the time that is left."""


def add_parser(subparsers) -> None:
    """Add ``train`` to the command line."""
    parser = subparsers.add_parser(
        "train",
        help="teach a motion from a few clips with masks",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_inputs(parser)
    _add_settings(parser)
    parser.set_defaults(run=run)


def _add_inputs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", required=True, metavar="DIR", help="a folder that holds a folder for each clip")
    parser.add_argument(
        "--motion-prompt",
        required=True,
        metavar="TEXT",
        help='what happens in all clips: "a horse runs", "a car drives"',
    )
    parser.add_argument("--out", required=True, metavar="FILE.safetensors", help="the motion file to write")
    parser.add_argument(
        "--checkpoint", metavar="FILE", help="an SD1.x .safetensors file as the base; without it the bundled demo model"
    )
    parser.add_argument(
        "--config", metavar="FILE.toml", help="settings, as in a NAME.training.toml that train wrote; flags win over it"
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="continue the run saved beside --out; starts it where nothing is saved yet",
    )
    parser.add_argument("--overwrite", action="store_true", help="train anew over an existing --out")
    parser.add_argument("--device", default="auto", help="cpu, cuda, cuda:1, mps; auto takes the fastest there is")


def _add_settings(parser: argparse.ArgumentParser) -> None:
    settings = parser.add_argument_group("settings", "defaults are TrainConfig's; a config file changes them")
    settings.add_argument(
        "--steps", type=int, metavar="N", help="more steps place the object better, until colours drift (600)"
    )
    settings.add_argument(
        "--save-every", type=int, metavar="N", help="steps between saves: what a power cut costs (100)"
    )
    settings.add_argument("--seed", type=int, metavar="N", help="the same seed gives the same file on a machine (0)")
    settings.add_argument(
        "--learning-rate",
        type=float,
        metavar="X",
        help="lower it where the loss jumps (3e-4; the paper: 3e-5 and 15,000 steps)",
    )
    settings.add_argument("--frames", type=int, metavar="N", help="of one window; memory grows in proportion (16)")
    settings.add_argument("--width", type=int, metavar="PX", help="divisible by 8; clips are cut to this shape (256)")
    settings.add_argument("--height", type=int, metavar="PX", help="divisible by 8 (160)")


def run(args: argparse.Namespace) -> int:
    """Train as ``args`` say; 0 where it ended, 130 where Ctrl-C stopped it."""
    from ..training.clips import read_clips
    from ..training.dataset import MotionDataset
    from ..training.loop import check_target

    done, saved = _saved_run(args)
    config = resolve_config(args, saved)
    check_target(args.out, args.resume, args.overwrite)
    with prepared_folders(Path(args.out).parent):
        clips = read_clips(args.data, config.width, config.height, progress=True)
        model = load_model(args.checkpoint, args.device)
        dataset = MotionDataset(model, clips, args.motion_prompt, config, progress=True)
        print_estimate(model, dataset, max(0, config.steps - done))
        return _train(args, model, dataset)


def _saved_run(args: argparse.Namespace) -> tuple[int, TrainConfig | None]:
    """The steps done and the config of the run that ``--resume`` continues; 0 and None without one."""
    from ..training.checkpoint import read_progress, state_path

    if not args.resume:
        return 0, None
    path = state_path(args.out)
    if not path.exists():
        print(f"nothing is saved in {path} yet: training starts at the first step")
        return 0, None
    done, config = read_progress(path)
    print(f"resuming {path} after {done} steps")
    return done, config


def resolve_config(args: argparse.Namespace, saved: TrainConfig | None = None) -> TrainConfig:
    """The settings of ``--config``, of the saved run, or the defaults; the flags that were given on top."""
    from ..training.config import TrainConfig

    config = TrainConfig.from_toml(args.config) if args.config else saved or TrainConfig()
    given = {name: getattr(args, name) for name in OVERRIDES if getattr(args, name) is not None}
    if given.get("frames", 0) > config.motion.frames:
        given["motion"] = replace(config.motion, frames=given["frames"])
    return replace(config, **given)


def _train(args: argparse.Namespace, model: DiffusersVideoModel, dataset: MotionDataset) -> int:
    from ..training.loop import train_motion

    timer = StepTimer()
    given = {"resume": args.resume, "overwrite": args.overwrite, "on_step": timer}
    try:
        train_motion(model, dataset, args.motion_prompt, args.out, **given)
    except KeyboardInterrupt:
        saved = f" and saved: the same command with --resume goes on from {args.out}" if timer.steps else ""
        print(f"\nstopped{saved}")
        return 130
    print(f"wrote {args.out}; use it with maskvideo generate --motion {args.out}")
    return 0


def load_model(checkpoint: str | None, device: str) -> DiffusersVideoModel:
    """The base to train on: an SD1.x file, or the bundled demo model."""
    device = pick_device(device)
    if checkpoint:
        from ..adapters.diffusers.checkpoint import load_checkpoint

        return load_checkpoint(checkpoint).to(device)
    from ..adapters.diffusers.demo_model import load_demo_base

    return load_demo_base()[0].to(device)


def print_estimate(model: DiffusersVideoModel, dataset: MotionDataset, steps: int) -> None:
    """Say what the run will take, before its first step."""
    from ..training.estimate import estimate_training
    from ..training.estimate_text import describe_estimate

    parts = (model.unet, model.vae, model.text_encoder)
    base = sum(weight.numel() * weight.element_size() for part in parts for weight in part.parameters())
    print(describe_estimate(estimate_training(model, dataset), base, steps))


class StepTimer:
    """``on_step`` that says once, after the first steps, how long the rest takes."""

    def __init__(self):
        self.steps = 0
        self._start = 0.0

    def __call__(self, report: StepReport) -> None:
        from ..training.estimate_text import in_time

        self.steps += 1
        if self.steps == 1:
            self._start = time.perf_counter()
        if self.steps == 1 + MEASURED_STEPS < report.steps:
            seconds = (time.perf_counter() - self._start) / MEASURED_STEPS
            left = in_time(seconds * (report.steps - report.step))
            tqdm.write(f"time: {seconds:.2f} s a step measured, about {left} left")
