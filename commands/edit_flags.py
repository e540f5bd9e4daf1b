"""The flags that make an edit: each adds a step, and the steps are applied in the order of the flags."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import MaskVideoError

if TYPE_CHECKING:
    from ..mask_tools.edit import Edit

KEY_NAMES = {"dx": "dx", "dy": "dy", "scale": "scale", "rotate": "rotation"}
CAMERA_NAMES = {"x": "x", "y": "y", "zoom": "zoom", "roll": "roll"}
SCOPED = ("move", "slope", "mirror", "grow", "shrink", "fill_holes", "drop_specks", "smooth")
"""Steps that --objects applies to."""


class AddStep(argparse.Action):
    """Remembers a flag and its value in the order of the command line."""

    def __call__(self, parser, namespace, values, option_string=None):
        flag = self.option_strings[0].removeprefix("--").replace("-", "_")
        given = [*(getattr(namespace, "edit_flags", None) or []), (flag, values)]
        namespace.edit_flags = given


def add_edit_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags; ``read_edit`` makes an edit of what was given."""
    steps = parser.add_argument_group("steps, applied in the order given")
    parser._negative_number_matcher = re.compile(r"^-\.?\d")  # "-0.1,0" and "-8:" are values too, not flags

    def step(flag: str, help: str, metavar: str | None = None, **settings: Any) -> None:
        settings = {"action": AddStep, "metavar": metavar, "dest": "edit_flags", "help": help} | settings
        steps.add_argument(flag, **(settings if metavar else settings | {"nargs": 0}))

    step("--edit", 'steps from a JSON file: a list, or {"steps": [..], "feather_px": 4}', "FILE.json")
    step("--objects", "the steps after this act on these objects only (all)", "A,B")
    step("--about", "what the moves after this leave in place: object, group, frame, or a point X,Y (object)", "WHAT")
    step("--easing", "between the keyframes after this: smooth or linear (smooth)", "KIND")
    step("--translate", "shift by fractions of width and height, right and down", "DX,DY")
    step("--scale", "factor of size", "FACTOR")
    step("--rotate", "degrees, clockwise", "DEGREES")
    step(
        "--key",
        "a keyframe: time 0 to 1, and any of dx, dy, scale, rotate, such as 1:dx=0.2,scale=1.5; keyframes that follow "
        "one another are one move",
        "TIME:NAME=VALUE,..",
    )
    step(
        "--camera",
        "a keyframe of the camera over all objects: time, and any of x, y (what it looks at), zoom, roll, such as "
        "1:zoom=2,roll=10",
        "TIME:NAME=VALUE,..",
    )
    step(
        "--slope",
        "run uphill by so many degrees, downhill by negative ones; after a colon, more",
        "DEG[:towards=right,travel=0.3]",
    )
    step("--mirror", "horizontal or vertical, about the frame; after a colon, about the object", "AXIS[:object]")
    step("--frames", "as many frames, new shapes in between", "N")
    step("--speed", "times as fast: 2 gives half as many frames", "FACTOR")
    step("--to-fps", "frames per second, as many frames as the same time takes", "N")
    step("--trim", "frames from START up to STOP, which is left out; negative ones count from the end", "START:STOP")
    step("--reverse", "backwards")
    step("--loop", "rounds; after a colon, frames blended from the end to the start", "N[:BLEND]")
    step("--back-and-forth", "rounds there and back", "N")
    step("--grow", "pixels outwards", "PX")
    step("--shrink", "pixels inwards", "PX")
    step("--fill-holes", "fill what an object encloses")
    step("--drop-specks", "drop pieces of fewer pixels", "PX")
    step("--smooth", "mean shape over so many frames, odd", "FRAMES")
    step("--select", "keep these objects, front to back in this order", "A,B")
    step("--feather", "width of the soft outline; the output is then grey masks, all objects in one", "PX")


def read_edit(args: argparse.Namespace) -> Edit:
    """The edit that the flags describe. Raises ``MaskVideoError`` for a value that does not work."""
    from ..mask_tools.edit import edit_from_values

    values = _Steps()
    for flag, value in getattr(args, "edit_flags", None) or []:
        try:
            values.add(flag, value)
        except MaskVideoError as error:
            raise MaskVideoError(f"--{flag.replace('_', '-')}: {error}") from error
    return edit_from_values({"steps": values.steps, "feather_px": values.feather_px})


