"""Ctrl-C waits for the end of what must not be half done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uninterrupted() -> Iterator[None]:
    """A SIGINT during the block is delivered after it.

    Outside the main thread Python delivers no signal, so that the block is whole there by itself.
    """
    foreign = signal.getsignal(signal.SIGINT) is None  # set by other than Python: it could not be put back
    if foreign or threading.current_thread() is not threading.main_thread():
        yield
        return
    received = []
    handler = signal.signal(signal.SIGINT, lambda *event: received.append(event))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
    if received:
        signal.raise_signal(signal.SIGINT)
