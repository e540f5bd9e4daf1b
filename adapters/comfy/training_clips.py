"""Training clips in a graph: from a folder in the host's input folder, or from an IMAGE and its MASK."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import folder_paths
from torch import Tensor

from ...core.errors import MaskVideoError
from ...files.fingerprint import fingerprint
from ...mask_tools.backends import BACKENDS
from ...training.clip_folder import POINTER_FILES
from ...training.clips import Clip, checked_clip, make_clip, read_clips
from ...training.followed_masks import Follower
from .extraction import device_with_room
from .input_paths import host_path, refusal
from .layout import image_to_uint8, masks_to_core
from .model_folders import NO_MODEL, segmenter_path
from .tracks import frame_progress

DATASET = "MASKVIDEO_DATASET"
"""The type of a link that carries a ``ClipSet``."""
NO_FOLDER = "none"
POINTERS = frozenset(POINTER_FILES)
CACHE = "maskvideo_followed_masks"
DEPTH = 3
"""Folders this far below the input folder are offered."""


@dataclass(frozen=True)
class ClipShape:
    """What a dataset decides about a run, by the names of ``TrainConfig``.

    ``width`` and ``height`` in pixels; with ``aspect_buckets`` they are the area. ``frame_step`` apart are the frames
    of a window.
    """

    width: int
    height: int
    aspect_buckets: bool = False
    frame_step: int = 1


@dataclass(frozen=True)
class ClipSet:
    """What a motion trains on. ``motion_prompt`` says what happens in all clips that have no prompt of their own."""

    clips: tuple[Clip, ...]
    motion_prompt: str
    shape: ClipShape


def list_clip_folders() -> list[str]:
    """``none``, then the folders below the input folder whose folders have masks or show an object."""
    root = Path(folder_paths.get_input_directory())
    found = set()
    for folder, inner, files in os.walk(root):
        place = Path(folder).relative_to(root)
        inner[:] = [name for name in inner if not name.startswith(".")] if len(place.parts) <= DEPTH else []
        masked = "masks" in inner or any(Path(name).stem.lower() == "masks" for name in files)
        masked |= not POINTERS.isdisjoint(files)
        if masked and len(place.parts) > 1:
            found.add(place.parent.as_posix())
    return [NO_FOLDER, *sorted(found)]


def folder_clips(
    name: str, shape: ClipShape, fill_gaps: bool = False, backend: str = BACKENDS[0], model: str = NO_MODEL
) -> list[Clip]:
    """The clips of a folder of ``list_clip_folders``; see ``read_clips`` for ``fill_gaps`` and what it raises.

    Those without masks are followed by ``backend`` with ``model``, a name of ``list_segmenters``, and what was followed
    is kept in the host's temporary folder until it starts anew.
    """
    if name == NO_FOLDER:
        return []
    given = {
        "aspect_buckets": shape.aspect_buckets,
        "fill_gaps": fill_gaps,
        "follower": Follower(backend, segmenter_path(model, backend), device_with_room),
        "cache": Path(folder_paths.get_temp_directory(), CACHE),
    }
    progress = {"on_clip": frame_progress(), "on_frame": frame_progress()}
    return read_clips(host_path(name), shape.width, shape.height, **given, **progress)


def folder_refusal(name: str | None) -> bool | str:
    """For a node's validation: why the folder is refused, True where it is not."""
    return name == NO_FOLDER or refusal(name)


def folder_state(name: str) -> str:
    """Changes with any file below the folder."""
    return "" if name == NO_FOLDER else fingerprint(host_path(name))


def batch_clip(name: str, image: Tensor | None, mask: Tensor | None, shape: ClipShape) -> list[Clip]:
    """The one clip of an IMAGE ``[T, H, W, C]`` and a MASK ``[T, H, W]``; none where neither came."""
    if image is None and mask is None:
        return []
    if image is None or mask is None:
        given, missing = ("image", "mask") if mask is None else ("mask", "image")
        raise MaskVideoError(f"a clip from the graph has an {given} and no {missing}: connect both, or neither")
    size = {"width": shape.width, "height": shape.height, "aspect_buckets": shape.aspect_buckets}
    return [checked_clip(make_clip(name, image_to_uint8(image), masks_to_core(mask), **size))]


def clip_set(before: ClipSet | None, clips: list[Clip], motion_prompt: str, shape: ClipShape) -> ClipSet:
    """The clips of ``before`` and ``clips`` together. Without a prompt, that of ``before`` is taken.

    Clips of ``before`` keep their prompt where it is another. Raises ``MaskVideoError`` where there are none at all, no
    prompt, and where ``before`` has another shape.
    """
    if before is not None and before.shape != shape:
        raise MaskVideoError(_other_shape(asdict(before.shape), asdict(shape)))
    prompt = motion_prompt.strip() or (before.motion_prompt if before is not None else "")
    if not prompt:
        raise MaskVideoError('motion_prompt is empty: say what happens in all clips, such as "a horse runs"')
    clips = (*_prompted(before, prompt), *clips)
    if not clips:
        raise MaskVideoError("the dataset has no clips: choose a folder, or connect an image and a mask")
    return ClipSet(clips, prompt, shape)


def _other_shape(before: dict, here: dict) -> str:
    differing = [name for name in before if before[name] != here[name]]
    came, wanted = (", ".join(f"{name} {values[name]}" for name in differing) for values in (before, here))
    return f"the dataset before has {came}, this one {wanted}: set both to {came}"


def _prompted(before: ClipSet | None, prompt: str) -> list[Clip]:
    if before is None or before.motion_prompt == prompt:
        return [] if before is None else list(before.clips)
    return [replace(clip, prompt=clip.prompt or before.motion_prompt) for clip in before.clips]
