"""A mask trajectory: objects with shapes, each on its keyframed way through the video, and a camera over them all.

What the Mask Trajectory Editor draws and `maskvideo masks draw` reads, as one JSON text::

    {"format": "maskvideo trajectory", "version": 1,
     "objects": [
       {"name": "ball", "colour": [230, 75, 53],
        "shape": {"kind": "ellipse", "width": 0.4, "height": 0.4},
        "position": [{"time": 0, "x": 0.2, "y": 0.7, "easing": "smooth"}, {"time": 0.5, "x": 0.5, "y": 0.3},
                     {"time": 1, "x": 0.8, "y": 0.7}],
        "scale": [{"time": 0, "scale": 1, "easing": "linear"}, {"time": 1, "scale": 1.5}],
        "rotation": [{"time": 0, "rotation": 0}, {"time": 1, "rotation": 90}],
        "visible": [{"time": 0, "visible": true}, {"time": 0.9, "visible": false}],
        "start": 0, "end": 1, "locked": false}],
     "camera": [{"time": 0}, {"time": 1, "x": 0.4, "y": 0.5, "zoom": 2, "roll": 5, "easing": "smooth"}]}

Objects go from front to back. Other shapes::

    {"kind": "rectangle", "width": 0.4, "height": 0.2}
    {"kind": "polygon", "points": [[-0.1, 0.1], [0, -0.1], [0.1, 0.1]]}
    {"kind": "brush", "strokes": [{"radius": 0.05, "points": [[0, 0], [0.2, 0.1]], "erase": false}]}
    {"kind": "bitmap", "file": "maskvideo/dog.png", "width": 0.5, "height": 0.4}

Places are fractions of width and height, shapes of the shorter side around the object's origin, angles degrees
clockwise, times 0 for the first frame and 1 for the last; start and end are the first and the last moment at which the
object is there. "name", "shape" and "position" are needed, all else has the default that its class says. The schema is
web/trajectory.schema.json.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Any

from ..core.config import config_from_dict
from ..core.errors import MaskVideoError
from .tracks import Colour, check_colour, check_name, check_names, track_colour
from .trajectory_keys import (
    CameraPoint,
    PositionKey,
    RotationKey,
    ScaleKey,
    VisibleKey,
    check_key_list,
    check_range,
)
from .trajectory_shapes import SHAPE_KINDS, Shape

FORMAT, VERSION = "maskvideo trajectory", 1
MOST_CHARACTERS = 100_000
"""Of the JSON text: more than this fills a browser's storage. Bitmaps lie in files."""
MOST_OBJECTS = 200
CHANNELS: dict[str, type] = {
    "position": PositionKey,
    "scale": ScaleKey,
    "rotation": RotationKey,
    "visible": VisibleKey,
}


@dataclass(frozen=True)
class MovingObject:
    """One object. Without keyframes, scale is 1, rotation 0, and it is visible from start to end."""

    name: str
    colour: Colour
    shape: Any  # a Shape
    position: tuple[PositionKey, ...]
    scale: tuple[ScaleKey, ...] = ()
    rotation: tuple[RotationKey, ...] = ()
    visible: tuple[VisibleKey, ...] = ()
    start: float = 0.0
    end: float = 1.0
    locked: bool = False  # in the editor, against changes by accident

    def __post_init__(self) -> None:
        check_name(self.name)
        check_colour(self.name, self.colour)
        if not self.position:
            raise MaskVideoError("position has no keyframe: give 1 or more")
        for channel in CHANNELS:
            check_key_list(channel, getattr(self, channel))
        check_range("start", self.start, 0, 1)
        check_range("end", self.end, 0, 1)
        if self.end < self.start:
            raise MaskVideoError(f"end {self.end:g} comes before start {self.start:g}: give an end of {self.start:g}")


