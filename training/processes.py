"""The processes that share one run: one alone, or those that ``accelerate launch`` started, on one or more machines.

Every process draws the whole batch from the same random numbers and computes its share of it; the mean of all gradients
is then the gradient of the batch, whatever the number of processes. What one of them meets, Ctrl-C or an error, all
learn at the same step: none waits for one that has gone.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TypeVar

import torch
from torch import Tensor, nn

from ..core.errors import MaskVideoError

Result = TypeVar("Result")
STOPPED, FAILED = 1.0, 1024.0
"""What a process tells the others: it was asked to stop; it cannot go on. Summed over all, they stay apart."""
LAUNCHED = ("LOCAL_RANK", "ACCELERATE_MIXED_PRECISION")
"""Variables by which ``torchrun`` and ``accelerate launch`` are known."""


class Processes:
    """This process, number ``index`` of ``count``. One alone needs no ``accelerate`` and does nothing here."""

    def __init__(self, count: int = 1, index: int = 0):
        self.count, self.index = count, index
        self.stop = 0.0
        self.rounds = 0
        """How often all gradients were averaged, which must be as often in every process."""
        self._buffer: Tensor | None = None

    @property
    def is_main(self) -> bool:
        """The one that saves, prints and calls ``on_step``."""
        return self.index == 0

    def share(self, batch_size: int) -> slice:
        """This process's clips of a batch."""
        size = batch_size // self.count
        return slice(self.index * size, (self.index + 1) * size)

    def check_batch_size(self, batch_size: int) -> None:
        """Raise ``MaskVideoError`` where a batch cannot be shared alike."""
        if batch_size % self.count:
            nearest = max(1, round(batch_size / self.count)) * self.count
            raise MaskVideoError(
                f"batch_size is {batch_size} for {self.count} processes, and counts the clips of all of them together: "
                f"set it to {nearest}"
            )

    def from_main(self, call: Callable[[], Result]) -> Result:
        """What ``call`` gives or raises in the main process, in all of them: files may lie on its machine alone."""
        if self.count == 1:
            return call()
        from accelerate.utils import broadcast_object_list

        answer = [_outcome(call) if self.is_main else None]
        result, error = broadcast_object_list(answer)[0]
        if error is not None:
            raise error
        return result

    def check_same(self, facts: dict[str, object]) -> None:
        """Raise ``MaskVideoError`` naming the ``facts`` in which this process is unlike the main one."""
        theirs = self.from_main(lambda: facts)
        differing = [name for name in facts if facts[name] != theirs[name]]
        if differing:
            raise MaskVideoError(
                f"process {self.index} has other {', '.join(differing)} than process 0: give all machines the same"
            )

    @contextmanager
    def listening(self, step: int, parameters: Sequence[nn.Parameter]) -> Iterator[None]:
        """While it lasts, after ``step`` steps, Ctrl-C is told to the others, and all stop at the same step."""
        if self.count == 1 or threading.current_thread() is not threading.main_thread():
            yield
            return
        self.rounds, self.stop = step, 0.0
        size = sum(parameter.numel() for parameter in parameters) + 2
        self._buffer = torch.zeros(size, device=parameters[0].device)  # there before memory can run out
        handler = signal.signal(signal.SIGINT, lambda *_: self.tell(STOPPED))
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, handler)

    def tell(self, what: float) -> None:
        """Let the others know at the next average."""
        self.stop = max(self.stop, what)

    def average(self, loss: Tensor, parameters: Sequence[nn.Parameter]) -> tuple[Tensor, Tensor | float]:
        """Replace each gradient by the mean over all processes; the mean ``loss`` and what they told, summed.

        Where one told anything, loss and gradients of all are no numbers: the step counts for none.
        """
        if self.count == 1:
            return loss, 0.0
        self.rounds += 1
        given = [parameter for parameter in parameters if parameter.grad is not None]
        parts = self._buffer[:-2].split([parameter.numel() for parameter in parameters])
        views = {p: part.view(p.shape) for p, part in zip(parameters, parts, strict=True)}
        for parameter in given:
            views[parameter].copy_(parameter.grad)
        self._buffer[-2] = loss
        self._reduce()
        for parameter in given:
            parameter.grad.copy_(views[parameter])
        return self._buffer[-2].clone(), self._buffer[-1].clone()

    def leave(self, steps: int, looks_after: Callable[[int], bool]) -> None:
        """Keep step with the others until they look and learn that this process cannot go on; they end by ``steps``."""
        if self.count == 1:
            return
        self.tell(FAILED)
        with suppress(MaskVideoError):  # others that have gone by themselves wait for nobody
            while self.count > 1 and self.rounds < steps:
                self.rounds += 1
                self._reduce()
                if looks_after(self.rounds):
                    return

    def _reduce(self) -> None:
        """Sum of what was told, mean of everything else."""
        if self.stop:
            self._buffer.fill_(torch.nan)
        self._buffer[-1] = self.stop
        try:
            torch.distributed.all_reduce(self._buffer)
        except RuntimeError as error:
            self.count = 1  # nothing more can be said to anyone
            raise MaskVideoError(f"another process of this run has gone ({error}): resume with all of them") from error
        self._buffer[:-1] /= self.count

    def close(self) -> None:
        """At the end of the program."""
        if self.count > 1:
            from accelerate import PartialState

            PartialState().destroy_process_group()


ALONE = Processes()


def launched(device: str) -> tuple[Processes, str] | None:
    """The processes of this run and the device of this one; None unless ``accelerate launch`` or the like started it.

    ``device`` ``auto`` takes what the launcher gives, ``cpu`` the CPU. Raises ``MaskVideoError`` for another one.
    """
    if not any(name in os.environ for name in LAUNCHED):
        return None
    if device not in ("auto", "cpu"):
        raise MaskVideoError(
            f"device is {device}, and each launched process has its own: leave it out, or set it to cpu"
        )
    from accelerate import PartialState
    from accelerate.utils import parse_flag_from_env

    on_gpu = torch.cuda.is_available() or torch.backends.mps.is_available()
    state = PartialState(cpu=device == "cpu" or parse_flag_from_env("ACCELERATE_USE_CPU") or not on_gpu)
    own = "cpu" if state.device.type == "cpu" else str(state.device)
    return Processes(state.num_processes, state.process_index), own


def _outcome(call: Callable[[], Result]) -> tuple[Result | None, Exception | None]:
    try:
        return call(), None
    except (MaskVideoError, OSError) as error:
        return None, error
