"""In what precision a step computes. The weights that train, their optimiser and their average stay float32."""

from __future__ import annotations

import warnings

import torch
from torch import Tensor
from torch.amp import GradScaler

from ..core.errors import MaskVideoError

HALF = {"bfloat16": torch.bfloat16, "float16": torch.float16}
PRECISIONS = ("float32", *HALF)
SKIPPING = ("cuda", "cpu")
"""Devices whose optimiser leaves out a step by itself where the gradient is no number; on others the host must look."""
FIRST_SCALE = 2.0**16


def autocast(device: torch.device, precision: str) -> torch.autocast:
    """The region in which the model computes in ``precision``; a region without effect for float32."""
    return torch.autocast(device.type, HALF.get(precision, torch.bfloat16), enabled=precision in HALF)


def check_precision(precision: str, device: torch.device) -> None:
    """Raise ``MaskVideoError`` where ``device`` cannot train in ``precision``, naming the nearest that it can."""
    if precision == "float16" and (device.type not in SKIPPING or not _computes_float16(device)):
        nearest = "bfloat16" if device.type == "cpu" else "float32"
        raise MaskVideoError(
            f"precision is float16, which does not train on {device.type} with this torch: set it to {nearest}"
        )


def build_scaler(precision: str, device: torch.device) -> GradScaler:
    """What multiplies the loss so that small gradients survive float16 (Micikevicius et al. 2018).

    In other precisions the factor is 1. What remains is that a step whose gradient is no number is left out on the
    device, and nothing waits for it.
    """
    first = FIRST_SCALE if precision == "float16" else 1.0
    return GradScaler(device.type, init_scale=first, enabled=device.type in SKIPPING)


def restore_scaler(scaler: GradScaler, scale: float, growth: int) -> None:
    """Put back a saved scale, ``growth`` steps after it last changed; before the first step."""
    scaler.load_state_dict({**scaler.state_dict(), "scale": scale, "_growth_tracker": growth})


def update_scaler(scaler: GradScaler, precision: str, device: torch.device) -> Tensor | None:
    """The scale for the next step, on the device; None in precisions that have none."""
    if precision != "float16":
        scaler.update(1.0)
        return None
    scaler.update()
    return scaler.scale(torch.ones((), device=device))


def _computes_float16(device: torch.device) -> bool:
    if device.type != "cpu":
        return True
    with warnings.catch_warnings():  # a torch that cannot warns, and computes in float32
        warnings.simplefilter("ignore")
        with torch.autocast("cpu", torch.float16), torch.no_grad():
            return (torch.ones(1, 1) @ torch.ones(1, 1)).dtype == torch.float16
