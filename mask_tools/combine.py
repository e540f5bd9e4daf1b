"""Several tracks into one: union, intersection, difference, or all objects together in order of depth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core.errors import MaskVideoError
from .fit import fit_sequence
from .keyframes import check_choice
from .sequence import Derived, TrackSequence, chosen
from .tracks import Colour, check_name, check_names, free_name, track_colour

OPERATIONS = ("layers", "union", "intersection", "difference", "exclusive")
ASPECT_TOLERANCE = 0.01


def combine_sequences(
    sequences: Sequence[TrackSequence], operation: str = "layers", length: str = "error", name: str = ""
) -> TrackSequence:
    """Several tracks as one, computed when frames are asked for.

    operation: "layers" keeps every object, those of the first sequence in front; a name or a colour that is taken gets
    the next free one. The others make one object of what each sequence shows as a whole: "union" (in any),
    "intersection" (in all), "difference" (in the first and in no other), "exclusive" (in exactly one). length: for a
    sequence of another length than the first, see `fit_sequence`; a single frame is held. name: of the one object.
    Sizes follow the first. Raises MaskVideoError where lengths or shapes of pictures do not fit.
    """
    check_choice("operation", operation, OPERATIONS)
    if not sequences:
        raise MaskVideoError("nothing to combine came: give one sequence or more")
    first = sequences[0]
    count = first.count if first.count > 1 else max(one.count for one in sequences)
    for one in sequences:
        check_same_picture(first.size, one.size)
    fitted = tuple(fit_sequence(one, count, first.size, length) for one in sequences)
    return (
        Layers(fitted[0], fitted) if operation == "layers" else Merged(fitted[0], fitted, operation, name or operation)
    )


@dataclass(frozen=True)
class Select:
    """The named objects alone, front to back in the order named: leaves objects out, changes the order of depth."""

    objects: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.objects:
            raise MaskVideoError("select names no object: name those to keep, front to back")
        check_names(self.objects)

    def applied(self, sequence: TrackSequence) -> TrackSequence:
        return Selected(sequence, chosen(sequence, self.objects))


@dataclass(frozen=True)
class Selected(Derived):
    """Some objects of the base, in this order."""

    objects: tuple[int, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.base.names[index] for index in self.objects)

    @property
    def colours(self) -> tuple[Colour, ...]:
        return tuple(self.base.colours[index] for index in self.objects)

    def batch(self, frames: Sequence[int]) -> np.ndarray:
        return self.base.batch(frames)[:, list(self.objects)]


@dataclass(frozen=True)
class Layers(Derived):
    """All objects of several sequences of one length and size, the first in front."""

    parts: tuple[TrackSequence, ...]

    @property
    def names(self) -> tuple[str, ...]:
        names: list[str] = []
        for part in self.parts:
            for name in part.names:
                names.append(free_name(name, names))
        return tuple(names)

    @property
    def colours(self) -> tuple[Colour, ...]:
        colours: list[Colour] = []
        for part in self.parts:
            for colour in part.colours:
                colours.append(free_colour(colour, colours))
        return tuple(colours)

    def batch(self, frames: Sequence[int]) -> np.ndarray:
        return np.concatenate([part.batch(frames) for part in self.parts], axis=1)


@dataclass(frozen=True)
class Merged(Derived):
    """One object made of what several sequences of one length and size show."""

    parts: tuple[TrackSequence, ...]
    operation: str
    name: str

    def __post_init__(self) -> None:
        check_name(self.name)

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name,)

    @property
    def colours(self) -> tuple[Colour, ...]:
        return (self.base.colours[0],)

    def batch(self, frames: Sequence[int]) -> np.ndarray:
        return merged_masks([part.batch(frames).max(axis=1) for part in self.parts], self.operation)[:, None]


def merged_masks(masks: Sequence[np.ndarray], operation: str) -> np.ndarray:
    """uint8 [.., H, W] of 0 and 1, equal shapes -> one of that shape; operations as for `combine_sequences`."""
    covered = np.sum(masks, axis=0, dtype=np.int32)
    if operation == "union":
        merged = covered > 0
    elif operation == "intersection":
        merged = covered == len(masks)
    elif operation == "difference":
        merged = (covered == 1) & (masks[0] > 0)
    else:
        merged = covered == 1
    return merged.astype(np.uint8)


def free_colour(colour: Colour, taken: Sequence[Colour]) -> Colour:
    """`colour`, or where it is taken the first of `track_colour` that is not."""
    index = 0
    while colour in taken:
        colour, index = track_colour(index), index + 1
    return colour


def check_same_picture(first: tuple[int, int], other: tuple[int, int]) -> None:
    """Raises MaskVideoError where one size (H, W) cannot become the other without a stretch."""
    ratio = (first[1] / first[0]) / (other[1] / other[0])
    rounding = 1 / min(*first, *other)
    if abs(ratio - 1) > ASPECT_TOLERANCE + rounding:
        nearest = f"{round(other[0] * first[1] / first[0])}x{other[0]}"
        raise MaskVideoError(
            f"masks of {first[1]}x{first[0]} and {other[1]}x{other[0]} have pictures of different shapes: crop the "
            f"second to {nearest} first"
        )
