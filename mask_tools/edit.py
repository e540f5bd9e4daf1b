"""An edit of tracks as data: steps from first to last, the same in a JSON file, on the command line and in a node.

The JSON is a list of steps, or an object that holds it and the softness of the outlines::

    {"steps": [
       {"op": "move", "objects": ["horse", "rider"], "about": "group", "easing": "smooth",
        "keyframes": [{"time": 0}, {"time": 1, "dx": 0.2, "dy": 0, "scale": 1.5, "rotation": 20}]},
       {"op": "camera", "keyframes": [{"time": 0}, {"time": 1, "x": 0.4, "y": 0.5, "zoom": 2, "roll": 5}]},
       {"op": "slope", "degrees": 15, "towards": "auto", "travel": 0},
       {"op": "mirror", "axis": "horizontal", "about": "frame"},
       {"op": "retime", "frames": 31}, {"op": "retime", "speed": 0.5}, {"op": "retime", "fps": 8},
       {"op": "reverse"}, {"op": "trim", "start": 2, "stop": -1},
       {"op": "loop", "times": 3, "kind": "repeat", "blend_frames": 2},
       {"op": "grow", "px": 3}, {"op": "shrink", "px": 2.5},
       {"op": "fill_holes"}, {"op": "drop_specks", "smallest_px": 20},
       {"op": "smooth", "frames": 5},
       {"op": "select", "objects": ["rider", "horse"]}],
     "feather_px": 4}

Places are fractions of width and height, y down; turns are degrees, clockwise; times are 0 for the first frame and 1
for the last. Everything but "op", "keyframes", "degrees", "px" and "smallest_px" has a default, which the step's class
says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Any, Protocol

import torch
from torch import Tensor

from ..core.config import config_from_dict
from ..core.errors import MaskVideoError
from .camera import Camera
from .combine import Select
from .morphology import DropSpecks, FillHoles, Grow, Shrink, check_px, feather_masks
from .retime import Loop, Retime, Reverse, Trim
from .sequence import TrackSequence, collect
from .slope import Slope
from .smooth import Smooth
from .tracks import Tracks
from .transform import Mirror, Move, placed

STEPS: dict[str, type] = {
    "move": Move,
    "camera": Camera,
    "slope": Slope,
    "mirror": Mirror,
    "retime": Retime,
    "reverse": Reverse,
    "loop": Loop,
    "trim": Trim,
    "grow": Grow,
    "shrink": Shrink,
    "fill_holes": FillHoles,
    "drop_specks": DropSpecks,
    "smooth": Smooth,
    "select": Select,
}
"""Every step by its name in JSON."""


class Step(Protocol):
    def applied(self, sequence: TrackSequence) -> TrackSequence:
        """The edited sequence; nothing is computed until its frames are asked for."""
        ...


@dataclass(frozen=True)
class Edit:
    """steps: applied in this order. feather_px: width of the soft outline of what comes out as a mask, 0 = hard; tracks
    themselves stay hard."""

    steps: tuple[Step, ...] = ()
    feather_px: float = 0.0

    def __post_init__(self) -> None:
        check_px("feather", self.feather_px)


def edit_from_json(text: str) -> Edit:
    """The edit that a JSON text describes. Raises MaskVideoError for broken JSON, and as `edit_from_values`."""
    try:
        return edit_from_values(json.loads(text))
    except json.JSONDecodeError as error:
        raise MaskVideoError(f"the edit is not readable JSON ({error}): see the steps in the documentation") from error


def edit_from_values(values: Any) -> Edit:
    """An edit from plain values. Raises MaskVideoError for an unknown step or setting (naming the closest), a missing
    setting and a value that does not work."""
    if isinstance(values, list):
        values = {"steps": values}
    if not isinstance(values, Mapping) or not isinstance(values.get("steps"), list):
        raise MaskVideoError('an edit is a list of steps, or {"steps": [..]}: give such as [{"op": "reverse"}]')
    unknown = set(values) - {"steps", "feather_px"}
    if unknown:
        raise MaskVideoError(f"an edit has no {sorted(unknown)[0]!r}: it knows steps and feather_px")
    feather_px = values.get("feather_px", 0.0)
    if not isinstance(feather_px, int | float) or isinstance(feather_px, bool):
        raise MaskVideoError(f"feather_px is {feather_px!r}: give a number of pixels, such as 4")
    return Edit(tuple(_step(index, one) for index, one in enumerate(values["steps"])), float(feather_px))


def edit_to_json(edit: Edit) -> str:
    """The JSON text that `edit_from_json` reads back as an equal edit, every setting spelt out."""
    steps = [{"op": op_name(step), **asdict(step)} for step in edit.steps]
    return json.dumps({"steps": steps, "feather_px": edit.feather_px}, ensure_ascii=False, indent=1) + "\n"


def edit_sequence(sequence: TrackSequence, edit: Edit, device: str | torch.device = "cpu") -> TrackSequence:
    """The edited sequence, computed a few frames at a time when they are asked for.

    device: where masks are transformed; steps other than move, camera, slope and mirror compute on the CPU.
    Raises MaskVideoError where a step does not fit, naming it.
    """
    for index, step in enumerate(edit.steps):
        try:
            sequence = step.applied(placed(sequence, device))
        except MaskVideoError as error:
            raise MaskVideoError(f"step {index + 1} ({op_name(step)}): {error}") from error
    return sequence


def edit_tracks(
    tracks: TrackSequence,
    edit: Edit,
    device: str | torch.device = "cpu",
    on_frame: Callable[[int, int], None] | None = None,
) -> Tracks:
    """The edited tracks in memory. on_frame(done, total) hears of progress and may raise. Raises as `edit_sequence`."""
    return collect(edit_sequence(tracks, edit, device), on_frame)


def edit_masks(
    masks: Tensor, edit: Edit, device: str | torch.device = "cpu", on_frame: Callable[[int, int], None] | None = None
) -> Tensor:
    """An edited mask sequence: [1, 1, T, H, W], cut at 0.5, one object, -> float [1, 1, T', H, W], 0..1, feathered."""
    return feather_masks(edit_tracks(Tracks.from_masks(masks), edit, device, on_frame).union(), edit.feather_px)


def op_name(step: Step) -> str:
    return next(name for name, kind in STEPS.items() if isinstance(step, kind))


def _step(index: int, values: Any) -> Step:
    if not isinstance(values, Mapping) or "op" not in values:
        raise MaskVideoError(f'step {index + 1} is {values!r}: give {{"op": "move", ..}}')
    settings = {key: value for key, value in values.items() if key != "op"}
    op = values["op"]
    if op not in STEPS:
        closest = get_close_matches(str(op), STEPS, n=1, cutoff=0.0)[0]
        raise MaskVideoError(f"step {index + 1} has op {op!r}: the closest is {closest!r}, there is {', '.join(STEPS)}")
    if isinstance(settings.get("about"), list):
        settings["about"] = tuple(settings["about"])
    try:
        return config_from_dict(STEPS[op], settings)
    except MaskVideoError as error:
        raise MaskVideoError(f"step {index + 1} ({op}): {error}") from error
