"""One side of the training benchmark: a process that makes a training step for each line that it is sent.

It answers with one line of JSON for each step. This file runs in LAMP's environment too: torch and the standard library
are all it needs.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[1]
peak_memory_mb = runpy.run_path(str(ROOT / "adapters" / "diffusers" / "peak_memory.py"))["peak_memory_mb"]


def read_job() -> dict:
    """What the driver wants measured: the JSON in the first argument."""
    job = json.loads(sys.argv[1])
    if job["threads"]:
        torch.set_num_threads(job["threads"])
    torch.manual_seed(0)
    return job


@dataclass(frozen=True)
class Moment:
    """``clock`` and ``processor`` in seconds; the processor's time counts all threads of this process alone."""

    clock: float
    processor: float

    def __sub__(self, earlier: Moment) -> dict[str, float]:
        return {"clock": self.clock - earlier.clock, "processor": self.processor - earlier.processor}


def now(device: str) -> Moment:
    """The moment at which ``device`` has done what it was told."""
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)
    return Moment(time.perf_counter(), time.process_time())


def serve(step: Callable[[], dict], device: str, trained: int) -> None:
    """Answer each line of the standard input with what ``step`` measured, and the process's peak memory in MB.

    What libraries print goes to the standard error.
    """
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    _answer(answers, {"trained": trained, "torch": torch.__version__, "threads": torch.get_num_threads()})
    for _ in sys.stdin:
        measured = step()
        _answer(answers, {**measured, "peak_mb": peak_memory_mb(device)})


def _answer(answers, values: dict) -> None:
    answers.write(json.dumps(values) + "\n")
    answers.flush()
