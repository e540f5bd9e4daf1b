"""One resumable training stage: the loop that the VAE, the U-Net and the ControlNet share."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm


@dataclass(frozen=True)
class Stage:
    """How long and how fast one part trains."""

    name: str
    steps: int
    learning_rate: float
    batch_size: int = 16
    warmup_steps: int = 100
    ema_decay: float = 0.998
    save_every: int = 250


def run_stage(stage: Stage, module: nn.Module, loss_of_step: Callable[[int], Tensor], folder: Path) -> nn.Module:
    """Train ``module`` and return its exponential average.

    ``loss_of_step(step)`` must draw all its randomness from ``step``, so that a stopped run continues as if it had
    never stopped: state (weights, average, optimiser, step) is saved in ``folder`` every ``save_every`` steps.
    """
    average = AveragedModel(module, multi_avg_fn=get_ema_multi_avg_fn(stage.ema_decay))
    trained = [p for p in module.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=stage.learning_rate, weight_decay=0.01, betas=(0.9, 0.99))
    state_file = folder / f"{stage.name}.state.pt"
    start = _load(state_file, module, average, optimiser)
    progress = tqdm(range(start, stage.steps), initial=start, total=stage.steps, desc=stage.name, unit="step")
    running = None
    for step in progress:
        loss = _one_step(stage, step, loss_of_step, optimiser, trained)
        average.update_parameters(module)
        running = loss.detach() if running is None else running.lerp(loss.detach(), 0.02)
        if (step + 1) % 50 == 0:
            progress.set_postfix(loss=f"{running.item():.4f}")
        if (step + 1) % stage.save_every == 0 or step + 1 == stage.steps:
            _save(state_file, module, average, optimiser, step + 1)
    return average.module.eval().requires_grad_(False)


def _one_step(
    stage: Stage, step: int, loss_of_step: Callable, optimiser: torch.optim.Optimizer, trained: Iterable
) -> Tensor:
    for group in optimiser.param_groups:
        group["lr"] = stage.learning_rate * _schedule(step, stage)
    loss = loss_of_step(step)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(trained, 1.0)
    optimiser.step()
    return loss


def _schedule(step: int, stage: Stage) -> float:
    """Linear warm-up, then a cosine to 2 % of the peak."""
    warm = min(1.0, (step + 1) / stage.warmup_steps)
    return warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / stage.steps)))


def _load(path: Path, module: nn.Module, average: AveragedModel, optimiser: torch.optim.Optimizer) -> int:
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True)
    module.load_state_dict(state["module"])
    average.load_state_dict(state["average"])
    optimiser.load_state_dict(state["optimiser"])
    return state["step"]


def _save(path: Path, module: nn.Module, average: AveragedModel, optimiser: torch.optim.Optimizer, step: int) -> None:
    state = {
        "module": module.state_dict(),
        "average": average.state_dict(),
        "optimiser": optimiser.state_dict(),
        "step": step,
    }
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    os.replace(partial, path)
