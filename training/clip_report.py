"""What is in a set of training clips, before anything trains on it: a line for each clip, one picture of them all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from ..core.errors import MaskVideoError
from ..files.contact_sheet import contact_sheet
from .clips import Clip, clip_folders, read_clip

SHOWN_FRAMES, SHOWN_CLIPS, CELL_PX = 4, 16, 192
"""Of the picture: columns, rows, and the width of a frame in pixels."""


def read_all_clips(
    folder: Path, width: int, height: int, on_clip: Callable[[int, int], None] | None = None
) -> list[Clip]:
    """Every clip of ``folder``, at ``width``×``height``; ``on_clip(done, total)`` after each.

    All are read before anything is said: one ``MaskVideoError`` names every clip that cannot be used, and why.
    """
    folders, clips, problems = clip_folders(folder), [], []
    for number, one in enumerate(folders, 1):
        try:
            clips.append(checked_clip(read_clip(one, width, height)))
        except MaskVideoError as error:
            problems.append(str(error))
        if on_clip is not None:
            on_clip(number, len(folders))
    if problems:
        raise MaskVideoError("\n".join([f"{len(problems)} of {len(folders)} clips cannot be used:", *problems]))
    return clips


def checked_clip(clip: Clip) -> Clip:
    """``clip`` itself; ``MaskVideoError`` where its masks say nothing about where the object is."""
    for name, value in (("empty", 0), ("all foreground", 1)):
        if (clip.masks == value).all():
            raise MaskVideoError(f'clip "{clip.name}": every mask is {name}: give masks in which the object is 1')
    return clip


def describe_clips(clips: Sequence[Clip], motion_prompt: str) -> str:
    """A line for each clip: frames, share of the picture that its masks cover, its prompt, what is odd about it."""
    shortest = min(len(clip.frames) for clip in clips)
    height, width = clips[0].frames.shape[-2:]
    head = f"{len(clips)} clips of {width}x{height} pixels; the longest window that fits all is {shortest} frames"
    return "\n".join([head, *(_describe(clip, motion_prompt) for clip in clips)])


def draw_clips(clips: Sequence[Clip]) -> np.ndarray:
    """uint8 ``[H, W, 3]``: a row for each clip, frames evenly spaced, each with the outline of its mask."""
    frames, masks = [], []
    for clip in clips[:SHOWN_CLIPS]:
        shown = torch.linspace(0, len(clip.frames) - 1, SHOWN_FRAMES).round().long()
        frames += [frame.permute(1, 2, 0).numpy() for frame in clip.frames[shown]]
        masks += [mask.numpy() * np.uint8(255) for mask in clip.masks[shown]]
    return contact_sheet(frames, masks, columns=SHOWN_FRAMES, cell_width_px=CELL_PX)


def _describe(clip: Clip, motion_prompt: str) -> str:
    covered = clip.masks.float().mean().item()
    line = f'{clip.name}: {len(clip.frames)} frames, masks cover {covered:.0%}, "{clip.prompt or motion_prompt}"'
    empty = int((clip.masks.flatten(1).amax(dim=1) == 0).sum())
    return f"{line}; {empty} masks are empty: is the object out of the picture there?" if empty else line
