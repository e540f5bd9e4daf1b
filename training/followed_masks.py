"""Masks of a training clip that has none: its object, shown in the first frame, followed through the clip.

By default the weight-free tracker of ``mask_tools/flow_tracker.py`` follows it. The same clip gives the same masks, bit
for bit, so that a run can be continued; a cache only saves the time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..core.errors import MaskVideoError
from ..files.atomic import atomic_path
from ..files.fingerprint import fingerprint
from ..mask_tools.backends import BACKENDS, check_backend, load_backend
from ..mask_tools.extract import Backend, extract_tracks
from ..mask_tools.frame_source import FrameSource, open_frames
from ..mask_tools.prompt_json import parse_boxes, parse_points
from ..mask_tools.prompts import ObjectPrompt, merge_prompts
from ..mask_tools.read import read_mask
from ..mask_tools.tracks import ONE_OBJECT
from .clip_folder import frames_of, no_masks, pointers_of, read_text

OnFrame = Callable[[int, int], None]


@dataclass
class Follower:
    """What follows the objects of clips without masks: a backend of ``mask_tools/backends.py``, by name.

    ``model`` is the checkpoint of "sam2" or "sam". It is loaded at the first clip that needs it, where ``pick_device``
    says. Raises ``MaskVideoError`` at once where name, package or checkpoint are not there.
    """

    name: str = BACKENDS[0]
    model: Path | None = None
    pick_device: Callable[[], str | torch.device] = lambda: "cpu"

    def __post_init__(self) -> None:
        check_backend(self.name, self.model)

    @cached_property
    def backend(self) -> Backend:
        return load_backend(self.name, self.model, self.pick_device())

    def kept_name(self, folder: Path) -> str:
        """The file of a cache that holds the masks which this follower makes of the clip, as it lies there now."""
        weights = f"-{self.name}-{fingerprint(self.model)}" if self.model is not None else ""
        return f"{fingerprint(folder)}{weights}.npy"


def followed_masks(
    folder: Path, cache: Path | None = None, on_frame: OnFrame | None = None, follower: Follower | None = None
) -> Tensor:
    """uint8 ``[1, 1, T, H, W]`` of 0 and 1: every object that the clip's files point at, together.

    ``follower`` is the flow tracker where none is given. ``cache`` is a folder to keep the masks in and find them
    again, as long as the clip's files stay; ``on_frame`` is told (done, total) while the clip is followed and may raise
    to stop. ``MaskVideoError`` names the clip where nothing points at an object, or nothing is there.
    """
    if not pointers_of(folder):
        raise no_masks(folder.name)
    follower = follower or Follower()
    kept = cache / follower.kept_name(folder) if cache is not None else None
    if kept is not None and kept.is_file():
        return torch.from_numpy(np.load(kept))[None, None]
    try:
        frames = open_frames(frames_of(folder))
        masks = extract_tracks(frames, _pointers(folder, frames), follower.backend, on_frame).union()
    except MaskVideoError as error:
        raise MaskVideoError(f'clip "{folder.name}" cannot be followed: {error}') from error
    if kept is not None:
        _keep(kept, masks)
    return torch.from_numpy(masks)[None, None]


def _pointers(folder: Path, frames: FrameSource) -> tuple[ObjectPrompt, ...]:
    prompts: list[ObjectPrompt] = []
    for path in pointers_of(folder):
        if path.suffix == ".png":
            prompts.append(ObjectPrompt(ONE_OBJECT, 0, mask=read_mask(path)))
        else:
            parse = parse_points if path.stem == "points" else parse_boxes
            prompts += parse(read_text(path), frames.size)
    return merge_prompts(prompts)


def _keep(path: Path, masks: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary:
        np.save(temporary, masks)
