"""Which mask belongs to which frame: by the numbers in their names where both have them, else by order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

import numpy as np

from ..core.errors import MaskVideoError
from ..files.numbered_files import missing_text
from .frame_source import ChosenFrames, FrameSource
from .sequence import TrackSequence
from .track_sources import SourceTracks
from .transform import placed


@dataclass(frozen=True)
class Matched:
    """masks[i] belongs to frames[i]: places in both sequences, rising. note: what is not plain, "" where all is."""

    frames: tuple[int, ...]
    masks: tuple[int, ...]
    note: str = ""


def match_frames(
    frames: int, frame_numbers: Sequence[int] | None, masks: int, mask_numbers: Sequence[int] | None
) -> Matched:
    """The frame of each mask.

    frames, masks: how many there are. frame_numbers, mask_numbers: rising, from file names; None where there are none,
    as in a video, whose frames count from 0. A mask without a frame is left out and named in the note.
    Raises MaskVideoError where neither the numbers nor the counts fit.
    """
    plain = Matched(tuple(range(frames)), tuple(range(masks)))
    if mask_numbers is None or masks == 1:
        if frames != masks:
            _refused(frames, frame_numbers, masks, mask_numbers)
        return plain
    known = tuple(range(frames)) if frame_numbers is None else tuple(frame_numbers)
    if known == tuple(mask_numbers):
        return plain
    if frames == masks and len({a - b for a, b in zip(known, mask_numbers, strict=True)}) == 1:
        return Matched(plain.frames, plain.masks, _shifted(known, mask_numbers))
    place = {number: index for index, number in enumerate(known)}
    there = [index for index, number in enumerate(mask_numbers) if number in place]
    if not there or (frame_numbers is None and len(there) < masks):
        _refused(frames, frame_numbers, masks, mask_numbers)
    return Matched(
        tuple(place[mask_numbers[index]] for index in there),
        tuple(there),
        _partial(frames, mask_numbers, there),
    )


def match_clip(frames: FrameSource, tracks: SourceTracks) -> tuple[FrameSource, TrackSequence, str]:
    """The frames that have a mask, their masks, and `Matched.note`."""
    with tracks.explained():
        matched = match_frames(frames.count, frames.numbers, tracks.count, tracks.numbers)
    if len(matched.frames) < frames.count:
        frames = ChosenFrames(frames, matched.frames)
    sequence = tracks if len(matched.masks) == tracks.count else placed(tracks).ordered(np.array(matched.masks))
    return frames, sequence, matched.note


def _shifted(frames: Sequence[int], masks: Sequence[int]) -> str:
    return f"frames are numbered from {frames[0]}, masks from {masks[0]}: matched in order"


def _partial(frames: int, numbers: Sequence[int], there: Sequence[int]) -> str:
    notes = []
    if len(there) < len(numbers):
        notes.append(f"{len(numbers) - len(there)} masks have no frame")
    if len(there) < frames:
        missing = missing_text([numbers[index] for index in there])
        notes.append(f"{len(there)} of {frames} frames have a mask{f', {missing}' if missing else ''}")
    return "; ".join(notes)


def _refused(
    frames: int, frame_numbers: Sequence[int] | None, masks: int, mask_numbers: Sequence[int] | None
) -> NoReturn:
    def described(count: int, what: str, numbers: Sequence[int] | None) -> str:
        span = f" ({numbers[0]} to {numbers[-1]})" if numbers and count > 1 else ""
        return f"{count} {what}{'s' if count > 1 else ''}{span}"

    raise MaskVideoError(
        f"{described(masks, 'mask', mask_numbers)} came for {described(frames, 'frame', frame_numbers)}: give one mask "
        "for each frame, or number the files as the frames are"
    )
