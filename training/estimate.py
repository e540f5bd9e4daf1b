"""Memory and time of a training run, measured on two tiny steps before the first real one.

Memory and time of a step grow in a straight line with the frames in it: first-frame attention is linear in T. Steps of
2 and of 3 frames at the full size give that line.
"""

from __future__ import annotations

import time
import weakref
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map_only

from ..core.video_model import VideoModel
from .config import TrainConfig
from .dataset import Batch, MotionDataset
from .optimiser import bytes_of_weight
from .run import build_motion
from .set_up import set_up_training
from .step import motion_loss
from .teacher import build_teacher

FRAMES = (2, 3)


@dataclass(frozen=True)
class TrainingEstimate:
    """What a run will take: bytes on the model's device, seconds of one step.

    ``weights_bytes`` are the trained weights, their optimiser state and running average; ``step_bytes`` the peak of
    activations and gradients. The base model comes on top.
    """

    trained_parameters: int
    weights_bytes: int
    step_bytes: int
    step_seconds: float


def estimate_training(model: VideoModel, dataset: MotionDataset, processes: int = 1) -> TrainingEstimate:
    """Measure two small steps of a throw-away motion module; neither the run nor any random state notices.

    Of several ``processes`` that share each batch, the estimate is for one.
    """
    config = dataset.config
    motion = build_motion(model, config).to(dataset.device)
    parameters = sum(parameter.numel() for parameter in motion.parameters())
    with set_up_training(model, motion, config):
        batch = dataset.sample(torch.Generator().manual_seed(config.seed))
        peaks = [_peak_bytes(model, _shortened(batch, frames), config) for frames in FRAMES]
        seconds = _step_seconds(model, _shortened(batch, FRAMES[-1]), config)
    total = config.frames * config.batch_size // processes
    peak = peaks[0] + (peaks[1] - peaks[0]) * (total - FRAMES[0])
    return TrainingEstimate(
        parameters, bytes_of_weight(config) * parameters, max(peak, peaks[0]), seconds * total / FRAMES[-1]
    )


class PeakMemory(TorchDispatchMode):
    """Counts the bytes of tensors made within it: ``peak`` is the most that were alive at once, on any device."""

    def __init__(self):
        super().__init__()
        self.live = self.peak = 0
        self._known = weakref.WeakSet()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        tree_map_only(Tensor, self._know, (args, kwargs))
        made = func(*args, **(kwargs or {}))
        tree_map_only(Tensor, self._count, made)
        return made

    def _know(self, tensor: Tensor) -> None:
        self._known.add(tensor.untyped_storage())

    def _count(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        if storage in self._known:  # a view, or changed in place
            return
        self._known.add(storage)
        self.live += storage.nbytes()
        self.peak = max(self.peak, self.live)
        weakref.finalize(storage, self._release, storage.nbytes())

    def _release(self, count: int) -> None:
        self.live -= count


def _peak_bytes(model: VideoModel, batch: Batch, config: TrainConfig) -> int:
    with PeakMemory() as memory:
        _throw_away_step(model, batch, config)
    return memory.peak


def _step_seconds(model: VideoModel, batch: Batch, config: TrainConfig) -> float:
    start = time.perf_counter()
    _throw_away_step(model, batch, config)
    return time.perf_counter() - start


def _throw_away_step(model: VideoModel, batch: Batch, config: TrainConfig) -> None:
    teacher = build_teacher(model.architecture, config, None)
    teacher = teacher.to(batch.latent.device) if teacher is not None else None
    loss = motion_loss(model, batch, config, torch.Generator().manual_seed(config.seed), teacher=teacher)
    loss.backward()
    float(loss.detach())  # waits for the device
    for parameter in model.motion.parameters():
        parameter.grad = None


def _shortened(batch: Batch, frames: int) -> Batch:
    """The first ``frames`` frames of the first clip."""
    latent, mask = batch.latent[:1, :, :frames], batch.mask[:1, :, :frames]
    return replace(batch, latent=latent, mask=mask, text=batch.text[:1], gate=batch.gate[:1])
