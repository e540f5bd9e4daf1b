"""The optimiser, its learning rate, and both as tensors that a file can hold."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from .config import TrainConfig

FINAL_RATE = 0.1
"""Where the cosine schedule ends, as a share of ``learning_rate``."""


def build_optimiser(parameters: dict[str, nn.Parameter], config: TrainConfig, device: torch.device) -> AdamW:
    """AdamW, fused where the device has it; weight decay on matrices and kernels only."""
    decayed = [p for p in parameters.values() if p.ndim > 1]
    other = [p for p in parameters.values() if p.ndim <= 1]
    groups = [{"params": decayed}, {"params": other, "weight_decay": 0.0}]
    groups = [group for group in groups if group["params"]]
    fused = device.type in ("cuda", "cpu")
    return AdamW(groups, lr=config.learning_rate, betas=config.betas, weight_decay=config.weight_decay, fused=fused)


def learning_rate_at(step: int, config: TrainConfig) -> float:
    """The learning rate of the step after ``step`` steps: linear warmup, then constant or half a cosine."""
    if step < config.warmup:
        return config.learning_rate * (step + 1) / (config.warmup + 1)
    if config.schedule == "constant":
        return config.learning_rate
    done = (step - config.warmup) / max(1, config.steps - config.warmup)
    share = 0.5 + 0.5 * math.cos(math.pi * min(done, 1.0))
    return config.learning_rate * (FINAL_RATE + (1 - FINAL_RATE) * share)


@torch.no_grad()
def update_average(average: dict[str, Tensor], weights: dict[str, nn.Parameter], decay: float, step: int) -> None:
    """Move ``average`` toward ``weights``; the decay grows to its value so that the start is soon forgotten."""
    share = 1 - min(decay, (1 + step) / (10 + step))
    for name, value in average.items():
        value.lerp_(weights[name], share)


def pack_optimiser(optimiser: Optimizer, names: Mapping[nn.Parameter, str]) -> dict[str, Tensor]:
    """The optimiser's tensors under ``parameter/value`` names."""
    return {
        f"{names[parameter]}/{key}": value
        for parameter, values in optimiser.state.items()
        for key, value in values.items()
    }


def unpack_optimiser(optimiser: Optimizer, names: Mapping[nn.Parameter, str], tensors: Mapping[str, Tensor]) -> None:
    """The inverse of ``pack_optimiser``, onto an optimiser over the same parameters in the same order."""
    ordered = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    values = {index: _values_of(names[parameter], tensors) for index, parameter in enumerate(ordered)}
    state = {index: found for index, found in values.items() if found}  # none before a parameter's first step
    optimiser.load_state_dict({**optimiser.state_dict(), "state": state})


def _values_of(name: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {key.removeprefix(f"{name}/"): value for key, value in tensors.items() if key.startswith(f"{name}/")}
