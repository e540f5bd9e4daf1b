"""Segment-anything as a backend: every frame on its own, prompted, or carried by the last mask's box."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from .extract import OnFrame
from .frame_source import FrameSource
from .prompts import ObjectPrompt, by_object

if TYPE_CHECKING:
    from segment_anything.modeling import Sam

BOX_MARGIN = 0.05
"""Of a carried box's sides: the object moves and grows between frames; SAM was trained with boxes off by up to 0.1."""

PixelBox = np.ndarray
"""float [4]: x0, y0, x1, y1 in pixel edges."""


class SamBackend:
    """Kirillov et al. 2023 (Segment Anything), a prompt for each frame as in one-shot video tuning.

    Where a frame has none, the box of the object's last mask is its prompt; where an object was lost, the last box
    that there was. It has no memory: it follows what moves little and looks alone in its box, and prompts on more
    frames help. model: of `load_sam`. device: where it computes.
    """

    def __init__(self, model: Sam, device: str | torch.device = "cpu") -> None:
        from segment_anything import SamPredictor

        self.predictor = SamPredictor(model.to(device))

    def track(
        self, frames: FrameSource, prompts: Sequence[ObjectPrompt], on_frame: OnFrame
    ) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
        """As `Backend.track` of extract.py says; a mask prompt is its frame's result."""
        late = {name: own[0] for name, own in by_object(prompts).items() if own[0].frame > 0}
        last = max((prompt.frame for prompt in late.values()), default=0)
        done, total = 0, frames.count + last
        on_frame(done, total)
        for found in (self._walk(frames, prompts, range(frames.count)), self._backwards(frames, late, last)):
            for index, masks in found:
                yield index, masks
                done += 1
                on_frame(done, total)

    def _backwards(
        self, frames: FrameSource, late: dict[str, ObjectPrompt], last: int
    ) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
        """From the last of the first prompts to frame 0; the prompted frames themselves were done forwards."""
        for index, masks in self._walk(frames, list(late.values()), range(last, -1, -1)):
            if index < last:
                yield index, {name: mask for name, mask in masks.items() if index < late[name].frame}

    def _walk(
        self, frames: FrameSource, prompts: Sequence[ObjectPrompt], order: range
    ) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
        boxes: dict[str, PixelBox] = {}
        for index, frame in zip(order, frames.iterate(order.start, order.stop, order.step), strict=True):
            here = {prompt.name: prompt for prompt in prompts if prompt.frame == index}
            masks = self._segment(frame, here, boxes) if here or boxes else {}
            boxes |= {name: _box_of(mask) for name, mask in masks.items() if mask.any()}
            yield index, masks

    def _segment(
        self, frame: np.ndarray, here: dict[str, ObjectPrompt], boxes: dict[str, PixelBox]
    ) -> dict[str, np.ndarray]:
        """The masks bool [H, W] of one frame: uint8 RGB [H, W, 3], its prompts, and the boxes to carry on from."""
        with torch.inference_mode():
            self.predictor.set_image(frame)
            carried = {name: self._carry(box, frame.shape) for name, box in boxes.items() if name not in here}
            return carried | {name: self._prompted(prompt, frame.shape) for name, prompt in here.items()}

    def _carry(self, box: PixelBox, shape: tuple[int, ...]) -> np.ndarray:
        masks, _, _ = self.predictor.predict(box=_widened(box, shape), multimask_output=False)
        return masks[0]

    def _prompted(self, prompt: ObjectPrompt, shape: tuple[int, ...]) -> np.ndarray:
        """A lone click leaves open how much is meant: of three masks, the one the model rates best."""
        if prompt.mask is not None and not prompt.points and prompt.box is None:
            return prompt.mask
        scale = np.array([shape[1], shape[0]], np.float32)
        points = np.array([point[:2] for point in prompt.points], np.float32).reshape(-1, 2) * scale
        box = None if prompt.box is None else np.array(prompt.box, np.float32) * np.tile(scale, 2)
        if box is None and prompt.mask is not None:
            box = _box_of(prompt.mask)
        lone = box is None and len(points) == 1
        masks, ratings, _ = self.predictor.predict(
            point_coords=points if len(points) else None,
            point_labels=np.array([point[2] for point in prompt.points]) if len(points) else None,
            box=box,
            multimask_output=lone,
        )
        return masks[int(ratings.argmax())]


def _box_of(mask: np.ndarray) -> PixelBox:
    """The box around a mask bool [H, W] that is not empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.float32)


def _widened(box: PixelBox, shape: tuple[int, ...]) -> PixelBox:
    margin = np.tile(box[2:] - box[:2], 2) * BOX_MARGIN * np.array([-1, -1, 1, 1], np.float32)
    return np.clip(box + margin, 0, np.tile([shape[1], shape[0]], 2)).astype(np.float32)
