"""The device a command computes on."""

from __future__ import annotations

from ..core.errors import MaskVideoError


def pick_device(name: str = "auto") -> str:
    """``name``, or for ``auto`` the fastest device there is: CUDA, MPS, CPU.

    Raises ``MaskVideoError`` for a device that this machine or this build of torch has not.
    """
    import torch

    there = ["cpu"]
    if torch.backends.mps.is_available():
        there.insert(0, "mps")
    there[:0] = [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    if name == "auto":
        return there[0]
    if name not in there and f"{name}:0" not in there:
        raise MaskVideoError(f"device {name} is not there: give auto or one of {', '.join(there)}")
    return name
