"""One training run between two steps: weights, optimiser, random state, and how one step changes them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import AbstractContextManager
from copy import deepcopy
from functools import cached_property

import torch
from torch import Tensor, nn

from ..core.errors import MaskVideoError
from ..core.motion_module import MotionModule
from ..core.video_model import VideoModel
from .checkpoint import TrainingState
from .config import TrainConfig
from .dataset import MotionDataset
from .interrupt import uninterrupted
from .optimiser import build_optimiser, learning_rate_at, pack_optimiser, unpack_optimiser, update_average
from .precision import SKIPPING, build_scaler, check_precision, restore_scaler, update_scaler
from .processes import ALONE, FAILED, Processes
from .start import MotionStart, check_start
from .step import motion_loss
from .step_guard import Seen, StepGuard
from .teacher import build_teacher

RUNNING_LOSS_STEPS = 50
"""The running loss averages about so many steps: one step's loss depends on its timestep most of all."""
LOOK_STEPS = 5
"""Steps that a GPU computes before the host looks at their losses, so that it never waits for the host."""


class StepReport:
    """What ``on_step`` is told: ``step`` steps of ``steps`` are done.

    The losses may be given as tensors ``[]`` on the device. To read one then waits for all steps so far: keep the
    report, and read it where something is shown.
    """

    def __init__(self, step: int, steps: int, loss: Tensor | float, running_loss: Tensor | float, learning_rate: float):
        self.step, self.steps, self.learning_rate = step, steps, learning_rate
        self._losses = loss, running_loss

    @cached_property
    def loss(self) -> float:
        return float(self._losses[0])

    @cached_property
    def running_loss(self) -> float:
        return float(self._losses[1])


