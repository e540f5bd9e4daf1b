"""A sample every N steps while a motion trains, and the last one kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .run import StepReport


@dataclass(frozen=True)
class Sample:
    """``frames`` uint8 ``[T, H, W, 3]``, sampled after ``step`` steps."""

    step: int
    frames: np.ndarray


class Samples:
    """``on_step``: calls ``sample`` after every ``every`` steps (0: never in between) and after the last one.

    The loop saves before it calls, so what ``sample`` raises costs no step. ``on_sample`` is called with each.
    """

    def __init__(
        self, sample: Callable[[], np.ndarray], every: int = 0, on_sample: Callable[[Sample], None] | None = None
    ):
        self.last: Sample | None = None
        self._sample, self._every, self._on_sample = sample, every, on_sample

    def __call__(self, report: StepReport) -> None:
        if report.step == report.steps or (self._every and report.step % self._every == 0):
            self.take(report.step)

    def take(self, step: int) -> Sample:
        """A sample now."""
        self.last = Sample(step, self._sample())
        if self._on_sample is not None:
            self._on_sample(self.last)
        return self.last
