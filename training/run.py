"""One training run between two steps: weights, optimiser, random state, and how one step changes them."""

from __future__ import annotations

import math
from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import nn

from ..core.errors import MaskVideoError
from ..core.motion_module import MotionModule
from ..core.video_model import VideoModel
from .checkpoint import TrainingState
from .config import TrainConfig
from .dataset import MotionDataset
from .interrupt import uninterrupted
from .optimiser import build_optimiser, learning_rate_at, pack_optimiser, unpack_optimiser, update_average
from .step import motion_loss

RUNNING_LOSS_STEPS = 50
"""The running loss averages about so many steps: one step's loss depends on its timestep most of all."""


@dataclass(frozen=True)
class StepReport:
    """What ``on_step`` is told: ``step`` steps of ``steps`` are done."""

    step: int
    steps: int
    loss: float
    running_loss: float
    learning_rate: float


class TrainingRun:
    """The parts that change while training, in a whole state between any two steps.

    ``motion`` trains; ``average`` is its running average (None without ``ema_decay``). ``generator_state`` is the
    random state after ``step`` steps: an interrupted step is drawn again.
    """

    def __init__(self, model: VideoModel, config: TrainConfig, device: torch.device):
        self.config = config
        self.motion = build_motion(model, config).to(device)
        self.parameters = {name: p for name, p in self.motion.named_parameters() if p.requires_grad}
        self.names = {parameter: name for name, parameter in self.parameters.items()}
        self.optimiser = build_optimiser(self.parameters, config, device)
        self.average = {n: p.detach().clone() for n, p in self.parameters.items()} if config.ema_decay else None
        self.generator = torch.Generator().manual_seed(config.seed)
        self.generator_state = self.generator.get_state()
        self.step = 0
        self.running_loss = 0.0
        self.whole = True

    def train_step(self, model: VideoModel, dataset: MotionDataset) -> StepReport:
        """Draw a batch, follow its gradient. Raises ``MaskVideoError`` where the loss is no number any more."""
        batch = dataset.sample(self.generator)
        loss = motion_loss(model, batch, self.config, self.generator)
        loss.backward()
        value = self._checked(float(loss.detach()), self._clip_gradient())
        with uninterrupted():
            self._update(value)
        return StepReport(self.step, self.config.steps, value, self.running_loss, self._rate())

    def state(self, fingerprint: str) -> TrainingState:
        """Everything that continues this run."""
        optimiser = pack_optimiser(self.optimiser, self.names)
        moment = (self.step, self.running_loss, self.motion.state_dict(), self.average, optimiser, self.generator_state)
        return TrainingState(*moment, self.config, fingerprint)

    @torch.no_grad()
    def restore(self, state: TrainingState) -> None:
        """Continue from ``state``, which ``check_resumable`` has passed."""
        self.motion.load_state_dict(dict(state.weights))
        for name, value in (state.average or {}).items():
            self.average[name].copy_(value)
        unpack_optimiser(self.optimiser, self.names, state.optimiser)
        self.generator.set_state(state.generator)
        self.generator_state = state.generator
        self.step, self.running_loss = state.step, state.running_loss

    def exported(self) -> MotionModule:
        """The module to use: the running average where there is one, else the last weights."""
        if self.average is None:
            return self.motion
        module = deepcopy(self.motion)
        module.load_state_dict({**module.state_dict(), **self.average})
        return module

    def _rate(self) -> float:
        return self.optimiser.param_groups[0]["lr"]

    def _clip_gradient(self) -> float:
        limit = self.config.grad_clip or math.inf
        return float(nn.utils.clip_grad_norm_(self.parameters.values(), limit))

    def _checked(self, loss: float, gradient: float) -> float:
        if math.isfinite(loss) and math.isfinite(gradient):
            return loss
        raise MaskVideoError(
            f"loss is {loss:g}, gradient {gradient:g} after {self.step} steps: training diverged; "
            f"set learning_rate to {self.config.learning_rate / 3:.1g} or precision to float32"
        )

    def _update(self, loss: float) -> None:
        self.whole = False  # out of memory in here leaves a state that must not replace the last good save
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate_at(self.step, self.config)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        if self.average is not None:
            update_average(self.average, self.parameters, self.config.ema_decay, self.step)
        self.step += 1
        share = 1 / min(self.step, RUNNING_LOSS_STEPS)
        self.running_loss += share * (loss - self.running_loss)
        self.generator_state = self.generator.get_state()
        self.whole = True


def build_motion(model: VideoModel, config: TrainConfig) -> MotionModule:
    """A fresh motion module for ``model``; the seed decides its weights and no other random state is touched."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        return MotionModule(model.architecture, config.motion)
