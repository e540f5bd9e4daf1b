"""An estimate in words, and whether it fits the device."""

from __future__ import annotations

from ..core.errors import MaskVideoError
from .config import TrainConfig
from .estimate import TrainingEstimate
from .precision import HALF


def describe_estimate(estimate: TrainingEstimate, base_bytes: int, steps: int) -> str:
    """One line for memory, one for time."""
    return (
        f"memory: about {in_bytes(needed_bytes(estimate, base_bytes))} (base {in_bytes(base_bytes)}, "
        f"{estimate.trained_parameters:,} trained parameters {in_bytes(estimate.weights_bytes)}, "
        f"one step {in_bytes(estimate.step_bytes)})\n"
        f"time: about {in_time(estimate.step_seconds * steps)} for {steps} steps, {estimate.step_seconds:.2g} s each"
    )


def check_memory(estimate: TrainingEstimate, base_bytes: int, available: int, config: TrainConfig) -> None:
    """Raise ``MaskVideoError`` where the device has not the memory that the run will take, before its first step."""
    needed = needed_bytes(estimate, base_bytes)
    if needed <= available:
        return
    cures = [] if config.gradient_checkpointing else ["gradient_checkpointing = true"]
    cures += [] if config.precision in HALF else ['precision = "bfloat16"']
    room = available - base_bytes - estimate.weights_bytes
    frames = int(config.frames * room / estimate.step_bytes)
    cures += [f"frames = {frames}"] if frames >= 2 else []
    raise MaskVideoError(
        f"training needs about {in_bytes(needed)}, the device has {in_bytes(available)}: "
        f"set {', or '.join([*cures, 'a smaller size in Motion Dataset'])}"
    )


def needed_bytes(estimate: TrainingEstimate, base_bytes: int) -> int:
    """Everything on the device: base, trained weights with their optimiser, one step."""
    return base_bytes + estimate.weights_bytes + estimate.step_bytes


def in_bytes(count: float) -> str:
    """``1.2 GB``, ``340 MB``."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def in_time(seconds: float) -> str:
    """``40 s``, ``12 min``, ``3.5 h``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
