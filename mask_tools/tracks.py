"""Tracks: the objects of a clip, each with a name, a constant colour and its own mask sequence, in order of depth."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import torch
from torch import Tensor

from ..core.errors import MaskVideoError

Colour = tuple[int, int, int]

PALETTE: tuple[Colour, ...] = (
    (230, 75, 53),
    (77, 187, 213),
    (0, 160, 135),
    (243, 180, 52),
    (132, 91, 180),
    (145, 209, 90),
    (240, 110, 170),
    (60, 84, 200),
)
"""Far from one another and from black, on dark and on bright frames."""
GOLDEN_TURN = 0.618034
ONE_OBJECT = "object 1"


@dataclass(frozen=True, eq=False)
class Track:
    """One object through the whole clip, also where another hides it.

    name: what prompts and edits call it. colour: RGB, 0..255, not black, since black is the background wherever masks
    are shown or stored. masks: uint8 [T, H, W], 1 = object, 0 = the rest. Raises MaskVideoError for anything else.
    """

    name: str
    colour: Colour
    masks: np.ndarray

    def __post_init__(self) -> None:
        check_name(self.name)
        check_colour(self.name, self.colour)
        _check_masks(self.name, self.masks)


@dataclass(frozen=True, eq=False)
class Tracks:
    """The objects of a clip, front to back: the first hides those after it.

    objects: at least one; equal frames and sizes, unique names. fps: frames per second, None where nobody said.
    Raises MaskVideoError for anything else.
    """

    objects: tuple[Track, ...]
    fps: float | None = None

    def __post_init__(self) -> None:
        if not self.objects:
            raise MaskVideoError("tracks without an object came: give at least one, its masks may be empty")
        check_names([track.name for track in self.objects])
        check_fps(self.fps)
        first = self.objects[0]
        for track in self.objects:
            if track.masks.shape != first.masks.shape:
                raise MaskVideoError(
                    f"tracks differ in shape: {first.name!r} is {shape_text(first.masks.shape)}, {track.name!r} is "
                    f"{shape_text(track.masks.shape)}: bring them to one with fit_sequence"
                )

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(track.name for track in self.objects)

    @property
    def colours(self) -> tuple[Colour, ...]:
        return tuple(track.colour for track in self.objects)

    @property
    def count(self) -> int:
        """T, the number of frames."""
        return self.objects[0].masks.shape[0]

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.objects[0].masks.shape[1:]

    def track(self, name: str) -> Track:
        """The object of that name; MaskVideoError names the closest where there is none."""
        return self.objects[find_name(name, self.names)]

    def union(self) -> np.ndarray:
        """Where any object is: uint8 [T, H, W] of 0 and 1."""
        masks = self.objects[0].masks.copy()
        for track in self.objects[1:]:
            np.maximum(masks, track.masks, out=masks)
        return masks

    def visible(self, name: str) -> np.ndarray:
        """The object without what is in front of it: uint8 [T, H, W] of 0 and 1."""
        index = find_name(name, self.names)
        masks = self.objects[index].masks.copy()
        for track in self.objects[:index]:
            masks[track.masks > 0] = 0
        return masks

    def batch(self, frames: Sequence[int]) -> np.ndarray:
        """The masks of those frames, all objects front to back: uint8 [K, N, H, W]."""
        return np.stack([track.masks[list(frames)] for track in self.objects], axis=1)

    def tensor(self) -> Tensor:
        """The union as a mask sequence of the core: float [1, 1, T, H, W] of 0 and 1."""
        return torch.from_numpy(self.union()).float()[None, None]

    @classmethod
    def from_masks(cls, masks: Tensor | np.ndarray, name: str = ONE_OBJECT, fps: float | None = None) -> Tracks:
        """One object from a mask sequence.

        masks: [1, 1, T, H, W] or [T, H, W], a tensor or an array: bools, bytes (0 and 1, or up to 255), or floats
        0..1. Cut at half. Raises MaskVideoError for another shape.
        """
        return cls((Track(name, track_colour(0), binary_masks(masks)),), fps)


def track_colour(index: int) -> Colour:
    """The constant colour of object `index` (from 0), the same in every file, overlay and plot.

    A fixed palette, and after it hues a golden angle apart, so that no count runs out.
    """
    if index < len(PALETTE):
        return PALETTE[index]
    extra = index - len(PALETTE)
    value, saturation = 0.95 - 0.25 * (extra % 2), 0.85 - 0.3 * (extra // 2 % 2)
    red, green, blue = colorsys.hsv_to_rgb((extra * GOLDEN_TURN) % 1, saturation, value)
    return round(255 * red), round(255 * green), round(255 * blue)


def binary_masks(masks: Tensor | np.ndarray) -> np.ndarray:
    """A mask sequence as uint8 [T, H, W] of 0 and 1; what counts as one is said at `Tracks.from_masks`."""
    array = masks.detach().cpu().numpy() if isinstance(masks, Tensor) else np.asarray(masks)
    if array.ndim == 5 and array.shape[:2] == (1, 1):
        array = array[0, 0]
    if array.ndim != 3 or not array.size:
        raise MaskVideoError(
            f"masks of shape {list(array.shape)} came: give [frames, height, width] or [1, 1, frames, height, width]"
        )
    if array.dtype == np.uint8:
        return (array > (127 if array.max() > 1 else 0)).astype(np.uint8)
    return (array > 0.5).astype(np.uint8)


def find_name(name: str, names: Sequence[str]) -> int:
    """The index of `name`. Raises MaskVideoError that names the closest one there is."""
    if name in names:
        return list(names).index(name)
    closest = get_close_matches(name, names, n=1, cutoff=0.0)
    hint = f"did you mean {closest[0]!r}? " if closest else ""
    raise MaskVideoError(f"no object is called {name!r}: {hint}there is {', '.join(repr(one) for one in names)}")


def free_name(name: str, taken: Iterable[str]) -> str:
    """`name`, or with the next number that makes it unique: "horse 2" for "horse", "object 3" for "object 2"."""
    taken, free = set(taken), name
    stem, number = re.fullmatch(r"(.*?)(?: (\d{1,9}))?", name).groups()
    counter = int(number or 1)
    while free in taken:
        counter += 1
        free = f"{stem} {counter}"
    return free


def check_name(name: str) -> None:
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise MaskVideoError(f"an object's name is {name!r}: give printable text, such as {ONE_OBJECT!r}")


def check_names(names: Sequence[str]) -> None:
    repeated = [name for index, name in enumerate(names) if name in names[:index]]
    if repeated:
        raise MaskVideoError(
            f"two objects are called {repeated[0]!r}: rename one, such as {free_name(repeated[0], names)!r}"
        )


def check_colour(name: str, colour: Colour) -> None:
    values = colour if isinstance(colour, tuple | list) else ()
    if len(values) != 3 or not all(isinstance(value, int) and 0 <= value <= 255 for value in values) or not any(values):
        raise MaskVideoError(f"colour of {name!r} is {colour!r}: give three whole numbers 0 to 255, not all 0")


def check_fps(fps: float | None) -> None:
    if fps is not None and not 0 < fps < float("inf"):
        raise MaskVideoError(f"tracks have {fps} frames per second: give a number above 0, or none")


def shape_text(shape: Sequence[int]) -> str:
    """[16, 320, 512] as "16 frames of 512x320"."""
    return f"{shape[0]} frame{'s' if shape[0] != 1 else ''} of {shape[2]}x{shape[1]}"


def _check_masks(name: str, masks: np.ndarray) -> None:
    if not isinstance(masks, np.ndarray) or masks.dtype != np.uint8 or masks.ndim != 3 or not masks.size:
        came = f"{masks.dtype} {list(masks.shape)}" if isinstance(masks, np.ndarray) else type(masks).__name__
        raise MaskVideoError(f"masks of {name!r} are {came}: give uint8 [frames, height, width], at least one frame")
    if masks.max() > 1:
        raise MaskVideoError(
            f"masks of {name!r} hold values up to {masks.max()}: give 1 for the object, 0 for the rest"
        )
