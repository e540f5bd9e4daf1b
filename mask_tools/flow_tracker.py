"""Follow objects through a clip without any weights: optical flow, colour, motion and a background plate.

For each object and frame the last mask is carried forward by dense flow, and the log likelihood ratios of four cues
are added to it: colour in the whole frame and around the place, motion against the camera's, and misfit with the
plate. Objects compete for each pixel; a guided filter draws the outline. docs/results.md has the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np

from .flow_motion import DenseFlow
from .flow_object import FlowObject
from .flow_plate import Plate
from .flow_seed import seed_mask
from .flow_settings import FlowSettings
from .flow_step import View, take_step

if TYPE_CHECKING:
    from .frame_source import FrameSource
    from .prompts import ObjectPrompt

WORKING_SIDE_PX = 288
"""Flow and colours are as good on small frames, and time falls with the square; a smaller clip keeps its own size."""


class FlowBackend:
    """The weight-free backend of `extract_tracks`. Memory does not depend on the clip's length.

    working_side_px: frames whose shorter side is longer are reduced to it for tracking; masks come back at the clip's
    size.
    """

    def __init__(self, working_side_px: int = WORKING_SIDE_PX, settings: FlowSettings | None = None) -> None:
        self._side, self._settings = working_side_px, settings or FlowSettings()

    def track(
        self, frames: FrameSource, prompts: Sequence[ObjectPrompt], on_frame: Callable[[int, int], None]
    ) -> Iterator[tuple[int, Mapping[str, np.ndarray]]]:
        """Yields (frame index, {name: bool [H, W]}): forwards from the first prompt, then back from it to frame 0.

        An object is followed from its first prompt on, both ways; a later prompt replaces (mask, box) or corrects
        (points) what was found there. Each pixel belongs to one object at most. on_frame(done, total) is called after
        each frame and may raise to stop.
        """
        starts = _first_prompts(prompts)
        first, last = min(starts.values()), max(starts.values())
        total = frames.count - first + last * (last > 0)
        done = 0
        on_frame(done, total)
        forwards = self._follow(frames, range(first, frames.count), prompts)
        only_starts = [prompt for prompt in prompts if prompt.frame == starts[prompt.name]]
        backwards = self._follow(frames, range(last, -1, -1), only_starts) if last else ()
        for index, found in forwards:
            yield index, found
            done += 1
            on_frame(done, total)
        for index, found in backwards:
            earlier = {name: mask for name, mask in found.items() if index < starts[name]}
            if earlier:
                yield index, earlier
            done += index < last
            on_frame(done, total)

    def _follow(self, frames: FrameSource, indices: range, prompts: Sequence[ObjectPrompt]):
        """(index, {name: mask}) in the order of `indices`, for the objects prompted so far."""
        size = _working_size(frames.size, self._side)
        scene, view = Scene(self._settings), None
        walk = frames.iterate(indices.start, indices.stop, indices.step)
        for index, frame in zip(indices, walk, strict=True):
            previous, view = view, View(frame, size)
            scene.advance(previous, view)
            here = [prompt for prompt in prompts if prompt.frame == index]
            for prompt in here:
                scene.prompt(view, prompt)
            found = _at_full_size(scene.masks(), frames.size)
            yield index, found | {p.name: p.mask for p in here if p.mask is not None and not p.points}


class Scene:
    """All objects of a clip at one frame, and the background behind them."""

    def __init__(self, settings: FlowSettings) -> None:
        self._settings, self._dense = settings, DenseFlow()
        self._objects: dict[str, FlowObject] = {}
        self._plate: Plate | None = None

    def masks(self) -> dict[str, np.ndarray]:
        """The probability of each object, float32 [H, W], at the working size."""
        return {name: thing.mask for name, thing in self._objects.items()}

    def prompt(self, view: View, prompt: ObjectPrompt) -> None:
        """Begin to follow an object, or put right where it is."""
        known = self._objects.get(prompt.name)
        mask = seed_mask(view.rgb, prompt, None if known is None else known.mask)
        self._objects[prompt.name] = FlowObject(view, mask, self._settings)
        if self._plate is None:
            self._plate = Plate(view, self._covered(), self._settings)
        self._plate.hide(self._covered())

    def advance(self, previous: View | None, current: View) -> None:
        """Follow every object to the next frame; nothing to do before the first prompt."""
        if not self._objects:
            return
        step = take_step(self._dense, previous, current, self._covered())
        things = list(self._objects.values())
        expected = np.max([thing.expect(step) for thing in things], axis=0)
        levels = self._plate.compare(step, expected)
        odds = [thing.log_odds(step, self._plate, levels) for thing in things]
        for thing, probability in zip(things, compete(odds), strict=True):
            thing.accept(step, probability, self._plate)
        for thing in things:
            others = [other.mask > 0.3 for other in things if other is not thing]
            thing.look_around(step.current, self._plate, np.any([np.zeros(current.size, bool), *others], axis=0))
        alike = np.max([thing.missing for thing in things], axis=0)
        self._plate.learn(step.current, self._covered(), alike)

    def _covered(self) -> np.ndarray:
        return np.max([thing.mask for thing in self._objects.values()], axis=0)


def compete(log_odds: Sequence[np.ndarray]) -> np.ndarray:
    """Probability of each object, [objects, H, W]: softmax with the background at 0; one object gives the sigmoid."""
    stacked = np.stack([np.zeros_like(log_odds[0]), *log_odds])
    powers = np.exp(stacked - stacked.max(axis=0))
    return powers[1:] / powers.sum(axis=0)


def _first_prompts(prompts: Sequence[ObjectPrompt]) -> dict[str, int]:
    starts: dict[str, int] = {}
    for prompt in prompts:
        starts[prompt.name] = min(prompt.frame, starts.get(prompt.name, prompt.frame))
    return starts


def _working_size(size: tuple[int, int], side_px: int) -> tuple[int, int]:
    scale = min(1.0, side_px / min(size))
    return max(8, round(size[0] * scale)), max(8, round(size[1] * scale))


def _at_full_size(masks: dict[str, np.ndarray], size: tuple[int, int]) -> dict[str, np.ndarray]:
    """Bool [H, W] each, none overlapping."""
    if not masks:
        return {}
    full = {name: cv2.resize(mask, size[::-1], interpolation=cv2.INTER_LINEAR) for name, mask in masks.items()}
    best = np.max(list(full.values()), axis=0)
    owner, found = np.zeros(size, bool), {}
    for name, mask in full.items():
        found[name] = (mask > 0.5) & (mask == best) & ~owner
        owner |= found[name]
    return found
