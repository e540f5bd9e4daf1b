"""Few-shot training within the host: checks, the estimate before the first step, progress with a live plot, Cancel."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from pathlib import Path

import comfy.model_management
import comfy.utils
import folder_paths
import numpy as np
import torch
from PIL import Image

from ...core.errors import MaskVideoError
from ...files.motion_file import SUFFIX
from ...training.checkpoint import STATE_SUFFIX, check_resumable, read_state, state_path
from ...training.config import TrainConfig
from ...training.dataset import MotionDataset, check_clips, fingerprint
from ...training.estimate import estimate_training
from ...training.estimate_text import check_memory, describe_estimate, in_time
from ...training.loop import check_target, train_motion
from ...training.loss_plot import draw_loss
from ...training.run import StepReport
from .model_folders import FOLDER
from .training_clips import ClipSet
from .training_model import HostTrainingModel

EXISTING = ("continue", "train anew")
"""What happens where the motion file is there already."""
PREVIEW_SECONDS = 3.0
"""Between two live plots, and at least twenty times what drawing one takes."""
PREVIEW_PX = 720


@dataclass(frozen=True)
class Trained:
    """``plot`` uint8 ``[H, W, 3]``; ``report`` says what it took."""

    plot: np.ndarray
    report: str


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


def train_in_host(model, clip, vae, dataset: ClipSet, config: TrainConfig, path: Path, existing: str) -> Trained:
    """Train a motion on a private copy of MODEL and keep it in ``path``; see ``training.loop.train_motion``.

    What can be refused is refused before anything is copied or encoded. The host's Cancel saves the steps done; with
    ``existing`` ``continue`` the same call goes on from there. Raises ``MaskVideoError``, and what the host raises for
    Cancel.
    """
    resume = existing == "continue"
    check_clips(dataset.clips, config)
    check_target(path, resume, not resume)
    if resume and state_path(path).exists():
        prompts = [one.prompt or dataset.motion_prompt for one in dataset.clips]
        check_resumable(read_state(state_path(path)), config, fingerprint(dataset.clips, prompts))
    # The host runs nodes in inference mode, whose tensors no gradient passes.
    with torch.inference_mode(False), torch.enable_grad():
        base = HostTrainingModel(model, clip, vae, config.precision)
        cached = MotionDataset(base, dataset.clips, dataset.motion_prompt, config)
        base.load()
        watch = Watch(_estimate(base, cached), config.steps)
        started = time.perf_counter()
        options = {"resume": resume, "overwrite": not resume, "on_step": watch, "progress": False}
        train_motion(base, cached, dataset.motion_prompt, path, **options)
    comfy.model_management.soft_empty_cache()
    return Trained(watch.plot(), f"{watch.estimate}\ntaken: {in_time(time.perf_counter() - started)}")


class Watch:
    """``on_step``: progress bar, live plot; ends the run where the user has pressed Cancel."""

    def __init__(self, estimate: str, steps: int):
        self.estimate, self.steps = estimate, steps
        self.reports: list[StepReport] = []
        self._bar = comfy.utils.ProgressBar(steps)
        self._next_plot = 0.0
        self._bar.update_absolute(0, steps, self._preview())  # the estimate is seen before the first step

    def __call__(self, report: StepReport) -> None:
        self.reports.append(report)
        self._bar.update_absolute(report.step, self.steps, self._preview())
        comfy.model_management.throw_exception_if_processing_interrupted()

    def plot(self) -> np.ndarray:
        """uint8 ``[H, W, 3]``: the loss so far, below the estimate."""
        return draw_loss(self.reports, self.steps, self.estimate)

    def _preview(self) -> tuple[str, Image.Image, int] | None:
        start = time.perf_counter()
        if start < self._next_plot:
            return None
        picture = Image.fromarray(self.plot())
        drawn = time.perf_counter()
        self._next_plot = drawn + max(PREVIEW_SECONDS, 20 * (drawn - start))
        return "JPEG", picture, PREVIEW_PX


def _estimate(base: HostTrainingModel, dataset: MotionDataset) -> str:
    """The estimate in words, with room for a step made on the device. Raises ``MaskVideoError`` where it has none."""
    estimate = estimate_training(base, dataset)
    available = comfy.model_management.get_total_memory(base.device)
    check_memory(estimate, base.base_bytes, available, dataset.config)
    base.load(estimate.weights_bytes + estimate.step_bytes)
    text = describe_estimate(estimate, base.base_bytes, dataset.config.steps)
    logging.info(text)
    return text
