"""The whole few-shot training story: from a base model and a dataset to a motion file.

Nothing is lost: weights, optimiser, random state and step are saved atomically at intervals, on cancel, on a crash and
on out-of-memory; a resumed run is bit for bit the uninterrupted one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import torch
from safetensors import SafetensorError
from tqdm import tqdm

from ..core.errors import MaskVideoError
from ..core.motion_format import MotionMetadata
from ..core.motion_module import MotionModule
from ..core.video_model import VideoModel
from ..files.motion_file import save_motion
from .base_fingerprint import base_fingerprint
from .checkpoint import TrainingState, check_resumable, read_state, save_state, state_path
from .config import write_config
from .dataset import MotionDataset
from .interrupt import uninterrupted
from .processes import ALONE, Processes
from .run import StepReport, TrainingRun
from .set_up import set_up_training
from .start import MotionStart, check_start, read_start


def train_motion(
    model: VideoModel,
    dataset: MotionDataset,
    motion_prompt: str,
    path: str | Path,
    *,
    resume: bool = False,
    overwrite: bool = False,
    start: str | Path | None = None,
    on_step: Callable[[StepReport], None] | None = None,
    progress: bool = True,
    processes: Processes = ALONE,
) -> MotionModule:
    """Train a motion module on ``dataset`` by ``dataset.config`` and keep it in the motion file ``path``.

    The training state goes to ``NAME.state.safetensors`` beside it, the config to ``NAME.training.toml``. ``resume``
    continues from that state, from the start where there is none yet. ``start`` is a motion file whose weights a new
    run begins with. ``on_step`` may raise to stop: the steps done are saved. Of several ``processes`` the main one
    alone saves, shows progress and calls ``on_step``.
    The model's motion module is set while training and put back afterwards.

    Raises ``MaskVideoError`` where the files exist and neither ``resume`` nor ``overwrite`` is given, where the saved
    run is another one, where ``start`` does not fit, where training diverges and where a save has no room.
    """
    run = prepare_run(model, dataset, path, resume, overwrite, start, processes)
    ready, heard = set_up_training(model, run.motion, run.config), run.listening()
    with ready, heard, _saving(run, model, dataset, motion_prompt, path) as save:
        shown = progress and processes.is_main
        with tqdm(total=run.config.steps, initial=run.step, desc="training", unit="step", disable=not shown) as bar:
            while run.step < run.config.steps:
                report = run.train_step(model, dataset)
                bar.update()
                if run.looks_after(run.step):
                    run.check()
                    bar.set_postfix(loss=f"{report.running_loss:.4f}", refresh=False)
                if run.saves_after(run.step):
                    save()
                if on_step is not None and processes.is_main:
                    on_step(report)
    return run.exported()


def prepare_run(
    model: VideoModel,
    dataset: MotionDataset,
    path: str | Path,
    resume: bool = False,
    overwrite: bool = False,
    start: str | Path | None = None,
    processes: Processes = ALONE,
) -> TrainingRun:
    """A new run, or with ``resume`` the saved one; see ``train_motion`` for what it raises."""
    run = TrainingRun(model, dataset.config, dataset.device, processes)
    run.base = base_fingerprint(model.unet)
    processes.check_same({"settings": dataset.config, "clips": dataset.fingerprint, "base model": run.base})
    begin, state = processes.from_main(lambda: _read_sources(run, model, dataset, path, resume, overwrite, start))
    if state is not None:
        run.restore(state)
        run.pull_to(begin)
    elif begin is not None:
        run.begin_from(begin)
    return run


def _read_sources(
    run: TrainingRun,
    model: VideoModel,
    dataset: MotionDataset,
    path: str | Path,
    resume: bool,
    overwrite: bool,
    start: str | Path | None,
) -> tuple[MotionStart | None, TrainingState | None]:
    """Where the run begins, and the state it continues from; None where there is none."""
    check_target(path, resume, overwrite, start)
    begin = read_start(start, model.architecture) if start is not None else None
    if begin is not None:
        check_start(begin, dataset.config.motion)
    if not resume or not state_path(path).exists():
        return begin, None
    state = read_state(state_path(path))
    check_resumable(state, dataset.config, dataset.fingerprint, run.base, begin.record if begin else None)
    if state.start and begin is None and dataset.config.consistency_weight:
        raise MaskVideoError(
            f"resume: the consistency loss pulls to what the run started from: give {state.start['file']} as start too"
        )
    return begin, state


def check_target(path: str | Path, resume: bool, overwrite: bool, start: str | Path | None = None) -> None:
    """Raise ``MaskVideoError`` where training to ``path`` would lose or mix up what is there."""
    path = Path(path)
    if start is not None and Path(start).absolute() == path.absolute():
        raise MaskVideoError(f"start {start} is the file that is written: give another file to train to, or resume it")
    if path.suffix != ".safetensors":
        raise MaskVideoError(
            f"the motion file {path} must end in .safetensors: {path.with_suffix('.safetensors').name}"
        )
    existing = [one for one in (path, state_path(path)) if one.exists()]
    if existing and not resume and not overwrite:
        raise MaskVideoError(f"{existing[0]} exists: give resume to continue it, overwrite, or another file")
    if resume and path.exists() and not state_path(path).exists():
        raise MaskVideoError(f"resume: {path} has no training state {state_path(path).name}: train to another file")


def describe(run: TrainingRun, model: VideoModel, dataset: MotionDataset, motion_prompt: str) -> MotionMetadata:
    """What the motion file says about how it was trained."""
    config = run.config
    return MotionMetadata(
        architecture=model.architecture,
        motion_prompt=motion_prompt,
        frames=config.frames,
        resolution=(config.width, config.height),
        noise_prior=config.noise_prior,
        alpha=config.alpha,
        training=config.to_dict(),
        motion=config.to_dict()["motion"],
        step=run.step,
        dataset=dataset.fingerprint,
        start=run.start,
    )


def export(run: TrainingRun, metadata: MotionMetadata, path: str | Path) -> None:
    """Write the motion file and the config beside it; both follow from the training state, which is saved first."""
    save_motion(path, run.exported(), metadata)
    write_config(Path(path).with_suffix(".training.toml"), run.config)


@contextmanager
def _saving(
    run: TrainingRun, model: VideoModel, dataset: MotionDataset, motion_prompt: str, path: str | Path
) -> Iterator[Callable[[], None]]:
    """Yields what saves the run, and saves it once more where the loop is left by any exception."""
    metadata = partial(describe, run, model, dataset, motion_prompt)
    saved = run.step
    if saved and run.processes.is_main:  # the process may have died between the two files of the last save
        with _naming_a_full_disk(run.step, saved):
            export(run, metadata(), path)

    def save() -> None:
        nonlocal saved
        if run.processes.is_main:
            with uninterrupted(), _naming_a_full_disk(run.step, saved):
                save_state(state_path(path), run.state(dataset.fingerprint))
                export(run, metadata(), path)
        saved = run.step

    try:
        yield save
    except BaseException as error:
        run.leave()
        if run.whole:
            run.settle()
        if run.whole and run.step > saved and not isinstance(error, DiskFullError):
            save()
        if isinstance(error, torch.cuda.OutOfMemoryError):
            raise MaskVideoError(_out_of_memory(saved)) from error
        raise


class DiskFullError(MaskVideoError):
    """A save that had no room, while the one before it stays."""


@contextmanager
def _naming_a_full_disk(step: int, saved: int) -> Iterator[None]:
    try:
        yield
    except (OSError, SafetensorError) as error:
        raise DiskFullError(
            f"the save after {step} steps failed ({error}); {saved} steps are saved: make room on the disk and resume"
        ) from error


def _out_of_memory(saved: int) -> str:
    return (
        f"out of memory; {saved} steps are saved: resume with gradient_checkpointing = true, "
        "or train anew with precision bfloat16, optimiser adamw8bit, fewer frames or a smaller size"
    )
