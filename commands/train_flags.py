"""The flags of ``maskvideo train``, and the settings that they make."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import MaskVideoError
from .base_flags import add_base_flags
from .train_samples import add_sample_flags

if TYPE_CHECKING:
    from ..training.config import TrainConfig

DESCRIPTION = """\
Teach the base model a motion from a few clips (5 to 8 are usual) with a mask for each frame. The base stays
frozen: what trains is the mask branch, the temporal layers and LoRAs on the attention, and only they are saved.

  DIR/<clip>/frames/*.jpg or DIR/<clip>/<any>.mp4     the clip, at least --frames long
  DIR/<clip>/masks/*.png  or DIR/<clip>/masks.mp4     one mask for each frame, bright = foreground; or
  DIR/<clip>/mask.png, points.json or boxes.json      the object in the first frame, which is then followed
  DIR/<clip>/prompt.txt                               optional: this clip's own prompt
"""
EXAMPLES = """\
examples:
  maskvideo train --data shapes --motion-prompt "a shape moves" --out shape.safetensors
  maskvideo train --data cars --motion-prompt "a car drives" --out car.safetensors --checkpoint sd15.safetensors \\
      --width 512 --height 320
  maskvideo train --data shapes --motion-prompt "a shape moves" --out shape.safetensors --resume
  maskvideo train --data more --motion-prompt "a shape moves" --out better.safetensors --start shape.safetensors
  accelerate launch --multi_gpu --num_processes 2 -m maskvideo train --data shapes --motion-prompt "a shape moves" \\
      --out shape.safetensors --batch-size 2

Without --checkpoint the base is the bundled demo model, which knows flat shapes on plain backgrounds only.
Beside car.safetensors lie car.training.toml, every setting of the run (edit a copy and give it as --config), and
car.state.safetensors, which --resume continues. Ctrl-C saves before it stops; a killed run continues from its last
save, bit for bit as if it had never stopped.
With accelerate launch several GPUs or machines share each batch; every machine needs the clips and the checkpoint, the
first one keeps the files. A run resumes on any number of them.
"""
OVERRIDES = (
    "steps",
    "save_every",
    "seed",
    "learning_rate",
    "batch_size",
    "frames",
    "width",
    "height",
    "precision",
    "optimiser",
)
"""Config fields that have a flag of their own; the others are set in the config file."""


def add_train_flags(parser: argparse.ArgumentParser) -> None:
    """All of them."""
    _add_inputs(parser)
    _add_settings(parser)
    add_sample_flags(parser)


def _add_inputs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", required=True, metavar="DIR", help="a folder that holds a folder for each clip")
    parser.add_argument(
        "--fill-gaps",
        action="store_true",
        help="where only some frames of a clip have a mask file: new shapes in between",
    )
    parser.add_argument(
        "--backend",
        default="flow",
        metavar="NAME",
        help="what follows the object of clips without masks: flow, sam2 or sam, as in maskvideo masks extract (flow)",
    )
    parser.add_argument("--model", type=Path, metavar="FILE", help="checkpoint of --backend sam2 or sam")
    parser.add_argument(
        "--motion-prompt",
        required=True,
        metavar="TEXT",
        help='what happens in all clips: "a horse runs", "a car drives"',
    )
    parser.add_argument("--out", required=True, metavar="FILE.safetensors", help="the motion file to write")
    add_base_flags(parser)
    parser.add_argument(
        "--config", metavar="FILE.toml", help="settings, as in a NAME.training.toml that train wrote; flags win over it"
    )
    parser.add_argument(
        "--preset",
        metavar="NAME",
        help="settings to start from: quick (the defaults), paper (as docs/paper.toml), demo model, one clip",
    )
    parser.add_argument(
        "--start",
        "--from",
        dest="start",
        metavar="FILE.safetensors",
        help="a motion file whose weights this run begins with, and without --config and --preset its settings",
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="continue the run saved beside --out; starts it where nothing is saved yet",
    )
    parser.add_argument("--overwrite", action="store_true", help="train anew over an existing --out")
    parser.add_argument("--device", default="auto", help="cpu, cuda, cuda:1, mps; auto takes the fastest there is")


def _add_settings(parser: argparse.ArgumentParser) -> None:
    settings = parser.add_argument_group("settings", "defaults are TrainConfig's; --config and --preset change them")
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
    settings.add_argument(
        "--batch-size", type=int, metavar="N", help="clips in a step, of all processes together; memory grows (1)"
    )
    settings.add_argument("--frames", type=int, metavar="N", help="of one window; memory grows in proportion (16)")
    settings.add_argument("--width", type=int, metavar="PX", help="divisible by 8; clips are cut to this shape (256)")
    settings.add_argument("--height", type=int, metavar="PX", help="divisible by 8 (160)")
    settings.add_argument(
        "--precision", metavar="NAME", help="bfloat16, or float16 on older GPUs: half the memory, faster (float32)"
    )
    settings.add_argument(
        "--optimiser", metavar="NAME", help="adamw8bit keeps its state in a quarter of the memory; bitsandbytes (adamw)"
    )


def resolve_config(args: argparse.Namespace, saved: TrainConfig | None = None) -> TrainConfig:
    """The settings of ``--config`` or ``--preset``, of the saved run, of ``--start``, or the defaults; flags on top.

    Raises ``MaskVideoError`` where both are given.
    """
    given = {name: getattr(args, name) for name in OVERRIDES if getattr(args, name) is not None}
    config = _asked_config(args, given) or saved or _default_config(args)
    if given.get("frames", 0) > config.motion.frames:
        given["motion"] = replace(config.motion, frames=given["frames"])
    return replace(config, **given)


def _asked_config(args: argparse.Namespace, given: Mapping[str, Any]) -> TrainConfig | None:
    """What ``--config`` or ``--preset`` say; with ``--start`` a preset takes that motion's shape."""
    from ..training.config import TrainConfig
    from ..training.presets import resolve_settings

    if args.config and args.preset:
        raise MaskVideoError(f"--config {args.config} and --preset {args.preset} both came: give one of them")
    if args.config:
        return TrainConfig.from_toml(args.config)
    if not args.preset:
        return None
    motion = asdict(_default_config(args).motion) if args.start else None
    return resolve_settings(args.preset, "", given, {}, motion)


def _default_config(args: argparse.Namespace) -> TrainConfig:
    from ..training.config import TrainConfig
    from ..training.start import settings_of

    return settings_of(args.start) if args.start else TrainConfig()
