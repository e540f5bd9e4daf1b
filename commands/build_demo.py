"""``maskvideo build-demo``: the bundled demo model, trained from scratch."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..training.config import TrainConfig
    from ..training.demo_model.bundle import Networks

DESCRIPTION = """\
Draw the synthetic world and train the demo model on it: VAE, text encoder and U-Net, scribble ControlNet, then a
motion on eight clips with the pack's own few-shot trainer. About 75 minutes on two CPU cores. Stopped at any moment,
the same command goes on from the last save in the work folder.
"""


def add_parser(subparsers) -> None:
    """Add ``build-demo`` to the command line."""
    parser = subparsers.add_parser(
        "build-demo",
        help="train the bundled demo model from scratch",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, default=Path("demo-model"), help="folder of the two finished files")
    parser.add_argument("--work", type=Path, default=Path("demo-work"), help="folder of the resumable state")
    parser.add_argument("--seed", type=int, default=0, help="of every stage (0)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Train what is not trained yet; 0 at the end."""
    from ..files.atomic import require_writable_folder

    for folder in (args.out, args.work):
        require_writable_folder(folder)
    base_file = args.out / "maskvideo_demo.safetensors"
    if not base_file.exists():
        _write_base(base_file, train_networks(args.seed, args.work), args.seed)
    train_demo_motion(base_file, args.out / "motion.safetensors", args.seed, args.work)
    print(f"wrote {base_file} and {args.out / 'motion.safetensors'}")
    return 0


def train_networks(seed: int, work: Path) -> Networks:
    """Stages 1 to 3, each resumed from ``work``."""
    from ..training.demo_model.base import train_base
    from ..training.demo_model.bundle import Networks
    from ..training.demo_model.controlnet import train_controlnet
    from ..training.demo_model.pictures import cache_pictures
    from ..training.demo_model.vae import train_vae

    vae = train_vae(seed, work)
    pictures = cache_pictures(vae, seed, work)
    unet, text_encoder = train_base(pictures, seed, work)
    return Networks(vae, unet, text_encoder, train_controlnet(unet, text_encoder, pictures, seed, work))


def _write_base(path: Path, networks: Networks, seed: int) -> None:
    from ..adapters.diffusers.ldm_layout import to_ldm_layout
    from ..adapters.diffusers.tokenizer import load_tokenizer
    from ..training.demo_model import base, controlnet, pictures, vae
    from ..training.demo_model.bundle import write_bundle

    stages = (vae.STAGE, vae.FINE_STAGE, base.STAGE, controlnet.STAGE)
    recipe = {"seed": seed, "pictures": pictures.COUNT, "stages": [asdict(stage) for stage in stages]}
    write_bundle(path, networks, load_tokenizer(), to_ldm_layout, recipe)


def train_demo_motion(base_file: Path, path: Path, seed: int, work: Path) -> None:
    """Stage 4: the few-shot trainer on eight clips, as ``maskvideo train`` would run it; saved in float16."""
    from ..adapters.diffusers.demo_model import load_demo_base
    from ..files.motion_file import load_motion, save_motion
    from ..training.clips import read_clips
    from ..training.dataset import MotionDataset
    from ..training.demo_model.clips import write_clips
    from ..training.demo_model.words import MOTION_PROMPT
    from ..training.loop import train_motion

    config = demo_motion_config(seed)
    model, _ = load_demo_base(base_file)
    clips = read_clips(write_clips(work / "clips", seed), config.width, config.height)
    dataset = MotionDataset(model, clips, MOTION_PROMPT, config, progress=True)
    trained = work / "motion.safetensors"
    train_motion(model, dataset, MOTION_PROMPT, trained, resume=True)
    motion = load_motion(trained, model.architecture)
    save_motion(path, motion.module.half(), motion.metadata)


def demo_motion_config(seed: int) -> TrainConfig:
    """The settings of the bundled motion; the file records them too."""
    from ..training.config import TrainConfig

    return TrainConfig(
        seed=seed,
        steps=2000,
        learning_rate=1e-3,
        warmup=50,
        ema_decay=0.99,
        timestep_sampling="high_noise",
        mask_weight=0.2,
        precision="bfloat16",
    )
