"""Time: faster, slower, at another frame rate, backwards, in a loop, or a part of it.

Frames between two frames are new shapes, interpolated by their signed distance fields: no frame is repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..core.errors import MaskVideoError
from .distance_field import Shape, between, find_shape
from .keyframes import check_choice
from .sequence import Derived, TrackSequence, check_frames
from .transform import placed

KEPT_FRAMES = 4
"""Frames of the base whose shapes are remembered: neighbours ask for the same."""
MOST_FRAMES = 1_000_000
ON_FRAME = 1e-6
"""A time this close to a frame is that frame."""


@dataclass(frozen=True)
class Retime:
    """More or fewer frames for the same motion. Give one of the three; 0 is not given.

    frames: this many, from the first to the last as they are. speed: 2 = twice as fast, half as many frames; 0.5 = slow
    motion. fps: as many as the same seconds take at another frame rate, which the tracks then have; they must say
    theirs.
    """

    frames: int = 0
    speed: float = 0.0
    fps: float = 0.0

    def __post_init__(self) -> None:
        given = [name for name in ("frames", "speed", "fps") if getattr(self, name)]
        if len(given) != 1:
            raise MaskVideoError(f"retime got {' and '.join(given) or 'nothing'}: give one of frames, speed and fps")
        if not 0 < getattr(self, given[0]) <= MOST_FRAMES:
            raise MaskVideoError(f"retime {given[0]} is {getattr(self, given[0]):g}: give a number above 0")

    def applied(self, sequence: TrackSequence) -> TrackSequence:
        if self.fps:
            return self._at_rate(sequence)
        frames = self.frames or max(1, round((sequence.count - 1) / self.speed) + 1)
        check_frames("frames after retiming", frames, most=MOST_FRAMES)
        return at_positions(sequence, spread_positions(sequence.count, frames))

    def _at_rate(self, sequence: TrackSequence) -> TrackSequence:
        if sequence.fps is None:
            raise MaskVideoError(f"retime to {self.fps:g} fps: the tracks do not say their own, give frames or speed")
        frames = max(1, round(sequence.count * self.fps / sequence.fps))
        check_frames("frames after retiming", frames, most=MOST_FRAMES)
        positions = np.minimum(np.arange(frames) * sequence.fps / self.fps, sequence.count - 1)
        return AtRate(at_positions(sequence, positions), self.fps)


@dataclass(frozen=True)
class Reverse:
    """Backwards."""

    def applied(self, sequence: TrackSequence) -> TrackSequence:
        return placed(sequence).ordered(np.arange(sequence.count)[::-1])


@dataclass(frozen=True)
class Loop:
    """The clip several times over.

    times: rounds. kind: "repeat" starts over, "back_and_forth" goes back the way it came, each frame at a turn shown
    once. blend_frames: frames from the end to the next start, interpolated, so that "repeat" does not jump; the last
    round has them too and so joins the first.
    """

    times: int = 2
    kind: str = "repeat"
    blend_frames: int = 0

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, ("repeat", "back_and_forth"))
        check_frames("times", self.times)
        check_frames("blend_frames", self.blend_frames, least=0, most=MOST_FRAMES)

    def applied(self, sequence: TrackSequence) -> TrackSequence:
        most = MOST_FRAMES // (2 * sequence.count + self.blend_frames)
        check_frames("times", self.times, most=max(most, 1))
        order = np.arange(sequence.count)
        if self.kind == "back_and_forth":
            order = np.concatenate([order, order[-2:0:-1]])
        if not self.blend_frames:
            return placed(sequence).ordered(np.tile(order, self.times))
        fractions = np.arange(1, self.blend_frames + 1) / (self.blend_frames + 1)
        first = np.concatenate([order, np.full(self.blend_frames, order[-1])])
        second = np.concatenate([order, np.full(self.blend_frames, order[0])])
        fraction = np.concatenate([np.zeros(len(order)), fractions])
        return Between(sequence, *(np.tile(values, self.times) for values in (first, second, fraction)))


@dataclass(frozen=True)
class Trim:
    """The frames from `start` to `stop`, which is left out; negative ones count from the end, None is the end."""

    start: int = 0
    stop: int | None = None

    def applied(self, sequence: TrackSequence) -> TrackSequence:
        kept = np.arange(sequence.count)[self.start : self.stop]
        if not len(kept):
            raise MaskVideoError(
                f"trim from {self.start} to {self.stop} leaves no frame of {sequence.count}: give a start from 0 to "
                f"{sequence.count - 1} and a later stop"
            )
        return placed(sequence).ordered(kept)


@dataclass(frozen=True)
class AtRate(Derived):
    """The same frames at another rate."""

    rate: float

    @property
    def fps(self) -> float:
        return self.rate


@dataclass(frozen=True)
class Between(Derived):
    """Frames between frames: on the way from `first` to `second` (frames of the base, int [T]) by `fraction` [T]."""

    first: np.ndarray
    second: np.ndarray
    fraction: np.ndarray
    shapes: dict[int, list[Shape | None]] = field(default_factory=dict, compare=False)

    @property
    def count(self) -> int:
        return len(self.fraction)

    def batch(self, frames: Sequence[int]) -> np.ndarray:
        return np.stack([self._frame(frame) for frame in frames])

    def _frame(self, frame: int) -> np.ndarray:
        first, second, fraction = int(self.first[frame]), int(self.second[frame]), float(self.fraction[frame])
        if fraction < ON_FRAME or fraction > 1 - ON_FRAME:
            return self.base.batch([second if fraction > 0.5 else first])[0]
        pairs = zip(self._shapes(first), self._shapes(second), strict=True)
        return np.stack([between(one, other, fraction, self.size) for one, other in pairs])

    def _shapes(self, frame: int) -> list[Shape | None]:
        if frame not in self.shapes:
            while len(self.shapes) >= KEPT_FRAMES:
                self.shapes.pop(next(iter(self.shapes)))
            self.shapes[frame] = [find_shape(mask) for mask in self.base.batch([frame])[0]]
        return self.shapes[frame]


def at_positions(sequence: TrackSequence, positions: np.ndarray) -> Between:
    """The sequence at any moments, counted in its frames: float [T], 0 .. count - 1."""
    first = np.minimum(np.floor(positions + ON_FRAME).astype(int), sequence.count - 1)
    second = np.minimum(first + 1, sequence.count - 1)
    return Between(sequence, first, second, np.clip(positions - first, 0, 1))


def spread_positions(count: int, frames: int) -> np.ndarray:
    """`frames` moments from frame 0 to frame count - 1, evenly: float [frames]."""
    return np.linspace(0, count - 1, frames) if frames > 1 else np.zeros(1)
