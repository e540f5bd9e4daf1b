"""One progress bar for a whole generation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm


@contextmanager
def progress_bar(name: str) -> Iterator[Callable]:
    """Yields an ``on_step`` that moves the bar and names the stage."""
    with tqdm(desc=name, unit="step", dynamic_ncols=True) as bar:

        def on_step(step) -> None:
            bar.total = step.total
            bar.set_postfix_str(step.stage, refresh=False)
            bar.update(step.done - bar.n)

        yield on_step