class TrainingRun:
    """The parts that change while training, in a whole state between any two steps.

    ``motion`` trains; ``average`` is its running average (None without ``ema_decay``). ``step`` counts the steps that
    the host has asked for; after ``settle``, those that were good. ``generator_state`` is the random state after
    ``step`` steps: an interrupted step is drawn again.

    Raises ``MaskVideoError`` where the device or its processes cannot train as ``config`` says.
    """

    def __init__(self, model: VideoModel, config: TrainConfig, device: torch.device, processes: Processes = ALONE):
        processes.check_batch_size(config.batch_size)
        check_precision(config.precision, device)
        self.config, self.device, self.processes = config, device, processes
        self.motion = build_motion(model, config).to(device)
        self.pull_to(None)
        self.parameters = {name: p for name, p in self.motion.named_parameters() if p.requires_grad}
        self.names = {parameter: name for name, parameter in self.parameters.items()}
        self.optimiser = build_optimiser(self.parameters, config, device)
        self.scaler = build_scaler(config.precision, device)
        self.generator = torch.Generator().manual_seed(config.seed)
        self.base, self.start = "", {}
        self.whole, self.ended = True, False
        self._begin(0, 0.0, self.scaler.get_scale(), 0)

    def begin_from(self, start: MotionStart) -> None:
        """Begin with the weights of ``start``. Raises ``MaskVideoError`` where they are of another motion config."""
        check_start(start, self.config.motion)
        self.motion.load_state_dict(dict(start.weights))
        self.pull_to(start)
        self.start = start.record
        self._begin(0, 0.0, self.scaler.get_scale(), 0)

    def pull_to(self, start: MotionStart | None) -> None:
        """Let the consistency loss, where there is one, pull to ``start``; without one, to the untuned model."""
        teacher = build_teacher(self.motion.architecture, self.config, start)
        self.teacher = teacher.to(self.device) if teacher is not None else None

    def train_step(self, model: VideoModel, dataset: MotionDataset) -> StepReport:
        """Draw a batch, follow its gradient. A step whose loss is no number changes nothing: ``check`` tells."""
        batch = dataset.sample(self.generator)
        share = self.processes.share(self.config.batch_size)
        loss = motion_loss(model, batch, self.config, self.generator, share, self.teacher)
        self.scaler.scale(self.guard.guarded(loss)).backward()
        loss, stop = self.processes.average(loss.detach(), list(self.parameters.values()))
        self.scaler.unscale_(self.optimiser)
        gradient = self._clip_gradient()
        with uninterrupted():
            self._update(loss, gradient, stop)
        values = self.guard.values
        return StepReport(self.step, self.config.steps, values[0], values[2], self.optimiser.param_groups[0]["lr"])

    def looks_after(self, step: int) -> bool:
        """Whether the host looks after ``step`` steps: the same in all processes, and before every save."""
        return step % self._look_steps == 0 or self.saves_after(step)

    def saves_after(self, step: int) -> bool:
        """Whether ``step`` steps are saved."""
        return step % self.config.save_every == 0 or step == self.config.steps

    def check(self) -> None:
        """Look at the steps so far, waiting for them; ``settle`` first.

        Raises ``MaskVideoError`` where training diverged or another process cannot go on, ``KeyboardInterrupt`` where
        one was stopped.
        """
        seen = self.settle()
        if seen.good:
            return
        self.ended = True
        if seen.stop >= FAILED:
            raise MaskVideoError(f"another process failed after {self.step} steps: its own message says why")
        if seen.stop:
            raise KeyboardInterrupt
        raise MaskVideoError(
            f"loss is {seen.loss:g}, gradient {seen.gradient:g} after {self.step} steps: training diverged; "
            f"set learning_rate to {self.config.learning_rate / 3:.1g} or precision to float32"
        )

    def settle(self) -> Seen:
        """Count the good steps alone: this is the state that can be saved, whatever came after them."""
        seen = self.guard.look()
        self.step = self._first_step + seen.steps
        self.generator_state = self._generator_states[self.step]
        self._generator_states = {step: one for step, one in self._generator_states.items() if step >= self.step}
        return seen

    def listening(self) -> AbstractContextManager[None]:
        """While the run lasts; see ``Processes.listening``."""
        return self.processes.listening(self.step, list(self.parameters.values()))

    def leave(self) -> None:
        """Where this process ends the run by itself: the others learn it, and none waits for it."""
        if not self.ended:
            self.processes.leave(self.config.steps, self.looks_after)

    def state(self, fingerprint: str) -> TrainingState:
        """Everything that continues this run; after ``settle``."""
        seen = self.guard.look()
        optimiser = pack_optimiser(self.optimiser, self.names)
        moment = (self.step, seen.running_loss, self.motion.state_dict(), self.average, optimiser, self.generator_state)
        return TrainingState(*moment, self.config, fingerprint, self.base, self.start, seen.scale, seen.growth)

    @torch.no_grad()
    def restore(self, state: TrainingState) -> None:
        """Continue from ``state``, which ``check_resumable`` has passed."""
        self.motion.load_state_dict(dict(state.weights))
        unpack_optimiser(self.optimiser, self.names, state.optimiser)
        self.generator.set_state(state.generator)
        self.start = dict(state.start)
        if self.scaler.is_enabled():
            restore_scaler(self.scaler, state.scale, state.growth)
        self._begin(state.step, state.running_loss, state.scale, state.growth)
        for name, value in (state.average or {}).items():
            self.average[name].copy_(value)

    def exported(self) -> MotionModule:
        """The module to use: the running average where there is one, else the last weights."""
        if self.average is None:
            return self.motion
        module = deepcopy(self.motion)
        module.load_state_dict({**module.state_dict(), **self.average})
        return module

    def _begin(self, step: int, running_loss: float, scale: float, growth: int) -> None:
        weights = {name: parameter.detach().clone() for name, parameter in self.parameters.items()}
        self.average: Mapping[str, Tensor] | None = weights if self.config.ema_decay else None
        self.guard = StepGuard(self.device, running_loss, scale, growth)
        self.step = self._first_step = step
        self.generator_state = self.generator.get_state()
        self._generator_states = {step: self.generator_state}

    @property
    def _look_steps(self) -> int:
        return LOOK_STEPS if self.device.type == "cuda" else 1

    def _clip_gradient(self) -> Tensor:
        limit = self.config.grad_clip or torch.finfo(torch.float32).max
        return nn.utils.clip_grad_norm_(self.parameters.values(), limit)

    def _update(self, loss: Tensor, gradient: Tensor, stop: Tensor | float) -> None:
        self.whole = False  # out of memory in here leaves a state that must not replace the last good save
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate_at(self.step, self.config)
        if self.device.type in SKIPPING or math.isfinite(float(loss) + float(gradient)):
            self.scaler.step(self.optimiser)
        self.optimiser.zero_grad(set_to_none=True)
        scale = update_scaler(self.scaler, self.config.precision, self.device)
        self.guard.note(loss, gradient, stop, 1 / min(self.step + 1, RUNNING_LOSS_STEPS), scale)
        if self.average is not None:
            update_average(self.average, self.parameters, self.config.ema_decay, self.step, self.guard.good)
        self.step += 1
        self._generator_states[self.step] = self.generator_state = self.generator.get_state()
        self.whole = True


def build_motion(model: VideoModel, config: TrainConfig) -> MotionModule:
    """A fresh motion module for ``model``; the seed decides its weights and no other random state is touched."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        return MotionModule(model.architecture, config.motion)
