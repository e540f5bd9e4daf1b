"""Settings to start from, and how a form's choices become one config: a preset, TOML over it, fields over both."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from ..core.errors import MaskVideoError
from ..core.motion_module import MotionConfig
from .config import TrainConfig, parse_toml

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "quick": {},  # TrainConfig's defaults
    "paper": {  # docs/paper.toml says why
        "steps": 15000,
        "learning_rate": 3e-5,
        "warmup": 0,
        "schedule": "constant",
        "width": 512,
        "height": 320,
        "flips": False,
        "mask_drop": 0.0,
        "text_drop": 0.0,
        "gradient_checkpointing": True,
        "motion": {
            "mask_injection": "query",
            "temporal_layers": "lamp",
            "projections": "full",
            "output_biases": True,
        },
    },
    "demo model": {  # windows of 8: for the time of one step of 16, two; docs/results.md says what that is worth
        "steps": 1800,
        "learning_rate": 1.5e-3,
        "warmup": 30,
        "frames": 8,
        "timestep_sampling": "high_noise",
        "mask_weight": 0.2,
        "ema_decay": 0.98,
        "precision": "bfloat16",
    },
    "one clip": {  # one clip teaches its object and colours before its motion: fewer steps, held near the base
        "steps": 300,
        "consistency_weight": 0.5,
        "save_every": 50,
    },
}
"""Where each differs from ``TrainConfig``'s defaults. A dataset's clips keep their own size."""
MOTION_FIELDS = tuple(MotionConfig.__dataclass_fields__)


def resolve_settings(
    preset: str,
    toml: str,
    fields: Mapping[str, Any],
    dataset: Mapping[str, Any],
    motion: Mapping[str, Any] | None = None,
) -> TrainConfig:
    """The config of a run on a dataset; ``dataset`` are the values that it decides, such as ``width``.

    ``motion`` is that of the motion file from which the run goes on, in place of the preset's.

    ``toml`` holds any keys of ``TrainConfig``, ``[motion]`` those of ``MotionConfig``; ``fields`` the same by name,
    motion's among them, None where a field says nothing. A window longer than ``motion.frames`` raises that too.

    Raises ``MaskVideoError`` for an unknown preset or key, a wrong value, and where ``toml`` has another value than
    the dataset.
    """
    start = {name: value for name, value in _preset(preset).items() if name not in dataset}
    if motion is not None:
        start["motion"] = motion
    values = _merged(start, parse_toml(toml, "settings"))
    given = {name: value for name, value in fields.items() if value is not None}
    layers = {name: value for name, value in given.items() if name in MOTION_FIELDS and name != "frames"}
    values = _merged(values, {**{name: given[name] for name in given.keys() - layers.keys()}, "motion": layers})
    _check_dataset(values, dataset)
    values |= dataset
    frames = values.get("frames", TrainConfig.frames)
    if isinstance(frames, int) and frames > values["motion"].get("frames", MotionConfig.frames):
        values["motion"]["frames"] = frames
    return TrainConfig.from_dict(values)


def _preset(name: str) -> Mapping[str, Any]:
    if name not in PRESETS:
        closest = get_close_matches(name, PRESETS, n=1, cutoff=0.0)[0]
        raise MaskVideoError(f"preset {name!r} is unknown: the closest is {closest!r}, there are {', '.join(PRESETS)}")
    return PRESETS[name]


def _merged(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """``changes`` over ``values``, the table ``motion`` key by key."""
    motion = changes.get("motion", {})
    if not isinstance(motion, Mapping):
        raise MaskVideoError(f"settings: motion is {motion!r}: write its keys below a line [motion]")
    return {**values, **changes, "motion": {**values.get("motion", {}), **motion}}


def _check_dataset(values: Mapping[str, Any], dataset: Mapping[str, Any]) -> None:
    for name, value in dataset.items():
        if values.get(name, value) != value:
            raise MaskVideoError(
                f"settings: {name} is {values[name]}, the dataset's clips have {value}: take {name} out of the "
                f"settings, or set it to {values[name]} in Motion Dataset"
            )
