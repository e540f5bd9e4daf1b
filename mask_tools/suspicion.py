"""Which frames of an object are worth a look, and why.

Every rule compares a frame with its neighbours: an object may be small, fast, in pieces or leave the picture, but it
seldom becomes so from one frame to the next and back. On ground-truth masks of real clips the rules are nearly silent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .looks import Looks

NEIGHBOURS = 4
"""Frames to either side that a frame is compared with."""
AREA_RATIO = 1.6
"""Times larger or smaller than the median of the neighbours."""
JUMP = 0.08
"""Deviation of the centre's step from the usual step near it, as a fraction of the shorter side,"""
JUMP_SIDES = 0.35
"""and as a fraction of the object's own side (the root of its area): both must be passed."""
LEAST_SHAPE_IOU, SHAPE_DROP = 0.7, 0.2
"""The outline's overlap with the next, centres aligned: below the first and so far below the neighbours' median."""
MORE_PIECES = 2
SHORT_GAP = 2
"""So many empty frames are a slip of whatever made the masks; for longer the object may be hidden."""
SMALL_PX = 64
"""One cell of an SD1.x latent: what is smaller guides nothing."""
MOST_COVERED = 0.9


@dataclass(frozen=True)
class Suspicion:
    """A frame worth a look. reasons: what is odd about it, in words with figures."""

    frame: int
    reasons: list[str]


def find_suspicions(
    areas_px: Sequence[int],
    centres: Sequence[tuple[float, float] | None],
    shape_ious: Sequence[float | None],
    pieces: Sequence[int],
    at_border: Sequence[bool],
    size: tuple[int, int],
    looks: Looks | None = None,
) -> list[Suspicion]:
    """Frames in rising order. centres: fractions of width and height, None = empty. shape_ious: with the next frame.
    at_border: whether the object touches the picture's border. size: (height, width). looks: what the video shows of
    it; without, an object that is missing for some frames is suspicious however long it may have been hidden."""
    found: dict[int, list[str]] = {}
    rules = (
        _gaps(areas_px, looks),
        () if looks is None else looks.ghosts(),
        _areas(areas_px, size),
        _area_jumps(areas_px, at_border),
        _place_jumps(centres, areas_px, size),
        _outlines(shape_ious, areas_px, at_border),
        _pieces(pieces),
    )
    for rule in rules:
        for frame, reason in rule:
            found.setdefault(frame, []).append(reason)
    return [Suspicion(frame, found[frame]) for frame in sorted(found)]


def _gaps(areas: Sequence[int], looks: Looks | None) -> Iterator[tuple[int, str]]:
    shown = np.flatnonzero(areas)
    if not len(shown):
        yield 0, "empty in all frames"
        return
    missed = set() if looks is None else looks.missed()
    for before, after in pairwise([*shown, len(areas)]):
        ended = after == len(areas)
        odd = not ended and (looks is None or after - before - 1 <= SHORT_GAP)
        for frame in range(before + 1, after):
            if frame in missed:
                yield frame, "empty, yet the object still shows where it was"
            elif odd:
                yield frame, "empty between frames that show it"


def _areas(areas: Sequence[int], size: tuple[int, int]) -> Iterator[tuple[int, str]]:
    for frame, area in enumerate(areas):
        if 0 < area < SMALL_PX:
            yield frame, f"{area} pixels are too few to guide a video"
        if area > MOST_COVERED * size[0] * size[1]:
            yield frame, f"covers {area / (size[0] * size[1]):.0%} of the picture: is it inverted?"


def _area_jumps(areas: Sequence[int], at_border: Sequence[bool]) -> Iterator[tuple[int, str]]:
    """A border may cut an object down, and does so when it comes or goes."""
    values = [float(area) if area else None for area in areas]
    for frame, area, usual in _against_neighbours(values):
        ratio = area / usual
        if ratio > AREA_RATIO or (ratio < 1 / AREA_RATIO and not at_border[frame]):
            yield frame, f"area is {ratio:.2g} times that of the frames around it"


def _place_jumps(centres, areas: Sequence[int], size: tuple[int, int]) -> Iterator[tuple[int, str]]:
    """A step far from the median step of the neighbours; the way there and the way back are two."""
    places = [None if centre is None else np.array(centre) * (size[1], size[0]) / min(size) for centre in centres]
    steps = [None if a is None or b is None else b - a for a, b in pairwise(places)]
    sides = np.sqrt(np.asarray(areas, float)) / min(size)
    for frame, step in enumerate(steps, start=1):
        near = [steps[n] for n in _near(frame - 1, len(steps)) if steps[n] is not None]
        if step is None or not near:
            continue
        off = float(np.hypot(*(step - np.median(near, axis=0))))
        if off > max(JUMP, JUMP_SIDES * sides[frame]):
            yield frame, f"jumps by {off:.0%} of the shorter side against its course"


def _outlines(
    shape_ious: Sequence[float | None], areas: Sequence[int], at_border: Sequence[bool]
) -> Iterator[tuple[int, str]]:
    for frame, overlap, usual in _against_neighbours(shape_ious):
        smaller = min((frame, frame + 1), key=lambda one: areas[one])
        if overlap < LEAST_SHAPE_IOU and overlap < usual - SHAPE_DROP and not at_border[smaller]:
            yield frame + 1, f"outline overlaps the one before it by only {overlap:.2f}"


def _pieces(pieces: Sequence[int]) -> Iterator[tuple[int, str]]:
    values = [float(count) if count else None for count in pieces]
    for frame, count, usual in _against_neighbours(values):
        if count > usual + MORE_PIECES:
            yield frame, f"falls into {count:.0f} pieces, {usual:.0f} is usual around it"


def _against_neighbours(values: Sequence[float | None]) -> Iterator[tuple[int, float, float]]:
    """(frame, its value, the median of its neighbours), for frames that have both."""
    for frame, value in enumerate(values):
        near = [values[n] for n in _near(frame, len(values)) if values[n] is not None]
        if value is not None and near:
            yield frame, value, float(np.median(near))


def _near(frame: int, count: int) -> list[int]:
    return [n for n in range(max(frame - NEIGHBOURS, 0), min(frame + NEIGHBOURS + 1, count)) if n != frame]
