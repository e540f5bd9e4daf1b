"""``maskvideo train``: a motion file from a few clips with masks."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from .base_flags import check_base_flags, load_base, merge_loras
from .device import pick_device
from .outputs import prepared_folders
from .train_flags import DESCRIPTION, EXAMPLES, add_train_flags, resolve_config
from .train_samples import build_samples, check_sample_flags

if TYPE_CHECKING:
    from ..adapters.diffusers.video_unet import DiffusersVideoModel
    from ..training.config import TrainConfig
    from ..training.dataset import MotionDataset
    from ..training.processes import Processes
    from ..training.run import StepReport
    from ..training.samples import Samples

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
    add_train_flags(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Train as ``args`` say; 0 where it ended, 130 where Ctrl-C stopped it. Of launched processes each runs this."""
    from ..training.clip_report import describe_clips
    from ..training.clips import read_clips
    from ..training.dataset import MotionDataset
    from ..training.followed_masks import Follower
    from ..training.processes import ALONE, launched

    processes, device = launched(args.device) or (ALONE, args.device)
    done, config = processes.from_main(lambda: _checked_config(args))
    check_device(config, processes, device)
    with prepared_folders(*([Path(args.out).parent] if processes.is_main else [])):
        how = {"aspect_buckets": config.aspect_buckets, "fill_gaps": args.fill_gaps, "progress": processes.is_main}
        how["follower"] = Follower(args.backend, args.model, lambda: pick_device(device))
        clips = read_clips(args.data, config.width, config.height, **how)
        if processes.is_main:
            print(describe_clips(clips, args.motion_prompt, config.frame_step))
        model = load_model(args, device)
        dataset = MotionDataset(model, clips, args.motion_prompt, config, progress=processes.is_main)
        samples = build_samples(args, model, config) if processes.is_main else None
        keep_what_trains(model, config, decodes=samples is not None)
        if processes.is_main:
            print_estimate(model, dataset, max(0, config.steps - done), processes.count)
        code = _train(args, model, dataset, samples, processes)
    processes.close()
    return code


def check_device(config: TrainConfig, processes: Processes, device: str) -> None:
    """Raise ``MaskVideoError`` where ``device`` or the number of processes cannot train as ``config`` says."""
    import torch

    from ..training.optimiser import check_optimiser
    from ..training.precision import check_precision

    processes.check_batch_size(config.batch_size)
    check_precision(config.precision, torch.device(pick_device(device)))
    check_optimiser(config.optimiser)


def _checked_config(args: argparse.Namespace) -> tuple[int, TrainConfig]:
    """The steps that are done, and the settings of the run, once what can be refused by ``args`` is refused."""
    from ..training.loop import check_target

    done, saved = _saved_run(args)
    config = resolve_config(args, saved)
    check_base_flags(args)
    check_sample_flags(args)
    check_target(args.out, args.resume, args.overwrite, args.start)
    return done, config


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


def _train(
    args: argparse.Namespace,
    model: DiffusersVideoModel,
    dataset: MotionDataset,
    samples: Samples | None,
    processes: Processes,
) -> int:
    from ..training.loop import train_motion

    timer = StepTimer(samples)
    given = {"resume": args.resume, "overwrite": args.overwrite, "start": args.start, "on_step": timer}
    say = print if processes.is_main else lambda text: None
    try:
        motion = train_motion(model, dataset, args.motion_prompt, args.out, **given, processes=processes)
        if samples is not None:
            samples.finish(model, motion, dataset.config)
    except KeyboardInterrupt:
        saved = f" and saved: the same command with --resume goes on from {args.out}" if timer.steps else ""
        say(f"\nstopped{saved}")
        return 130
    say(f"wrote {args.out}; use it with maskvideo generate --motion {args.out}")
    return 0


def load_model(args: argparse.Namespace, device: str) -> DiffusersVideoModel:
    """The base to train on: what the flags of a base name, or the bundled demo model with its LoRAs."""
    device = pick_device(device)
    if args.checkpoint:
        return load_base(args).to(device)
    from ..adapters.diffusers.demo_model import load_demo_base

    return merge_loras(load_demo_base()[0], args).to(device)


def keep_what_trains(model: DiffusersVideoModel, config: TrainConfig, decodes: bool) -> None:
    """Free what no step needs: half of the base in half precision, and the encoders, unless samples are decoded."""
    from ..training.precision import HALF

    if config.precision in HALF:
        model.halve_base(HALF[config.precision])
    if not decodes:
        model.release_encoders()


def print_estimate(model: DiffusersVideoModel, dataset: MotionDataset, steps: int, processes: int) -> None:
    """Say what the run will take of each of its processes, before its first step."""
    from ..training.estimate import estimate_training
    from ..training.estimate_text import describe_estimate

    parts = filter(None, (model.unet, model.vae, model.text_encoder))
    base = sum(weight.numel() * weight.element_size() for part in parts for weight in part.parameters())
    print(describe_estimate(estimate_training(model, dataset, processes), base, steps))


class StepTimer:
    """``on_step`` that says once, after the first steps, how long the rest takes, and then has ``samples`` taken."""

    def __init__(self, samples: Samples | None = None):
        self.steps = 0
        self._start, self._samples = 0.0, samples

    def __call__(self, report: StepReport) -> None:
        from ..training.estimate_text import in_time

        self.steps += 1
        if self.steps == 1:
            self._start = time.perf_counter()
        if self.steps == 1 + MEASURED_STEPS < report.steps:
            seconds = (time.perf_counter() - self._start) / MEASURED_STEPS
            left = in_time(seconds * (report.steps - report.step))
            tqdm.write(f"time: {seconds:.2f} s a step measured, about {left} left")
        if self._samples is not None:
            self._samples(report)
