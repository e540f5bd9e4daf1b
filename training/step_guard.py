"""What the device knows of a run and the host has not asked yet: losses, and whether a step gave no number.

To read a loss is to wait for the device. So the device keeps the account: the optimiser leaves out a step whose
gradient is no number, and from the first such step on every other one, so that the weights stay those of the last good
step until the host looks.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

GOOD, SCALE, GROWTH = 4, 6, 7
"""Places in ``StepGuard.values``."""
SMALLEST_SCALE = 2.0**-10
"""Of a loss: below it no scale helps, and the gradient itself is too large."""


@dataclass(frozen=True)
class Seen:
    """The account as the host reads it. ``steps`` are the good ones since the guard was made.

    ``loss`` and ``gradient`` (the norm of all of it) are those of the last good step, or of the one that was none.
    ``stop`` is what the processes of the run asked for in it, 0 for nothing.
    """

    loss: float
    gradient: float
    running_loss: float
    steps: int
    good: bool
    stop: float
    scale: float
    growth: int


class StepGuard:
    """``values`` float32 ``[8]`` on the device, in the order of ``Seen``: replaced at each step, never changed."""

    def __init__(self, device: torch.device, running_loss: float = 0.0, scale: float = 1.0, growth: int = 0):
        self.values = torch.tensor([0.0, 0.0, running_loss, 0.0, 1.0, 0.0, scale, growth], device=device)

    @property
    def good(self) -> Tensor:
        """1 as long as every step was good, else 0."""
        return self.values[GOOD]

    def guarded(self, loss: Tensor) -> Tensor:
        """``loss`` itself, or no number after a step that gave none: what follows from it is left out as well."""
        return loss * torch.where(self.good > 0, 1.0, torch.nan)

    def note(self, loss: Tensor, gradient: Tensor, stop: Tensor | float, share: float, scale: Tensor | None) -> None:
        """Account for one step. ``share`` is its part in the running loss.

        ``scale`` is the loss scale after it, which falls where the gradient of this step was too large for float16;
        that step was left out, too, and is good. None without a scale.
        """
        _, _, running, steps, _, _, scale_before, growth = self.values.unbind()
        scale = scale_before if scale is None else scale
        left_out = (scale < scale_before) & (scale > SMALLEST_SCALE)
        good = loss.isfinite() & (gradient.isfinite() | left_out)
        stop = stop if isinstance(stop, Tensor) else torch.full((), stop, device=loss.device)
        growth = torch.where(scale == scale_before, growth + 1, 0)
        kept = (torch.where(good, running + share * (loss - running), running), steps + good, good, stop, scale, growth)
        now = torch.stack([value.to(torch.float32).reshape(()) for value in (loss, gradient, *kept)])
        now[SCALE:] = torch.where(good, now[SCALE:], self.values[SCALE:])
        self.values = torch.where(self.good > 0, now, self.values)

    def look(self) -> Seen:
        """Ask the device, which takes until it has done all steps."""
        loss, gradient, running_loss, steps, good, stop, scale, growth = self.values.tolist()
        return Seen(loss, gradient, running_loss, int(steps), good > 0, stop, scale, int(growth))