class _Steps:
    """Flags to plain values, as they stand in a JSON file."""

    def __init__(self) -> None:
        self.steps: list[dict[str, Any]] = []
        self.feather_px = 0.0
        self.scope: dict[str, Any] = {}
        self.last = ""

    def add(self, flag: str, value: Any) -> None:
        joins = flag == self.last and flag in ("key", "camera")
        self.last = flag
        if flag in ("objects", "about", "easing"):
            self.scope[flag] = {"objects": _names, "about": _pivot, "easing": str}[flag](value)
        elif flag == "edit":
            self._add_file(Path(value))
        elif flag == "feather":
            self.feather_px = _number(value)
        elif joins:
            self.steps[-1]["keyframes"].append(_key(value, KEY_NAMES if flag == "key" else CAMERA_NAMES))
        else:
            self._add_step(self._step(flag, value))

    def _add_step(self, step: dict[str, Any]) -> None:
        if "objects" in self.scope and step["op"] in SCOPED:
            step.setdefault("objects", self.scope["objects"])
        if step["op"] == "move" and "about" in self.scope:
            step["about"] = self.scope["about"]
        if step["op"] in ("move", "camera") and "easing" in self.scope:
            step["easing"] = self.scope["easing"]
        self.steps.append(step)

    def _add_file(self, path: Path) -> None:
        import json

        from ..mask_tools.edit import edit_from_json

        try:
            text = path.read_text(encoding="utf-8")
        except (FileNotFoundError, IsADirectoryError, UnicodeDecodeError) as error:
            raise MaskVideoError(f"there is no edit at {path}: give a JSON file with steps") from error
        edit_from_json(text)
        values = json.loads(text)
        values = values if isinstance(values, dict) else {"steps": values}
        self.steps += values["steps"]
        self.feather_px = values.get("feather_px", self.feather_px)

    def _step(self, flag: str, value: Any) -> dict[str, Any]:
        if flag in ("translate", "scale", "rotate"):
            return {"op": "move", "keyframes": [_constant(flag, value)]}
        if flag == "key":
            return {"op": "move", "keyframes": [_key(value, KEY_NAMES)]}
        if flag == "camera":
            return {"op": "camera", "keyframes": [_key(value, CAMERA_NAMES)]}
        if flag == "slope":
            degrees, _, rest = value.partition(":")
            return {"op": "slope", "degrees": _number(degrees), **_pairs(rest, {"towards": str, "travel": _number})}
        if flag == "mirror":
            axis, _, about = value.partition(":")
            return {"op": "mirror", "axis": axis} | ({"about": _pivot(about)} if about else {})
        if flag == "loop":
            times, _, blend = value.partition(":")
            return {"op": "loop", "times": _whole(times), "blend_frames": _whole(blend or "0")}
        if flag == "trim":
            start, _, stop = value.partition(":")
            return {"op": "trim", "start": _whole(start or "0"), "stop": _whole(stop) if stop else None}
        return _plain_step(flag, value)


def _plain_step(flag: str, value: Any) -> dict[str, Any]:
    if flag == "back_and_forth":
        return {"op": "loop", "times": _whole(value), "kind": "back_and_forth"}
    if flag == "select":
        return {"op": "select", "objects": _names(value)}
    op, setting, kind = SETTINGS.get(flag, (flag, "", None))
    return {"op": op, setting: kind(value)} if setting else {"op": op}


def _constant(flag: str, text: str) -> dict[str, float]:
    if flag != "translate":
        return {"time": 0, KEY_NAMES[flag]: _number(text)}
    dx, dy = _point(text)
    return {"time": 0, "dx": dx, "dy": dy}


def _key(text: str, names: dict[str, str]) -> dict[str, float]:
    time, _, rest = text.partition(":")
    pairs = _pairs(rest, dict.fromkeys(names, _number))
    return {"time": _number(time), **{names[name]: value for name, value in pairs.items()}}


def _pairs(text: str, kinds: dict[str, Any]) -> dict[str, Any]:
    """ "a=1,b=2" by the kinds of its names."""
    found = {}
    for pair in filter(None, text.split(",")):
        name, _, value = pair.partition("=")
        if name.strip() not in kinds or not value:
            raise MaskVideoError(f"{pair!r} is not understood: give NAME=VALUE with one of {', '.join(kinds)}")
        found[name.strip()] = kinds[name.strip()](value.strip())
    return found


def _pivot(text: str) -> Any:
    return list(_point(text)) if "," in text else text


def _point(text: str) -> tuple[float, float]:
    parts = text.split(",")
    if len(parts) != 2:
        raise MaskVideoError(f"{text!r} is not two numbers: give X,Y, such as 0.1,0")
    return _number(parts[0]), _number(parts[1])


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise MaskVideoError(f"{text!r} is no number: give such as 0.5") from None
    if value != value or abs(value) == float("inf"):
        raise MaskVideoError(f"{text!r} is no finite number: give such as 0.5")
    return value


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise MaskVideoError(f"{text!r} is no whole number: give such as 16") from None


SETTINGS = {
    "frames": ("retime", "frames", _whole),
    "speed": ("retime", "speed", _number),
    "to_fps": ("retime", "fps", _number),
    "grow": ("grow", "px", _number),
    "shrink": ("shrink", "px", _number),
    "drop_specks": ("drop_specks", "smallest_px", _whole),
    "smooth": ("smooth", "frames", _whole),
}
"""Flags with one value: the step, the name of its setting and what the value is."""
