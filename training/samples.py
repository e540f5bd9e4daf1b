"""A sample every N steps while a motion trains, one of the finished motion, and the last of them kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..core.motion_module import MotionModule
from ..core.video_model import VideoModel
from .config import TrainConfig
from .run import StepReport
from .set_up import set_up_training


@dataclass(frozen=True)
class Sample:
    """``frames`` uint8 ``[T, H, W, 3]``, sampled after ``step`` steps."""

    step: int
    frames: np.ndarray


class Samples:
    """``on_step``: calls ``sample`` after every ``every`` steps, 0 never; ``finish`` calls it for the finished motion.

    The loop saves what was done where ``sample`` raises, so that costs no step. ``on_sample`` is called with each.
    """

    def __init__(
        self, sample: Callable[[], np.ndarray], every: int = 0, on_sample: Callable[[Sample], None] | None = None
    ):
        self.last: Sample | None = None
        self._sample, self._every, self._on_sample = sample, every, on_sample

    def __call__(self, report: StepReport) -> None:
        if self._every and report.step % self._every == 0 and report.step < report.steps:
            self.take(report.step)

    def finish(self, model: VideoModel, motion: MotionModule, config: TrainConfig) -> Sample:
        """A sample of the motion as it is saved: the running average of a run that has one."""
        with set_up_training(model, motion, config):
            return self.take(config.steps)

    def take(self, step: int) -> Sample:
        """A sample of what is on the model now."""
        self.last = Sample(step, self._sample())
        if self._on_sample is not None:
            self._on_sample(self.last)
        return self.last
