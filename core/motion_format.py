"""What a motion file says about itself: written beside the weights, checked before they are used.

The file is ``.safetensors``; its metadata maps ``maskvideo.<field>`` to a JSON value. This module is pure: reading and
writing the file is ``files/motion_file.py``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from .config import config_from_dict
from .errors import MaskVideoError
from .video_model import Architecture

FORMAT_VERSION = 1
PACK_VERSION = "0.2.0"
PREFIX = "maskvideo."


@dataclass(frozen=True)
class MotionMetadata:
    """How a motion was trained.

    ``resolution`` is (width, height) in pixels, ``alpha`` the share of the noise prior, ``training`` and ``motion``
    the resolved training and motion configs as plain values, ``step`` the optimiser steps done, ``dataset`` the
    fingerprint of the clips. ``start`` names the motion file that training began from, its ``file`` and ``sha256``;
    empty where it began anew, and in files from before there was a start.
    """

    architecture: Architecture
    motion_prompt: str
    frames: int
    resolution: tuple[int, int]
    noise_prior: str
    alpha: float
    training: Mapping[str, Any]
    motion: Mapping[str, Any]
    step: int
    dataset: str
    pack_version: str = PACK_VERSION
    start: Mapping[str, Any] = field(default_factory=dict)


def build_metadata(metadata: MotionMetadata) -> dict[str, str]:
    """The file's metadata: JSON strings under ``maskvideo.<field>``, and the format version."""
    values = {one.name: getattr(metadata, one.name) for one in fields(metadata)}
    values |= {"architecture": metadata.architecture.to_dict(), "format_version": FORMAT_VERSION}
    return {PREFIX + name: json.dumps(value, default=str, ensure_ascii=False) for name, value in values.items()}


def check_metadata(metadata: Mapping[str, str] | None, architecture: Architecture) -> MotionMetadata:
    """The metadata of a motion file that fits a base of this ``architecture``.

    Raises ``MaskVideoError`` for a file that is no motion file, one of a newer format, one whose metadata is damaged,
    and one trained on another base, naming the first thing that differs.
    """
    motion = parse_metadata(metadata)
    difference = motion.architecture.describe_difference(architecture)
    if difference:
        raise MaskVideoError(
            f"this motion was trained on another base model than the one loaded: {difference}. "
            "Load the base that it was trained on, or a motion of this base"
        )
    return motion


def parse_metadata(metadata: Mapping[str, str] | None) -> MotionMetadata:
    """The metadata of a motion file for whatever base; raises as ``check_metadata`` does."""
    _check_format(metadata or {})
    return _parse(metadata)


def _check_format(metadata: Mapping[str, str]) -> None:
    if PREFIX + "format_version" not in metadata:
        found = ", ".join(sorted(metadata)[:3]) or "none"
        raise MaskVideoError(
            f"no MaskVideo motion file: its metadata has no {PREFIX}format_version (keys found: {found}). "
            "Give a file that maskvideo train wrote; image LoRAs and checkpoints load elsewhere"
        )
    version = _decode(metadata, "format_version")
    if not isinstance(version, int):
        raise _damaged("format_version", f"it is {version!r}")
    if version > FORMAT_VERSION:
        raise MaskVideoError(
            f"the motion file has format {version}, this pack ({PACK_VERSION}) reads up to {FORMAT_VERSION}: "
            "update the pack, or train the motion with this version"
        )


def _parse(metadata: Mapping[str, str]) -> MotionMetadata:
    written = [one.name for one in fields(MotionMetadata) if one.name != "start" or PREFIX + "start" in metadata]
    values = {name: _decode(metadata, name) for name in written}
    try:
        return config_from_dict(MotionMetadata, values)
    except MaskVideoError as error:
        raise _damaged("description of the training", str(error)) from error


def _decode(metadata: Mapping[str, str], name: str) -> Any:
    if PREFIX + name not in metadata:
        raise _damaged(name, "the key is missing")
    try:
        return json.loads(metadata[PREFIX + name])
    except json.JSONDecodeError as error:
        raise _damaged(name, str(error)) from error


def _damaged(name: str, cause: str) -> MaskVideoError:
    return MaskVideoError(
        f"the motion file's metadata has no readable {name} ({cause}): the file was changed after training, "
        "take the original or train again"
    )
