"""Points and boxes as JSON, ours and other packs', to prompts.

Ours counts in fractions of the frame, 0..1 from the left and from the top, so that it fits a clip of any size. Objects
by name; "frame" is 0 and "label" 1 (the object; 0 = not the object) where they are left out::

    {"rider": [{"x": 0.41, "y": 0.35}, {"frame": 12, "x": 0.52, "y": 0.8, "label": 0}], "horse": [{"x": 0.4, "y": 0.7}]}
    {"rider": [{"frame": 0, "box": [0.3, 0.1, 0.5, 0.6]}]}

A name whose list is empty keeps that object's place in the order before it has prompts.

A list instead of names is one object's points, `[{"x": 0.41, "y": 0.35}]`, or a box for each object,
`[[0.3, 0.1, 0.5, 0.6]]`; the first is called "object 1".

Read as they are, in pixels: points `[{"x": 210, "y": 100}]` as the host's SAM nodes and KJNodes' Points Editor give
them, with the points that are not the object in a second list; the editor's own `{"positive": .., "negative": ..}`; the
host's boxes `{"x": .., "y": .., "width": .., "height": ..}`, and the editor's `[[x0, y0, x1, y1]]`. Such a list counts
in pixels where a value is above 2, or above 1 and all are whole numbers; 1.2 is a fraction that left the frame.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..core.errors import MaskVideoError
from .prompts import Box, ObjectPrompt, Point, merge_prompts
from .tracks import ONE_OBJECT

Size = tuple[int, int]
Json = str | list | tuple | dict
EDITOR_KEYS = {"positive", "negative"}
POINT_KEYS = {"frame", "x", "y", "label"}
BOX_KEYS = {"frame", "box"}
HOST_BOX = ("x", "y", "width", "height")
EXAMPLE_POINTS = '[{"x": 0.4, "y": 0.5}]'
EXAMPLE_BOXES = "[[0.2, 0.1, 0.6, 0.9]]"


def parse_points(points: Json, size: Size, negative: Json = "") -> tuple[ObjectPrompt, ...]:
    """The prompts of points in any of the forms above.

    points, negative: JSON text, or what it stands for; negative are points that are not the object, for formats that
    keep them apart; it belongs to the one object of a list. size: (height, width) of the clip, which pixels need.
    Raises MaskVideoError for text that is no JSON or no points, and for points outside the frame.
    """
    given, against = _load(points, "points", EXAMPLE_POINTS), _load(negative, "negative points", EXAMPLE_POINTS)
    if isinstance(given, Mapping) and given.keys() and given.keys() <= EDITOR_KEYS:
        negative = _sequence(given.get("negative", []), "negative")
        given, against = _sequence(given.get("positive", []), "positive"), [*negative, *against]
    if isinstance(given, Mapping):
        if against:
            raise MaskVideoError('points by name hold their own negative ones: write them with "label": 0 there')
        named = [_read_point(name, entry) for name, entries in given.items() for entry in _listed(name, entries)]
        return merge_prompts(named)
    entries = [*given, *({"label": 0} | _mapping(entry) for entry in against)]
    if _in_pixels(entries):
        entries = [_to_fractions(entry, size) for entry in entries]
    return merge_prompts(_read_point(ONE_OBJECT, entry) for entry in entries)


def parse_boxes(boxes: Json, size: Size) -> tuple[ObjectPrompt, ...]:
    """The prompts of boxes in any of the forms above; arguments and errors as for `parse_points`."""
    given = _load(boxes, "boxes", EXAMPLE_BOXES)
    if isinstance(given, Mapping) and not given.keys() & {*HOST_BOX, *BOX_KEYS}:
        return merge_prompts(
            _read_box(name, entry, size) for name, entries in given.items() for entry in _listed(name, entries)
        )
    entries = given if isinstance(given, Sequence) else [given]
    if len(entries) == 4 and all(_is_number(value) for value in entries):
        entries = [entries]
    return tuple(_read_box(f"object {place}", entry, size, named=False) for place, entry in enumerate(entries, start=1))


def parse_prompts(points: Json, boxes: Json, size: Size, negative: Json = "") -> tuple[ObjectPrompt, ...]:
    """The prompts of points and boxes together, objects in the order of the points' names, then of the boxes'.

    Names come first even where an object's own points are none yet, so that its place and its colour stay.
    Arguments and errors as for `parse_points`.
    """
    prompts = [*parse_points(points, size, negative), *parse_boxes(boxes, size)]
    named = _load(points, "points", EXAMPLE_POINTS)
    order = {name: place for place, name in enumerate(named if isinstance(named, Mapping) else ())}
    return tuple(sorted(merge_prompts(prompts), key=lambda prompt: order.get(prompt.name, len(order))))


def _load(given: Json, what: str, example: str) -> Any:
    """The lists and dicts that the text stands for; none for none."""
    try:
        loaded = json.loads(given.strip() or "[]") if isinstance(given, str) else given
    except json.JSONDecodeError as error:
        raise MaskVideoError(f"{what} are no JSON ({error}): write them as {example}") from error
    loaded = loaded or []
    if not isinstance(loaded, list | tuple | dict):
        raise MaskVideoError(f"{what} are {loaded!r}: write them as {example}")
    return loaded


def _listed(name: str, entries: Any) -> list:
    return [entries] if isinstance(entries, Mapping) else _sequence(entries, f"what stands for {name!r}")


def _sequence(value: Any, what: str) -> list:
    if not isinstance(value, list | tuple):
        raise MaskVideoError(f"{what} is {value!r}: give a list, such as {EXAMPLE_POINTS}")
    return list(value)


def _mapping(entry: Any) -> Mapping:
    if not isinstance(entry, Mapping):
        raise MaskVideoError(f'a point is {entry!r}: write it as {{"x": 0.4, "y": 0.5}}')
    return entry


def _in_pixels(entries: Sequence) -> bool:
    """Whether a list of bare points counts in pixels, as other packs do: it names no frame."""
    bare = all("frame" not in _mapping(entry) for entry in entries)
    values = [entry.get(axis) for entry in entries for axis in ("x", "y")]
    return bare and _pixels([value for value in values if _is_number(value)])


def _pixels(values: Sequence[float]) -> bool:
    largest = max(values, default=0)
    return largest > 2 or (largest > 1 and all(float(value).is_integer() for value in values))


def _to_fractions(entry: Mapping, size: Size) -> dict:
    x, y = _numbers(entry, ("x", "y"), "point")
    height, width = size
    if not (0 <= x <= width and 0 <= y <= height):
        nearest = f"({min(max(x, 0), width):g}, {min(max(y, 0), height):g})"
        raise MaskVideoError(f"point ({x:g}, {y:g}) lies outside the {width}x{height} clip: the nearest is {nearest}")
    return {**entry, "x": x / width, "y": y / height}


def _read_point(name: str, entry: Any) -> ObjectPrompt:
    entry = _mapping(entry)
    _check_keys(entry, POINT_KEYS, "point")
    x, y = _numbers(entry, ("x", "y"), "point")
    if _pixels((x, y)):
        raise MaskVideoError(
            f"point ({x:g}, {y:g}) of {name!r} is in pixels: named points are fractions of the frame, so divide x by "
            "the clip's width and y by its height"
        )
    point: Point = (x, y, entry.get("label", 1))
    return ObjectPrompt(name, entry.get("frame", 0), points=(point,))


def _read_box(name: str, entry: Any, size: Size, named: bool = True) -> ObjectPrompt:
    frame = 0
    if isinstance(entry, Mapping) and "box" in entry:
        _check_keys(entry, BOX_KEYS, "box")
        entry, frame, named = entry["box"], entry.get("frame", 0), True
    if isinstance(entry, Mapping):
        x, y, width, height = _numbers(entry, HOST_BOX, "box")
        box = (x, y, x + width, y + height)
    else:
        box = tuple(_sequence(entry, f"the box of {name!r}"))
        if len(box) != 4 or not all(_is_number(side) for side in box):
            raise MaskVideoError(f"a box of {name!r} is {entry!r}: give [left, top, right, bottom], 0 to 1")
    return ObjectPrompt(name, frame, box=_box_fractions(name, box, size, named))


def _box_fractions(name: str, box: Sequence[float], size: Size, named: bool) -> Box:
    if not _pixels(box):
        return tuple(float(side) for side in box)
    if named:
        raise MaskVideoError(
            f"box {list(box)} of {name!r} is in pixels: named boxes are fractions of the frame, so divide x by the "
            "clip's width and y by its height"
        )
    height, width = size
    if box[0] < 0 or box[1] < 0 or box[2] > width or box[3] > height:
        nearest = [min(max(side, 0), limit) for side, limit in zip(box, (width, height) * 2, strict=True)]
        raise MaskVideoError(f"box {list(box)} reaches outside the {width}x{height} clip: cut it to {nearest}")
    return (box[0] / width, box[1] / height, box[2] / width, box[3] / height)


def _numbers(entry: Mapping, names: Sequence[str], what: str) -> list[float]:
    values = [entry.get(name) for name in names]
    if not all(_is_number(value) for value in values):
        raise MaskVideoError(f"a {what} is {dict(entry)!r}: it needs the numbers {', '.join(names)}")
    return [float(value) for value in values]


def _check_keys(entry: Mapping, known: set[str], what: str) -> None:
    unknown = sorted(set(entry) - known)
    if unknown:
        raise MaskVideoError(f"a {what} has {unknown[0]!r}: it takes {', '.join(sorted(known))}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value
