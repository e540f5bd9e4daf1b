"""Running uphill and downhill."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np

from ..core.errors import MaskVideoError
from .centres import find_centres
from .keyframes import check_choice
from .sequence import TrackSequence, chosen
from .transform import Move, MoveKey, pivots

LEAST_PATH = 0.02
"""An object that goes less than this fraction of the width has no direction to climb in."""


@dataclass(frozen=True)
class Slope:
    """Running uphill (degrees above 0) or downhill (below): the path and the objects on it are tilted together.

    They turn about their common centre in the first frame, against the direction in which they go, as on a real slope.
    towards: "left" or "right"; "auto" is told by the path. travel: a further way along the slope over the whole clip,
    as a fraction of the picture's width: a camera that follows its object keeps it in place, and without it such an
    object only tilts. objects: names, none = all.
    """

    degrees: float
    travel: float = 0.0
    towards: str = "auto"
    objects: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_choice("towards", self.towards, ("auto", "left", "right"))
        if not isfinite(self.travel):
            raise MaskVideoError(f"travel is {self.travel}: give a fraction of the width, such as 0.3")
        if not abs(self.degrees) < 90:
            raise MaskVideoError(f"slope is {self.degrees:g} degrees: give less than 90, such as 15 or -15")

    def applied(self, sequence: TrackSequence) -> TrackSequence:
        """The path is looked at once, in the first and the last frame; what follows is a turn about a fixed point."""
        which = chosen(sequence, self.objects)
        start, end = (_group_centre(sequence, frame, which) for frame in (0, sequence.count - 1))
        towards = self.towards if self.towards != "auto" else _direction(start, end, sequence.size[1])
        turn = -self.degrees if towards == "right" else self.degrees  # clockwise on the screen
        height, width = sequence.size
        way = self.travel * width * (1 if towards == "right" else -1)
        rise = way * np.tan(np.deg2rad(turn)) if abs(turn) else 0.0
        pivot = (start[0] / width, start[1] / height)
        keys = MoveKey(0.0, rotation=turn), MoveKey(1.0, way / width, rise / height, rotation=turn)
        return Move(keys if way else keys[:1], pivot, "linear", self.objects).applied(sequence)


def _group_centre(sequence: TrackSequence, frame: int, objects: tuple[int, ...]) -> np.ndarray:
    """(x, y) of the chosen objects together. Raises MaskVideoError where none is in that frame."""
    centres = find_centres(sequence.batch([frame])[:, list(objects)])
    if not centres.area.any():
        raise MaskVideoError(f"frame {frame} shows none of the objects, so their path is unknown: trim it off first")
    return pivots("group", centres, sequence.size)[0, 0]


def _direction(start: np.ndarray, end: np.ndarray, width: int) -> str:
    way = (end[0] - start[0]) / width
    if abs(way) < LEAST_PATH:
        raise MaskVideoError(
            f"the object goes {abs(way):.1%} of the width from the first frame to the last, which is no direction: set "
            "towards to left or right (and travel, to make it go)"
        )
    return "right" if way > 0 else "left"
