"""What points at an object: clicks, a box, a mask, on one frame of a clip."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..core.errors import MaskVideoError
from .tracks import check_name

Point = tuple[float, float, int]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class ObjectPrompt:
    """Points at one object on one frame; several prompts of one name are one object, corrected on later frames.

    name: of the object. frame: index, 0 = first. points: (x, y, label), 0..1 from the left and from the top edge,
    label 1 = the object, 0 = not the object. box: (x0, y0, x1, y1) in the same units, or None. mask: bool [H, W], True
    = the object, fitted to the clip's size by whoever tracks, or None.
    Raises MaskVideoError for coordinates outside 0..1, a box without an inside, an empty mask, and where nothing is
    given.
    """

    name: str
    frame: int = 0
    points: tuple[Point, ...] = ()
    box: Box | None = None
    mask: np.ndarray | None = None

    def __post_init__(self) -> None:
        check_name(self.name)
        if not isinstance(self.frame, int) or self.frame < 0:
            raise MaskVideoError(f"frame of {self.name!r} is {self.frame!r}: give a whole number, 0 is the first frame")
        for point in self.points:
            _check_point(self.name, point)
        if self.box is not None:
            _check_box(self.name, self.box)
        if self.mask is not None:
            _check_mask(self.name, self.mask)
        if not self.points and self.box is None and self.mask is None:
            raise MaskVideoError(f"the prompt for {self.name!r} on frame {self.frame} is empty: give a point or a box")

    @property
    def shows_object(self) -> bool:
        """Whether it says where the object is; points with label 0 alone only say where it is not."""
        return self.box is not None or self.mask is not None or any(label for _, _, label in self.points)

    def where(self) -> str:
        """For messages: "the point (0.4, 0.5)", "the box (0.1, 0.2, 0.6, 0.9)", "the mask"."""
        shown = [f"({x:g}, {y:g})" for x, y, label in self.points if label]
        if shown:
            return f"the point{'s' if len(shown) > 1 else ''} {', '.join(shown)}"
        return "the mask" if self.box is None else f"the box ({', '.join(f'{side:g}' for side in self.box)})"


def merge_prompts(prompts: Iterable[ObjectPrompt]) -> tuple[ObjectPrompt, ...]:
    """One prompt for each object and frame, in the order of first mention: points add up, a later box or mask counts.

    So that points and boxes that come from two places (`--points` and `--box`) are one prompt.
    """
    merged: dict[tuple[str, int], ObjectPrompt] = {}
    for new in prompts:
        old = merged.get((new.name, new.frame), new)
        merged[new.name, new.frame] = ObjectPrompt(
            new.name,
            new.frame,
            new.points if old is new else old.points + new.points,
            old.box if new.box is None else new.box,
            old.mask if new.mask is None else new.mask,
        )
    return tuple(merged.values())


def by_object(prompts: Iterable[ObjectPrompt]) -> dict[str, list[ObjectPrompt]]:
    """The prompts of each object in order of frames; the objects in order of first mention."""
    objects: dict[str, list[ObjectPrompt]] = {}
    for prompt in merge_prompts(prompts):
        objects.setdefault(prompt.name, []).append(prompt)
    return {name: sorted(own, key=lambda prompt: prompt.frame) for name, own in objects.items()}


def _check_point(name: str, point: Point) -> None:
    x, y, label = point
    if label not in (0, 1):
        raise MaskVideoError(f"a point of {name!r} has label {label!r}: give 1 for the object or 0 for not the object")
    if not (0 <= x <= 1 and 0 <= y <= 1):
        raise MaskVideoError(
            f"point ({x:g}, {y:g}) of {name!r} lies outside the frame, 0 to 1 on each axis: the nearest inside is "
            f"({_inside(x):g}, {_inside(y):g})"
        )


def _check_box(name: str, box: Box) -> None:
    shown = ", ".join(f"{side:g}" for side in box)
    if not all(0 <= side <= 1 for side in box):
        nearest = [_inside(side) for side in box]
        empty = nearest[2] <= nearest[0] or nearest[3] <= nearest[1]
        cure = "give one that meets the frame" if empty else f"cut it to ({', '.join(f'{s:g}' for s in nearest)})"
        raise MaskVideoError(f"box ({shown}) of {name!r} reaches outside the frame, 0 to 1 on each axis: {cure}")
    x0, y0, x1, y1 = box
    if x1 <= x0 or y1 <= y0:
        raise MaskVideoError(
            f"box ({shown}) of {name!r} has no inside: give left, top, right, bottom with left < right, top < bottom"
        )


def _check_mask(name: str, mask: np.ndarray) -> None:
    if mask.ndim != 2 or mask.dtype != bool:
        raise MaskVideoError(f"the mask of {name!r} is {mask.dtype} {list(mask.shape)}: give bool [height, width]")
    if not mask.any():
        raise MaskVideoError(f"the mask of {name!r} is empty: give one that shows the object")


def _inside(value: float) -> float:
    return float(min(max(value, 0.0), 1.0))
