"""What every edit takes and gives: tracks that are asked for a few frames at a time, wherever they come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..core.errors import MaskVideoError
from .tracks import Colour, Track, Tracks, find_name

CHUNK_FRAMES = 16
"""Frames that are edited together: enough for a GPU, few enough for the memory of a 4K clip."""


class TrackSequence(Protocol):
    """Tracks in memory, in a folder, or as the result of an edit that is computed when frames are asked for.

    An edit of 10,000 frames is a chain of these, and holds a few frames at any time.
    """

    names: tuple[str, ...]
    """Of the objects, front to back."""
    colours: tuple[Colour, ...]
    count: int
    """T, the number of frames."""
    size: tuple[int, int]
    """(height, width) in pixels."""
    fps: float | None

    def batch(self, frames: Sequence[int]) -> np.ndarray:
        """The masks of those frames, in any order: uint8 [K, N, H, W] of 0 and 1."""
        ...


@dataclass(frozen=True)
class Derived:
    """A sequence made from another, like it in all that a subclass does not change."""

    base: TrackSequence

    @property
    def names(self) -> tuple[str, ...]:
        return self.base.names

    @property
    def colours(self) -> tuple[Colour, ...]:
        return self.base.colours

    @property
    def count(self) -> int:
        return self.base.count

    @property
    def size(self) -> tuple[int, int]:
        return self.base.size

    @property
    def fps(self) -> float | None:
        return self.base.fps

    def batch(self, frames: Sequence[int]) -> np.ndarray:
        return self.base.batch(frames)


@dataclass(frozen=True)
class PerMask(Derived):
    """Every mask of the chosen objects through one function, uint8 [H, W] of 0 and 1 to the same."""

    function: Callable[[np.ndarray], np.ndarray]
    objects: tuple[int, ...]

    def batch(self, frames: Sequence[int]) -> np.ndarray:
        masks = self.base.batch(frames).copy()
        for place in range(len(frames)):
            for index in self.objects:
                masks[place, index] = self.function(masks[place, index])
        return masks


def chosen(sequence: TrackSequence, objects: Sequence[str]) -> tuple[int, ...]:
    """The indices of the named objects, of all where none is named. Raises MaskVideoError for an unknown name."""
    return tuple(find_name(name, sequence.names) for name in objects) or tuple(range(len(sequence.names)))


def chunks(count: int) -> list[range]:
    """0 .. count - 1 in runs of `CHUNK_FRAMES`."""
    return [range(start, min(start + CHUNK_FRAMES, count)) for start in range(0, count, CHUNK_FRAMES)]


def collect(sequence: TrackSequence, on_frame: Callable[[int, int], None] | None = None) -> Tracks:
    """The whole sequence in memory. on_frame(done, total) hears of progress and may raise to stop."""
    masks = np.empty((len(sequence.names), sequence.count, *sequence.size), np.uint8)
    for frames in chunks(sequence.count):
        masks[:, frames.start : frames.stop] = sequence.batch(frames).swapaxes(0, 1)
        if on_frame is not None:
            on_frame(frames.stop, sequence.count)
    objects = zip(sequence.names, sequence.colours, masks, strict=True)
    return Tracks(tuple(Track(*one) for one in objects), sequence.fps)


def check_frames(name: str, frames: int, least: int = 1, most: int | None = None) -> None:
    """Raises MaskVideoError where a count is outside least..most."""
    if frames < least:
        raise MaskVideoError(f"{name} is {frames}: give {least} or more")
    if most is not None and frames > most:
        raise MaskVideoError(f"{name} is {frames}: give {most} or less")
