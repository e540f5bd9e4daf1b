"""The optimiser, its learning rate, and both as tensors that a file can hold."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from ..core.errors import MaskVideoError
from .config import TrainConfig
from .precision import SKIPPING

FINAL_RATE = 0.1
"""Where the cosine schedule ends, as a share of ``learning_rate``."""


BITSANDBYTES = 'pip install "bitsandbytes>=0.46"'


def build_optimiser(parameters: dict[str, nn.Parameter], config: TrainConfig, device: torch.device) -> Optimizer:
    """AdamW, fused where the device has it, or with moments of 8 bits; weight decay on matrices and kernels only.

    Raises ``MaskVideoError`` where bitsandbytes, which has the one of 8 bits, is missing.
    """
    decayed = [p for p in parameters.values() if p.ndim > 1]
    other = [p for p in parameters.values() if p.ndim <= 1]
    groups = [{"params": decayed}, {"params": other, "weight_decay": 0.0}]
    groups = [group for group in groups if group["params"]]
    settings = {"lr": config.learning_rate, "betas": config.betas, "weight_decay": config.weight_decay}
    if config.optimiser == "adamw8bit":
        return eight_bit_optimiser()(groups, **settings)
    return AdamW(groups, **settings, fused=device.type in SKIPPING)


def eight_bit_optimiser() -> type[Optimizer]:
    """AdamW whose moments are quantised block by block (Dettmers et al. 2022); see ``build_optimiser``."""
    try:
        from bitsandbytes.optim import AdamW8bit
    except ImportError as error:
        raise MaskVideoError(
            f"optimiser adamw8bit needs bitsandbytes ({error}): {BITSANDBYTES}, or set optimiser to adamw"
        ) from error
    return AdamW8bit


def check_optimiser(optimiser: str) -> None:
    """Raise ``MaskVideoError`` where what ``optimiser`` needs is missing, before any work."""
    if optimiser == "adamw8bit":
        eight_bit_optimiser()


def bytes_of_weight(config: TrainConfig) -> int:
    """Bytes on the device for each weight that trains: itself, its two moments, its running average."""
    moments = 2 if config.optimiser == "adamw8bit" else 8
    return 4 + moments + (4 if config.ema_decay else 0)


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
def update_average(
    average: dict[str, Tensor], weights: dict[str, nn.Parameter], decay: float, step: int, good: Tensor | float = 1.0
) -> None:
    """Move ``average`` toward ``weights``; the decay grows to its value so that the start is soon forgotten.

    ``good``, on the device, is 0 where the step counts for nothing, else 1.
    """
    share = (1 - min(decay, (1 + step) / (10 + step))) * good
    for name, value in average.items():
        value.lerp_(weights[name], share)


def pack_optimiser(optimiser: Optimizer, names: Mapping[nn.Parameter, str]) -> dict[str, Tensor]:
    """The optimiser's tensors under ``parameter/value`` names; a count that is no tensor becomes one."""
    return {
        f"{names[parameter]}/{key}": torch.as_tensor(value)
        for parameter, values in optimiser.state.items()
        for key, value in values.items()
    }


def unpack_optimiser(optimiser: Optimizer, names: Mapping[nn.Parameter, str], tensors: Mapping[str, Tensor]) -> None:
    """The inverse of ``pack_optimiser``, onto an optimiser over the same parameters in the same order."""
    ordered = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    values = {index: _values_of(names[parameter], tensors) for index, parameter in enumerate(ordered)}
    state = {index: found for index, found in values.items() if found}  # none before a parameter's first step
    optimiser.load_state_dict({**optimiser.state_dict(), "state": state})


def _values_of(name: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor | int]:
    found = {key.removeprefix(f"{name}/"): value for key, value in tensors.items() if key.startswith(f"{name}/")}
    # torch counts steps in float32 tensors, bitsandbytes in Python's integers
    return {key: value.item() if value.dtype == torch.int64 else value for key, value in found.items()}
