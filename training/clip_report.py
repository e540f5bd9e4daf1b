"""What is in a set of training clips, before anything trains on it: a line for each clip, one picture of them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import torch

from ..files.contact_sheet import contact_sheet
from .clips import Clip

SHOWN_FRAMES, SHOWN_CLIPS, CELL_PX = 4, 16, 192
"""Of the picture: columns, rows, and the width of a frame in pixels."""


def describe_clips(clips: Sequence[Clip], motion_prompt: str, frame_step: int = 1) -> str:
    """A line for each clip: frames, share of the picture that its masks cover, its prompt, what is odd about it.

    Before them the sizes, with the number of clips of each where there are several, and the longest window of frames
    ``frame_step`` apart.
    """
    sizes = Counter(f"{clip.frames.shape[-1]}x{clip.frames.shape[-2]}" for clip in clips)
    named = ", ".join(size if len(sizes) == 1 else f"{size} ({count})" for size, count in sizes.items())
    longest = (min(len(clip.frames) for clip in clips) - 1) // frame_step + 1
    head = f"{len(clips)} clips of {named} pixels; the longest window that fits all is {longest} frames"
    return "\n".join([head, *(_describe(clip, motion_prompt) for clip in clips)])


def draw_clips(clips: Sequence[Clip]) -> np.ndarray:
    """uint8 ``[H, W, 3]``: a row for each clip, frames evenly spaced and numbered, with the outline of their masks."""
    frames, masks, numbers = [], [], []
    size = [max(clip.frames.shape[side] for clip in clips) for side in (-2, -1)]
    for clip in clips[:SHOWN_CLIPS]:
        shown = torch.linspace(0, len(clip.frames) - 1, SHOWN_FRAMES).round().long()
        frames += [_framed(frame.permute(1, 2, 0).numpy(), size) for frame in clip.frames[shown]]
        masks += [_framed(mask.numpy() * np.uint8(255), size) for mask in clip.masks[shown]]
        numbers += shown.tolist()
    return contact_sheet(frames, masks, columns=SHOWN_FRAMES, cell_width_px=CELL_PX, numbers=numbers)


def _framed(picture: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """``picture`` ``[h, w, ...]`` in the middle of a black one of ``size`` (H, W), for clips of several shapes."""
    spare = [wide - side for wide, side in zip(size, picture.shape[:2], strict=True)] + [0] * (picture.ndim - 2)
    margins = [(rest // 2, rest - rest // 2) for rest in spare]
    return np.pad(picture, margins)


def _describe(clip: Clip, motion_prompt: str) -> str:
    covered = clip.masks.float().mean().item()
    line = f'{clip.name}: {len(clip.frames)} frames, masks cover {covered:.0%}, "{clip.prompt or motion_prompt}"'
    line += f"; masks: {clip.note}" if clip.note else ""
    empty = int((clip.masks.flatten(1).amax(dim=1) == 0).sum())
    return f"{line}; {empty} masks are empty: is the object out of the picture there?" if empty else line
