"""Few-shot training within the host: checks, the estimate before the first step, the run, Cancel."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from pathlib import Path

import comfy.model_management
import folder_paths
import numpy as np
import torch
from torch import Tensor

from ...core.errors import MaskVideoError
from ...files.motion_file import SUFFIX
from ...training.checkpoint import STATE_SUFFIX, check_resumable, read_state, state_path
from ...training.config import TrainConfig
from ...training.dataset import MotionDataset, check_clips, fingerprint
from ...training.estimate import estimate_training
from ...training.estimate_text import check_memory, describe_estimate, in_time
from ...training.held_out import HeldOut
from ...training.loop import check_target, train_motion
from ...training.optimiser import check_optimiser
from ...training.precision import check_precision
from .host_model import require_sd1
from .model_folders import FOLDER
from .training_clips import ClipSet
from .training_model import HostTrainingModel
from .training_prompt import motion_text
from .training_sample import SampleWish, Watch, held_out, host_samples

EXISTING = ("continue", "train anew")
"""What happens where the motion file is there already."""


@dataclass(frozen=True)
class Trained:
    """``plot`` uint8 ``[H, W, 3]``; ``report`` says what it took; ``sample`` uint8 ``[T, H, W, 3]`` is the last."""

    plot: np.ndarray
    report: str
    sample: np.ndarray | None


@dataclass(frozen=True)
class TrainingTask:
    """One run of the node. ``path`` and ``existing``: the motion file, and what to do where it is there (``EXISTING``).

    ``start`` is a motion file whose weights the run begins with, ``text`` a CONDITIONING in place of the motion prompt,
    ``sample`` what to show of the motion while it trains.
    """

    dataset: ClipSet
    config: TrainConfig
    path: Path
    existing: str = EXISTING[0]
    start: Path | None = None
    text: list | None = None
    sample: SampleWish | None = None


def motion_target(name: str) -> tuple[Path, str]:
    """Where a motion file of that name is written, and its name in Load Motion LoRA's list.

    Raises ``MaskVideoError`` for no name and for one that leads out of ``models/motion_lora``.
    """
    root = Path(folder_paths.get_folder_paths(FOLDER)[0]).resolve()
    stem = name.strip().removesuffix(SUFFIX)
    path = root if not stem or "\0" in stem else (root / f"{stem}{SUFFIX}").resolve()
    if path == root or not path.is_relative_to(root):
        raise MaskVideoError(f"file {name!r} is no place in {root}: give a name, such as my_motion")
    if path.name.endswith(STATE_SUFFIX):
        raise MaskVideoError(f"file {name!r} ends in .state, as saved training does: call it {Path(stem).stem}")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path, path.relative_to(root).as_posix()


def train_in_host(model, clip, vae, task: TrainingTask) -> Trained:
    """Train a motion on a private copy of MODEL and keep it in a file; see ``training.loop.train_motion``.

    What can be refused is refused before anything is copied or encoded. The host's Cancel saves the steps done; with
    ``existing`` ``continue`` the same call goes on from there. Raises ``MaskVideoError``, and what the host raises for
    Cancel.
    """
    dataset, config = task.dataset, task.config
    check_clips(dataset.clips, config)
    check_precision(config.precision, model.load_device)
    check_optimiser(config.optimiser)
    width = require_sd1(model).context_width
    text = None if task.text is None else motion_text(task.text, width)
    window = held_out(task.sample, dataset.motion_prompt, config)
    done = _check_existing(task, text)
    # The host runs nodes in inference mode, whose tensors no gradient passes.
    with torch.inference_mode(False), torch.enable_grad():
        text = None if text is None else text.clone()
        base = HostTrainingModel(model, clip, vae, config.precision)
        cached = MotionDataset(base, dataset.clips, dataset.motion_prompt, config, motion_text=text)
        trained = _train(base, cached, task, window, done)
    comfy.model_management.soft_empty_cache()
    return trained


def _train(
    base: HostTrainingModel, cached: MotionDataset, task: TrainingTask, window: HeldOut | None, done: int
) -> Trained:
    config, room = task.config, Room(base)
    samples = None if window is None else host_samples(base, task.sample, window, config, room.make)
    room.make()
    watch = Watch(
        _estimate(base, cached, room, max(0, config.steps - done)),
        config.steps,
        samples,
        None if window is None else window.masks,
    )
    started = time.perf_counter()
    resume = task.existing == "continue"
    options = {"resume": resume, "overwrite": not resume, "on_step": watch, "progress": False, "start": task.start}
    motion = train_motion(base, cached, task.dataset.motion_prompt, task.path, **options)
    if samples is not None:
        samples.finish(base, motion, config)
        watch.show()
    report = f"{watch.estimate}\ntaken: {in_time(time.perf_counter() - started)}"
    return Trained(watch.plot(), report, None if watch.sample is None else watch.sample.frames)


def _check_existing(task: TrainingTask, text: Tensor | None) -> int:
    """The steps that are saved of this very run; ``MaskVideoError`` where its file is there and is another's."""
    resume = task.existing == "continue"
    check_target(task.path, resume, not resume, task.start)
    if not resume or not state_path(task.path).exists():
        return 0
    clips, saved = task.dataset.clips, read_state(state_path(task.path))
    prompts = [one.prompt or task.dataset.motion_prompt for one in clips]
    check_resumable(saved, task.config, fingerprint(clips, prompts, text))
    return saved.step


class Room:
    """The copy on the device with room for a step: made at first, and again after other models have taken it."""

    def __init__(self, base: HostTrainingModel):
        self._base, self.step_bytes = base, 0

    def make(self) -> None:
        """Load the copy; the host moves out what is idle."""
        self._base.load(self.step_bytes)


def _estimate(base: HostTrainingModel, dataset: MotionDataset, room: Room, steps: int) -> str:
    """The estimate of ``steps`` in words, with room made for one; ``MaskVideoError`` where the device has none."""
    estimate = estimate_training(base, dataset)
    available = comfy.model_management.get_total_memory(base.device)
    check_memory(estimate, base.base_bytes, available, dataset.config)
    room.step_bytes = estimate.weights_bytes + estimate.step_bytes
    room.make()
    text = describe_estimate(estimate, base.base_bytes, steps)
    logging.info(text)
    return text
