"""Progress through the parts of a generated video, as one count of steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from .schedulers import StepCallback


@dataclass(frozen=True)
class Step:
    """``done`` of ``total`` steps are done; ``stage`` says what is worked on ("first frame", "window 2 of 7").

    ``clean`` is the clean latent predicted so far, ``[1, C, h, w]`` or ``[1, C, T, h, w]``; None while decoding.
    """

    stage: str
    done: int
    total: int
    clean: Tensor | None = None


OnStep = Callable[[Step], None]
"""Called after each step. Whatever it raises ends the generation."""


class Progress:
    """Counts the steps of all stages together."""

    def __init__(self, total: int, on_step: OnStep | None):
        self.total, self._on_step = total, on_step
        self._done = 0

    def stage(self, name: str) -> StepCallback:
        """The sampler's callback for the stage ``name``."""
        return lambda step, steps, clean: self.advance(name, clean)

    def advance(self, stage: str, clean: Tensor | None = None) -> None:
        self._done += 1
        if self._on_step is not None:
            self._on_step(Step(stage, self._done, self.total, clean))
