"""What can be told about tracks without looking: place, size, speed and pieces of each object, and what looks wrong.

Figures are in units that mean the same at any size: areas are fractions of the picture, centres fractions of its width
and height, speeds fractions of its shorter side for each frame.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import cv2
import numpy as np

from ..files.atomic import atomic_path
from .centres import find_place
from .frame_source import FrameSource
from .looks import Looks
from .sequence import TrackSequence, chunks
from .suspicion import Suspicion, find_suspicions
from .tracks import Colour

SIDES = ("left", "top", "right", "bottom")
PIECE_FRACTION, LEAST_PIECE_PX = 0.01, 4
"""A piece counts from this part of the object and so many pixels on: an outline sheds single ones."""
DIGITS = 5


@dataclass(frozen=True)
class ObjectReport:
    """One object through the clip; every list has an entry for each frame.

    area: fraction of the picture. centre: [x, y], fractions of width and height. speed: way of the centre from the
    frame before, fractions of the shorter side. iou_next: overlap with the next frame's mask. shape_iou_next: the same
    with the next mask moved back onto this one, so that only a change of outline lowers it. components: pieces of at
    least 1 % of the object. border: sides of the picture that it touches. None stands where an object or its neighbour
    is missing. empty: frames without it. absent: those of them in which nothing speaks against that. suspicious: frames
    worth a look, each with the reasons.
    """

    name: str
    colour: Colour
    area: list[float]
    centre: list[list[float] | None]
    speed: list[float | None]
    iou_next: list[float | None]
    shape_iou_next: list[float | None]
    components: list[int]
    border: list[list[str]]
    empty: list[int]
    suspicious: list[Suspicion]
    absent: list[int]


@dataclass(frozen=True)
class CheckReport:
    """All objects of a clip, front to back. notes: how the masks were read, and which frames they belong to."""

    frames: int
    width: int
    height: int
    fps: float | None
    objects: list[ObjectReport]
    notes: list[str] = field(default_factory=list)

    @property
    def suspicious(self) -> dict[int, list[str]]:
        """The reasons for each frame worth a look, as "object: reason", frames rising."""
        found: dict[int, list[str]] = {}
        for one in self.objects:
            for suspicion in one.suspicious:
                found.setdefault(suspicion.frame, []).extend(f"{one.name}: {reason}" for reason in suspicion.reasons)
        return dict(sorted(found.items()))

    def to_json(self) -> str:
        """Everything as JSON text; the keys are the fields."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"


@dataclass
class _Look:
    """One object in one frame, in pixels; `window` is the part of the mask that holds it."""

    area: int
    x: float = 0.0
    y: float = 0.0
    pieces: int = 0
    sides: tuple[str, ...] = ()
    left: int = 0
    top: int = 0
    window: np.ndarray | None = None


def check_tracks(
    sequence: TrackSequence,
    on_frame: Callable[[int, int], None] | None = None,
    frames: FrameSource | None = None,
) -> CheckReport:
    """Measure every object in every frame, a few frames at a time. on_frame(done, total) may raise to stop.

    frames: of the clip, as many as the masks; with them, masks on bare background are found, and empty frames judged.
    """
    clip = None if frames is None else iter(frames)
    seen = [Looks() for _ in sequence.names]
    looks: list[list[_Look]] = [[] for _ in sequence.names]
    overlaps: list[list[tuple[float, float] | None]] = [[] for _ in sequence.names]
    for part in chunks(sequence.count):
        for masks in sequence.batch(part):
            picture = None if clip is None else next(clip)
            for index, mask in enumerate(masks):
                if picture is not None:
                    seen[index].see(picture, mask)
                look = _look(mask)
                if looks[index]:
                    overlaps[index].append(_overlaps(looks[index][-1], look))
                    looks[index][-1].window = None
                looks[index].append(look)
        if on_frame is not None:
            on_frame(part.stop, sequence.count)
    height, width = sequence.size
    shown = seen if clip is not None else [None] * len(seen)
    about = zip(sequence.names, sequence.colours, looks, overlaps, shown, strict=True)
    objects = [_report(name, colour, look, [*ious, None], sequence.size, at) for name, colour, look, ious, at in about]
    return CheckReport(sequence.count, width, height, sequence.fps, objects)


