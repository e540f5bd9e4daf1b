"""Training clips: frames and masks of each, at the training size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from ..core.errors import MaskVideoError
from ..mask_tools.fit import fit_masks
from ..mask_tools.frame_source import FrameSource, open_frames
from ..mask_tools.match_frames import match_clip
from ..mask_tools.read import union_masks
from ..mask_tools.track_sources import SourceTracks, open_tracks
from .buckets import fitting_size
from .clip_folder import clip_folders, frames_of, masks_of, prompt_of
from .followed_masks import Follower, followed_masks

Progress = Callable[[int, int], None]
"""Told (done, total); it may raise to stop."""

SHAPE_TOLERANCE = 0.02
"""By how much the shapes of frames and masks may differ: sides are rounded where one of them was scaled."""


@dataclass(frozen=True)
class Clip:
    """One training clip.

    ``frames`` uint8 ``[T, 3, H, W]``, ``masks`` uint8 ``[T, H, W]`` with 1 = foreground. ``prompt`` replaces the
    motion prompt of the set for this clip. ``note`` says how its masks were read, "" for masks from elsewhere.
    """

    name: str
    frames: Tensor
    masks: Tensor
    prompt: str | None = None
    note: str = ""


def read_clips(
    folder: str | Path,
    width: int,
    height: int,
    *,
    aspect_buckets: bool = False,
    fill_gaps: bool = False,
    follower: Follower | None = None,
    cache: Path | None = None,
    progress: bool = False,
    on_clip: Progress | None = None,
    on_frame: Progress | None = None,
) -> list[Clip]:
    """Every clip of ``folder``, cut to the middle at ``width``:``height`` and scaled to it, or at its bucket's size.

    Masks belong to the frames of their numbers. ``fill_gaps`` makes new shapes in between where only some frames have
    one; frames before the first and after the last are left out. Where a clip has no masks, its object is followed
    (``followed_masks``, which says what ``follower``, ``cache`` and ``on_frame`` are). ``on_clip(done, total)`` is
    called after each clip; ``progress`` shows a bar.

    All are read before anything is said: one ``MaskVideoError`` names every clip that cannot be used, and why. It
    shows the layout where there are no clips.
    """
    folders, clips, problems = clip_folders(Path(folder)), [], []
    follow = partial(followed_masks, cache=cache, on_frame=on_frame, follower=follower or Follower())
    for number, one in enumerate(tqdm(folders, "reading clips", disable=not progress), 1):
        try:
            shape = width, height, aspect_buckets
            clips.append(checked_clip(_read_clip(one, shape, fill_gaps, follow)))
        except MaskVideoError as error:
            problems.append(str(error))
        if on_clip is not None:
            on_clip(number, len(folders))
    refuse(problems, len(folders))
    return clips


def refuse(problems: Sequence[str], clips: int) -> None:
    """Raise one ``MaskVideoError`` of all ``problems``, a line each, where there are any among so many clips."""
    if len(problems) == 1 == clips:
        raise MaskVideoError(problems[0])
    if problems:
        raise MaskVideoError("\n".join([f"{len(problems)} of {clips} clips cannot be used:", *problems]))


def checked_clip(clip: Clip) -> Clip:
    """``clip`` itself; ``MaskVideoError`` where its masks say nothing about where the object is."""
    for name, value in (("empty", 0), ("all foreground", 1)):
        if (clip.masks == value).all():
            raise MaskVideoError(f'clip "{clip.name}": every mask is {name}: give masks in which the object is 1')
    return clip


def make_clip(
    name: str,
    frames: Iterable[np.ndarray],
    masks: Tensor,
    width: int,
    height: int,
    prompt: str | None = None,
    aspect_buckets: bool = False,
) -> Clip:
    """A clip of ``frames``, uint8 RGB ``[H, W, 3]`` one at a time, and ``masks`` ``[1, 1, T, H, W]`` in 0..1.

    Both are cut to the middle and scaled to ``width``×``height``, or to the bucket of their shape; ``MaskVideoError``
    where they differ in number or in shape.
    """
    width, height = fitting_size(tuple(masks.shape[-2:]), width, height, aspect_buckets)
    fitted, shapes = [], set()
    for frame in frames:
        shapes.add(frame.shape[:2])
        fitted.append(fit_frame(frame, width, height))
    if masks.shape[2] != len(fitted):
        raise MaskVideoError(
            f'clip "{name}" has {masks.shape[2]} masks for {len(fitted)} frames: give one mask for each frame'
        )
    check_shape(f'clip "{name}"', shapes, masks)
    masks = fit_masks(cut_middle(masks, width, height), len(fitted), (height, width))[0, 0].to(torch.uint8)
    return Clip(name, torch.stack(fitted), masks, prompt)


def check_shape(name: str, shapes: set[tuple[int, int]], masks: Tensor) -> None:
    """Masks of another size than the frames are scaled to it; of another shape, they would lie elsewhere.

    ``shapes`` are those (height, width) of the frames, ``name`` says whose they are in the ``MaskVideoError``.
    """
    height, width = masks.shape[-2:]
    for rows, columns in shapes:
        if abs(rows * width - columns * height) > rows * SHAPE_TOLERANCE * width:
            raise MaskVideoError(
                f"{name} has masks of {width}×{height} for frames of {columns}×{rows}, another shape: "
                f"give masks of {columns}×{rows}"
            )


def _read_clip(folder: Path, shape: tuple[int, int, bool], fill_gaps: bool, follow: Callable[[Path], Tensor]) -> Clip:
    (width, height, aspect_buckets), note = shape, ""
    frames, given = open_frames(frames_of(folder)), masks_of(folder)
    if given is None:
        masks = follow(folder)
    else:
        frames, masks, note = _matched(folder.name, frames, open_tracks(given, fill_gaps=fill_gaps), fill_gaps)
    clip = make_clip(folder.name, frames, masks, width, height, prompt_of(folder), aspect_buckets)
    return replace(clip, note=note)


def _matched(name: str, frames: FrameSource, tracks: SourceTracks, fill_gaps: bool) -> tuple[FrameSource, Tensor, str]:
    """The frames with a mask, the masks, and how they were read; ``MaskVideoError`` where other frames have none."""
    try:
        chosen, masks, note = match_clip(frames, tracks)
    except MaskVideoError as error:
        raise MaskVideoError(f'clip "{name}" has {tracks.count} masks for {frames.count} frames: {error}') from error
    if chosen.count < frames.count and not fill_gaps:
        raise MaskVideoError(
            f'clip "{name}" has {masks.count} masks for {frames.count} frames; {note}: give one for each frame, or set '
            "fill_gaps (--fill-gaps) for new shapes between those that are there"
        )
    return chosen, union_masks(masks), "; ".join(filter(None, (tracks.reading, note)))


def fit_frame(frame: np.ndarray, width: int, height: int) -> Tensor:
    """uint8 RGB ``[H, W, 3]``, its middle, as uint8 ``[3, height, width]``."""
    image = torch.tensor(frame).permute(2, 0, 1)[None].float()
    image = F.interpolate(cut_middle(image, width, height), (height, width), mode="bilinear", antialias=True)
    return image[0].round().clamp(0, 255).to(torch.uint8)


def cut_middle(images: Tensor, width: int, height: int) -> Tensor:
    """The middle of ``[..., H, W]`` at the aspect of ``width``:``height``, so that nothing is stretched."""
    rows, columns = images.shape[-2:]
    scale = min(rows / height, columns / width)
    cut_rows, cut_columns = round(height * scale), round(width * scale)
    top, left = (rows - cut_rows) // 2, (columns - cut_columns) // 2
    return images[..., top : top + cut_rows, left : left + cut_columns]