@dataclass(frozen=True)
class MaskTrajectory:
    """objects: front to back, at least one. camera: keyframes, none = it stands still."""

    objects: tuple[MovingObject, ...]
    camera: tuple[CameraPoint, ...] = ()

    def __post_init__(self) -> None:
        if not self.objects:
            raise MaskVideoError("the trajectory has no object: draw one in the editor, or list one under objects")
        if len(self.objects) > MOST_OBJECTS:
            raise MaskVideoError(f"the trajectory has {len(self.objects)} objects: give {MOST_OBJECTS} or fewer")
        check_names([one.name for one in self.objects])
        check_key_list("camera", self.camera)


def trajectory_from_json(text: str) -> MaskTrajectory:
    """The trajectory that a JSON text describes.

    Raises MaskVideoError for broken or too much JSON, a newer version, an unknown key (naming the closest), and values
    that do not work, naming the object.
    """
    if len(text) > MOST_CHARACTERS:
        raise MaskVideoError(
            f"the trajectory is {len(text)} characters of JSON: give {MOST_CHARACTERS} or fewer; simplify paths, and "
            "refer to bitmaps as files"
        )
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:  # also a number of thousands of digits
        raise MaskVideoError(f"the trajectory is not readable JSON ({error}): write it anew in the editor") from error
    return trajectory_from_values(values)


def trajectory_from_values(values: Any) -> MaskTrajectory:
    """A trajectory from plain values; raises as `trajectory_from_json`."""
    if not isinstance(values, Mapping) or values.get("format") != FORMAT:
        raise MaskVideoError(
            f'a trajectory needs "format": "{FORMAT}" and "version": {VERSION}, it has neither or other'
        )
    version = values.get("version")
    if version != VERSION or isinstance(version, bool):
        hint = "update MaskVideo" if isinstance(version, int) and version > VERSION else "write it anew in the editor"
        raise MaskVideoError(f"the trajectory is of version {version!r}, this MaskVideo reads {VERSION}: {hint}")
    known = {key: value for key, value in values.items() if key not in ("format", "version")}
    if not isinstance(known.get("objects"), list):
        raise MaskVideoError(f"objects of the trajectory are {known.get('objects')!r}: give a list")
    known["objects"] = [_object(index, one) for index, one in enumerate(known["objects"])]
    return config_from_dict(MaskTrajectory, known)


def trajectory_to_json(trajectory: MaskTrajectory) -> str:
    """The JSON text that `trajectory_from_json` reads back as an equal trajectory."""
    values = {"format": FORMAT, "version": VERSION, **asdict(trajectory)}
    for one, plain in zip(trajectory.objects, values["objects"], strict=True):
        plain["shape"] = {"kind": shape_kind(one.shape), **plain["shape"]}
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def shape_kind(shape: Shape) -> str:
    return next(kind for kind, known in SHAPE_KINDS.items() if isinstance(shape, known))


def _object(index: int, values: Any) -> MovingObject:
    if not isinstance(values, Mapping):
        raise MaskVideoError(f"object {index + 1} is {values!r}: give a name, a shape and a position")
    try:
        values = {"colour": list(track_colour(index)), **values}
        if "shape" in values:
            values["shape"] = _shape(values["shape"])
        return config_from_dict(MovingObject, values)
    except MaskVideoError as error:
        raise MaskVideoError(f"object {index + 1} ({str(values.get('name'))[:40]!r}): {error}") from error


def _shape(values: Any) -> Shape:
    if not isinstance(values, Mapping) or "kind" not in values:
        raise MaskVideoError(f'shape is {str(values)[:60]!r}: give {{"kind": "ellipse", "width": 0.4, "height": 0.4}}')
    kind = values["kind"]
    if not isinstance(kind, str) or kind not in SHAPE_KINDS:
        closest = get_close_matches(str(kind), SHAPE_KINDS, n=1, cutoff=0.0)[0]
        raise MaskVideoError(f"kind of shape is {kind!r}: the closest is {closest!r}, of {', '.join(SHAPE_KINDS)}")
    return config_from_dict(SHAPE_KINDS[kind], {key: value for key, value in values.items() if key != "kind"})