def write_check(path: str | Path, report: CheckReport) -> None:
    """The report as a JSON file; all or nothing."""
    with atomic_path(path) as temporary:
        temporary.write_text(report.to_json(), encoding="utf-8")


def mask_iou(first: np.ndarray, second: np.ndarray) -> float:
    """Region overlap of two masks, 0..1, uint8 of 0 and 1; two empty masks are equal: 1."""
    union = int(np.count_nonzero(first | second))
    return int(np.count_nonzero(first & second)) / union if union else 1.0


def _look(mask: np.ndarray) -> _Look:
    place = find_place(mask)
    if place is None:
        return _Look(area=0)
    height, width = place.window.shape
    pieces = cv2.connectedComponentsWithStats(place.window, connectivity=8)[2][1:, cv2.CC_STAT_AREA]
    counted = int(np.count_nonzero(pieces >= max(LEAST_PIECE_PX, PIECE_FRACTION * place.area)))
    right, bottom = place.left + width == mask.shape[1], place.top + height == mask.shape[0]
    touched = zip(SIDES, (place.left == 0, place.top == 0, right, bottom), strict=True)
    sides = tuple(side for side, touches in touched if touches)
    return _Look(round(place.area), place.x, place.y, max(counted, 1), sides, place.left, place.top, place.window)


def _overlaps(first: _Look, second: _Look) -> tuple[float, float] | None:
    """IoU as they lie, and with the second moved, by whole pixels, so that the centres meet."""
    if not first.area or not second.area:
        return None
    moved = second.left + round(first.x - second.x), second.top + round(first.y - second.y)
    return _iou(first, second, second.left, second.top), _iou(first, second, *moved)


def _iou(first: _Look, second: _Look, left: int, top: int) -> float:
    """With the second's window at another place. Both windows are cut to what they share."""
    x0, y0 = max(first.left, left), max(first.top, top)
    x1 = min(first.left + first.window.shape[1], left + second.window.shape[1])
    y1 = min(first.top + first.window.shape[0], top + second.window.shape[0])
    if x1 <= x0 or y1 <= y0:
        return 0.0
    here = first.window[y0 - first.top : y1 - first.top, x0 - first.left : x1 - first.left]
    there = second.window[y0 - top : y1 - top, x0 - left : x1 - left]
    shared = int(np.count_nonzero(here & there))
    return shared / (first.area + second.area - shared)


def _report(
    name: str,
    colour: Colour,
    looks: list[_Look],
    overlaps: list[tuple[float, float] | None],
    size: tuple[int, int],
    shown: Looks | None,
) -> ObjectReport:
    height, width = size
    area = [look.area / (height * width) for look in looks]
    centre = [(look.x / width, look.y / height) if look.area else None for look in looks]
    steps = zip([None, *looks], looks, strict=False)
    speed = [
        np.hypot(look.x - before.x, look.y - before.y) / min(size) if before and before.area and look.area else None
        for before, look in steps
    ]
    ious, shape_ious = ([None if pair is None else pair[which] for pair in overlaps] for which in (0, 1))
    areas_px, pieces = [look.area for look in looks], [look.pieces for look in looks]
    suspicious = find_suspicions(
        areas_px, centre, shape_ious, pieces, [bool(look.sides) for look in looks], size, shown
    )
    odd, empty = {one.frame for one in suspicious}, [frame for frame, area in enumerate(areas_px) if not area]
    return ObjectReport(
        name,
        tuple(colour),
        _rounded(area),
        [None if point is None else _rounded(point) for point in centre],
        _rounded(speed),
        _rounded(ious),
        _rounded(shape_ious),
        pieces,
        [list(look.sides) for look in looks],
        empty,
        suspicious,
        [frame for frame in empty if frame not in odd],
    )


def _rounded(values) -> list:
    return [None if value is None else round(float(value), DIGITS) for value in values]
