"""The most memory that this process has held so far."""

from __future__ import annotations

import sys
from pathlib import Path

import torch


def peak_memory_mb(device: torch.device | str = "cpu") -> float:
    """In MB (10^6 bytes): of the CUDA device where that computes, else of the process's resident memory."""
    device = torch.device(device)
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e6
    return _peak_resident_bytes() / 1e6


def _peak_resident_bytes() -> int:
    status = Path("/proc/self/status")
    if status.exists():  # Linux: getrusage would count what the parent held before it started this program
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    if sys.platform == "win32":
        import psutil  # comes with accelerate

        return psutil.Process().memory_info().peak_wset
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
