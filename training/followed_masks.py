"""Masks of a training clip that has none: its object, shown in the first frame, followed through the clip.

The weight-free tracker of ``mask_tools/flow_tracker.py`` follows it. The same clip gives the same masks, bit for bit,
so that a run can be continued; a cache only saves the time.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..core.errors import MaskVideoError
from ..files.atomic import atomic_path
from ..files.fingerprint import fingerprint
from ..mask_tools.backends import load_backend
from ..mask_tools.extract import extract_tracks
from ..mask_tools.frame_source import FrameSource, open_frames
from ..mask_tools.prompt_json import parse_boxes, parse_points
from ..mask_tools.prompts import ObjectPrompt, merge_prompts
from ..mask_tools.read import read_mask
from ..mask_tools.tracks import ONE_OBJECT
from .clip_folder import frames_of, no_masks, pointers_of, read_text

OnFrame = Callable[[int, int], None]


def followed_masks(folder: Path, cache: Path | None = None, on_frame: OnFrame | None = None) -> Tensor:
    """uint8 ``[1, 1, T, H, W]`` of 0 and 1: every object that the clip's files point at, together.

    ``cache`` is a folder to keep the masks in and find them again, as long as the clip's files stay; ``on_frame`` is
    told (done, total) while the clip is followed and may raise to stop. ``MaskVideoError`` names the clip where
    nothing points at an object, or nothing is there.
    """
    if not pointers_of(folder):
        raise no_masks(folder.name)
    kept = cache / f"{fingerprint(folder)}.npy" if cache is not None else None
    if kept is not None and kept.is_file():
        return torch.from_numpy(np.load(kept))[None, None]
    try:
        frames = open_frames(frames_of(folder))
        masks = extract_tracks(frames, _pointers(folder, frames), load_backend("flow"), on_frame).union()
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
