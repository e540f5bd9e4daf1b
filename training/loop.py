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
from tqdm import tqdm

from ..core.errors import MaskVideoError
from ..core.motion_format import MotionMetadata
from ..core.motion_module import MotionModule
from ..core.video_model import VideoModel
from ..files.motion_file import save_motion
from .checkpoint import check_resumable, read_state, save_state, state_path
from .config import write_config
from .dataset import MotionDataset
from .interrupt import uninterrupted
from .run import StepReport, TrainingRun
from .set_up import set_up_training


def train_motion(
    model: VideoModel,
    dataset: MotionDataset,
    motion_prompt: str,
    path: str | Path,
    *,
    resume: bool = False,
    overwrite: bool = False,
    on_step: Callable[[StepReport], None] | None = None,
    progress: bool = True,
) -> MotionModule:
    """Train a motion module on ``dataset`` by ``dataset.config`` and keep it in the motion file ``path``.

    The training state goes to ``NAME.state.safetensors`` beside it, the config to ``NAME.training.toml``. ``resume``
    continues from that state, from the start where there is none yet. ``on_step`` may raise to stop: the steps done
    are saved.
    The model's motion module is set while training and put back afterwards.

    Raises ``MaskVideoError`` where the files exist and neither ``resume`` nor ``overwrite`` is given, where the saved
    run is another one, and where training diverges.
    """
    run = prepare_run(model, dataset, path, resume, overwrite)
    with set_up_training(model, run.motion, run.config), _saving(run, model, dataset, motion_prompt, path) as save:
        bar = tqdm(total=run.config.steps, initial=run.step, desc="training", unit="step", disable=not progress)
        with bar:
            while run.step < run.config.steps:
                report = run.train_step(model, dataset)
                bar.set_postfix(loss=f"{report.running_loss:.4f}", refresh=False)
                bar.update()
                if run.step % run.config.save_every == 0 or run.step == run.config.steps:
                    save()
                if on_step is not None:
                    on_step(report)
    return run.exported()


def prepare_run(
    model: VideoModel, dataset: MotionDataset, path: str | Path, resume: bool = False, overwrite: bool = False
) -> TrainingRun:
    """A new run, or with ``resume`` the saved one; see ``train_motion`` for what it raises."""
    check_target(path, resume, overwrite)
    run = TrainingRun(model, dataset.config, dataset.device)
    if resume and state_path(path).exists():
        state = read_state(state_path(path))
        check_resumable(state, dataset.config, dataset.fingerprint)
        run.restore(state)
    return run


def check_target(path: str | Path, resume: bool, overwrite: bool) -> None:
    """Raise ``MaskVideoError`` where training to ``path`` would lose or mix up what is there."""
    path = Path(path)
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
    if saved:  # the process may have died between the two files of the last save
        export(run, metadata(), path)

    def save() -> None:
        nonlocal saved
        with uninterrupted():
            save_state(state_path(path), run.state(dataset.fingerprint))
            export(run, metadata(), path)
        saved = run.step

    try:
        yield save
    except BaseException as error:
        if run.whole and run.step > saved:
            save()
        if isinstance(error, torch.cuda.OutOfMemoryError):
            raise MaskVideoError(_out_of_memory(saved)) from error
        raise


def _out_of_memory(saved: int) -> str:
    return (
        f"out of memory; {saved} steps are saved: resume with gradient_checkpointing = true, "
        "or train anew with precision bfloat16, fewer frames or a smaller size"
    )
