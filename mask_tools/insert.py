"""One object's motion inserted into another clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..core.errors import MaskVideoError
from .combine import Layers, Selected, check_same_picture
from .edit import Edit, edit_sequence
from .fit import fit_sequence
from .keyframes import check_choice
from .retime import Retime, at_positions, spread_positions
from .sequence import Derived, TrackSequence, chosen
from .tracks import find_name

AFTER = ("gone", "hold_last", "loop", "resample")


@dataclass(frozen=True)
class Insertion:
    """How an object comes into another clip.

    objects: those of the source that come, in its order of depth; none named = all. start: the frame of the clip in
    which they appear. after: what follows the source's last frame: "gone", "hold_last", "loop" (back and forth), or
    "resample", which spreads the motion over the rest of the clip. behind: the clip's object that they go behind, ""
    = in front of all. edit: steps applied to them first, such as a smaller size and another place.
    """

    objects: tuple[str, ...] = ()
    start: int = 0
    after: str = "gone"
    behind: str = ""
    edit: Edit = field(default_factory=Edit)

    def __post_init__(self) -> None:
        check_choice("after", self.after, AFTER)


def insert_objects(clip: TrackSequence, source: TrackSequence, insertion: Insertion) -> TrackSequence:
    """The clip's objects and those of the source among them, computed when frames are asked for.

    Sizes follow the clip; where both say their frames per second, so does time. A name or a colour that is taken gets
    the next free one. Raises MaskVideoError where an object is unknown, the start lies outside the clip or the
    pictures have different shapes.
    """
    if not 0 <= insertion.start < clip.count:
        raise MaskVideoError(
            f"insertion starts at frame {insertion.start}: give 0 to {clip.count - 1}, the clip has {clip.count} frames"
        )
    check_same_picture(clip.size, source.size)
    came = Selected(source, chosen(source, insertion.objects))
    if clip.fps and source.fps and clip.fps != source.fps:
        came = Retime(fps=clip.fps).applied(came)
    came = edit_sequence(fit_sequence(came, came.count, clip.size), insertion.edit)
    timed = _timed(came, clip.count, insertion.start, insertion.after)
    depth = find_name(insertion.behind, clip.names) + 1 if insertion.behind else 0
    return _with_layer(clip, timed, depth)


@dataclass(frozen=True)
class Delayed(Derived):
    """Frames of the base in some order; -1 is an empty frame. order: int [T]."""

    order: np.ndarray

    @property
    def count(self) -> int:
        return len(self.order)

    def batch(self, frames: Sequence[int]) -> np.ndarray:
        shown = self.order[list(frames)]
        masks = np.zeros((len(shown), len(self.names), *self.size), np.uint8)
        there = np.flatnonzero(shown >= 0)
        if len(there):
            masks[there] = self.base.batch(shown[there].tolist())
        return masks


def _timed(sequence: TrackSequence, frames: int, start: int, after: str) -> TrackSequence:
    if after == "resample":
        sequence = at_positions(sequence, spread_positions(sequence.count, frames - start))
    step = np.arange(frames) - start
    if after == "hold_last":
        order = np.minimum(step, sequence.count - 1)
    elif after == "loop":
        turn = max(2 * sequence.count - 2, 1)
        order = np.minimum(step % turn, (-step) % turn)
    else:
        order = np.where(step < sequence.count, step, -1)
    return Delayed(sequence, np.where(step < 0, -1, order))


def _with_layer(clip: TrackSequence, layer: TrackSequence, depth: int) -> TrackSequence:
    """All objects of both, the clip's keeping their names and colours, the layer's behind the first `depth`."""
    both = Layers(clip, (clip, layer))
    clips, layers = range(len(clip.names)), range(len(clip.names), len(both.names))
    return Selected(both, (*clips[:depth], *layers, *clips[depth:]))
