"""One interface to every way of getting an object's masks out of a clip."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
import torch

from ..core.errors import MaskVideoError
from .fit import fit_masks
from .frame_source import FrameSource
from .prompts import ObjectPrompt, by_object, merge_prompts
from .tracks import Track, Tracks, track_colour

OnFrame = Callable[[int, int], None]
"""Called with (frames done, frames to do); it may raise to stop the work."""
SHAPE_TOLERANCE = 0.02
"""By how much a mask's width / height may differ from the clip's before it is no mask of this clip."""


class Backend(Protocol):
    """A tracker: from prompts to each object's masks."""

    def track(
        self, frames: FrameSource, prompts: Sequence[ObjectPrompt], on_frame: OnFrame
    ) -> Iterator[tuple[int, Mapping[str, np.ndarray]]]:
        """Yields (frame index, {name: bool [H, W]}) in any order of frames; one frame may come in parts.

        prompts: checked, one for each object and frame, masks of the clip's size. An object is tracked from its first
        prompt forwards to the end and backwards to frame 0; a later prompt corrects it from there on. What is not
        yielded counts as empty. on_frame is called after each frame, first with 0 done.
        """


def extract_tracks(
    frames: FrameSource, prompts: Sequence[ObjectPrompt], backend: Backend, on_frame: OnFrame | None = None
) -> Tracks:
    """The objects that the prompts point at, each through the whole clip.

    frames: one at a time, memory does not grow with their number. prompts: at least one for each object that shows
    where it is. Returns Tracks of the clip's size and length, objects in order of first mention, uint8 masks.
    Raises MaskVideoError before any work where a prompt does not fit the clip, and as soon as a mask comes out empty
    on the very frame that its prompt points at.
    """
    prompts = prepare_prompts(frames, prompts)
    objects = by_object(prompts)
    masks = {name: np.zeros((frames.count, *frames.size), np.uint8) for name in objects}
    for index, found in backend.track(frames, prompts, on_frame or (lambda done, total: None)):
        for name, mask in found.items():
            _check_found(mask, [prompt for prompt in objects[name] if prompt.frame == index])
            masks[name][index] = mask
    tracks = (Track(name, track_colour(place), own) for place, (name, own) in enumerate(masks.items()))
    return Tracks(tuple(tracks), frames.fps)


def prepare_prompts(frames: FrameSource, prompts: Sequence[ObjectPrompt]) -> tuple[ObjectPrompt, ...]:
    """The prompts, one for each object and frame, masks at the clip's size; `extract_tracks` says what is refused."""
    if not prompts:
        raise MaskVideoError("nothing points at an object: give points, a box, a text or a mask")
    for prompt in prompts:
        _check_frame(prompt, frames.count)
    for name, own in by_object(prompts).items():
        if not own[0].shows_object:
            raise MaskVideoError(
                f"{name!r} has only points that are not it on frame {own[0].frame}, where it is first prompted: add a "
                "point with label 1, a box or a mask there"
            )
    return tuple(_fitted(prompt, frames.size) for prompt in merge_prompts(prompts))


def _check_frame(prompt: ObjectPrompt, count: int) -> None:
    if prompt.frame >= count:
        raise MaskVideoError(
            f"{prompt.name!r} is prompted on frame {prompt.frame}, the clip has {count} frame{'s'[: count > 1]}: the "
            f"last is {count - 1}"
        )


def _fitted(prompt: ObjectPrompt, size: tuple[int, int]) -> ObjectPrompt:
    if prompt.mask is None or prompt.mask.shape == tuple(size):
        return prompt
    height, width = prompt.mask.shape
    if abs(width * size[0] / (height * size[1]) - 1) > SHAPE_TOLERANCE:
        raise MaskVideoError(
            f"the mask of {prompt.name!r} is {width}x{height}, the clip is {size[1]}x{size[0]}: give a mask of the "
            "clip's shape"
        )
    fitted = fit_masks(torch.from_numpy(prompt.mask)[None, None, None], 1, size)[0, 0, 0].numpy() > 0
    if not fitted.any():
        raise MaskVideoError(
            f"the mask of {prompt.name!r} vanishes when {width}x{height} is fitted to {size[1]}x{size[0]}: draw it "
            "larger"
        )
    return replace(prompt, mask=fitted)


def _check_found(mask: np.ndarray, own: list[ObjectPrompt]) -> None:
    for prompt in own:
        if prompt.shows_object and not mask.any():
            raise MaskVideoError(
                f"no object at {prompt.where()} of frame {prompt.frame} for {prompt.name!r}: point at its middle, draw "
                "a box around it, or choose a frame where it shows clearly"
            )
