"""Mask sequences in a graph: the host's MASK for one object, the pack's TRACKS for several, and progress over them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import comfy.model_management
import comfy.utils
import folder_paths
import torch
from torch import Tensor

from ...core.errors import MaskVideoError
from ...mask_tools.tracks import Tracks
from ...mask_tools.tracks_file import write_tracks
from .layout import masks_to_core

TRACKS = "MASKVIDEO_TRACKS"
"""The type of a link that carries ``Tracks``."""


def to_tracks(sequence) -> Tracks:
    """TRACKS as they are; a MASK ``[T, H, W]`` is one object. Raises ``MaskVideoError`` for anything else."""
    if isinstance(sequence, Tracks):
        return sequence
    if not isinstance(sequence, Tensor):
        raise MaskVideoError(f"a mask sequence is {type(sequence).__name__}: give a MASK or TRACKS")
    return Tracks.from_masks(masks_to_core(sequence))


def tracks_mask(tracks: Tracks, name: str = "", visible: bool = False) -> Tensor:
    """A MASK ``[T, H, W]`` of 0 and 1: one object by its name, "" for all together.

    visible: without what other objects hide of it. Raises ``MaskVideoError`` where no object has the name.
    """
    if not name.strip():
        return torch.from_numpy(tracks.union()).float()
    masks = tracks.visible(name.strip()) if visible else tracks.track(name.strip()).masks
    return torch.from_numpy(masks).float()


def frame_progress() -> Callable[[int, int], None]:
    """``on_frame(done, total)``: moves the node's progress bar, and ends the run where the user interrupted it."""
    bars: dict[int, comfy.utils.ProgressBar] = {}

    def on_frame(done: int, total: int) -> None:
        comfy.model_management.throw_exception_if_processing_interrupted()
        if total not in bars:
            bars[total] = comfy.utils.ProgressBar(total)
        bars[total].update_absolute(done, total)

    return on_frame


def save_tracks(tracks: Tracks, prefix: str) -> str:
    """Write the tracks to a new folder ``<prefix>_00001`` below the host's output folder; its name in there.

    Raises ``MaskVideoError`` where the prefix leads out of that folder.
    """
    root = Path(folder_paths.get_output_directory()).resolve()
    wanted = root if "\0" in prefix else (root / prefix.strip()).resolve()
    if wanted == root or not wanted.is_relative_to(root):
        raise MaskVideoError(f"{prefix!r} is no place in the host's folder {root}: give a name, such as tracks/dog")
    number = 1
    while (folder := wanted.with_name(f"{wanted.name}_{number:05d}")).exists():
        number += 1
    write_tracks(folder, tracks)
    return folder.relative_to(root).as_posix()
