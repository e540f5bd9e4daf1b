"""SAM 2's video predictor as a backend: several objects, prompts and corrections on any frame, flat memory."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, redirect_stderr
from itertools import pairwise
from os import devnull
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from .extract import OnFrame
from .frame_source import FrameSource
from .prompts import ObjectPrompt, by_object

if TYPE_CHECKING:
    from sam2.sam2_video_predictor import SAM2VideoPredictor

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of the RGB values 0..1 that the image encoder was trained on."""


class Sam2Backend:
    """Ravi et al. 2024 (SAM 2): every object carries a memory of its last frames and of the prompted ones.

    One pass forwards, in which an object joins at its first prompt and takes its later prompts as corrections of what
    it has become; then one pass backwards for objects first prompted after frame 0. Each pass encodes a frame once for
    all objects. predictor: of `load_sam2`. device: where it computes; on CUDA in bfloat16, as Meta runs it.
    """

    def __init__(self, predictor: SAM2VideoPredictor, device: str | torch.device = "cpu") -> None:
        self.device = torch.device(device)
        self.predictor = predictor.to(self.device)

    def track(
        self, frames: FrameSource, prompts: Sequence[ObjectPrompt], on_frame: OnFrame
    ) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
        """As `Backend.track` of extract.py says; objects joined later come in the backward pass's part of a frame."""
        objects = by_object(prompts)
        late = [own[0] for own in objects.values() if own[0].frame > 0]
        total = frames.count + max((prompt.frame for prompt in late), default=0)
        done = 0
        on_frame(done, total)
        for found in (self._forwards(frames, prompts), self._backwards(frames, late)):
            for index, masks in found:
                yield index, masks
                done += 1
                on_frame(done, total)

    def _forwards(self, frames: FrameSource, prompts: Sequence[ObjectPrompt]):
        return self._pass(frames, prompts, range(frames.count))

    def _backwards(self, frames: FrameSource, late: Sequence[ObjectPrompt]):
        """From the last of the first prompts to frame 0; the prompted frames themselves were done forwards."""
        last = max((prompt.frame for prompt in late), default=0)
        for index, masks in self._pass(frames, late, range(last, -1, -1)):
            begun = {prompt.name for prompt in late if prompt.frame > index}
            if index < last:
                yield index, {name: mask for name, mask in masks.items() if name in begun}

    def _pass(
        self, frames: FrameSource, prompts: Sequence[ObjectPrompt], order: range
    ) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
        """Stretches from prompted frame to prompted frame; each ends with the next one's frame, ready to be corrected.

        That frame is computed again with its prompts at the start of the next stretch, from cached image features.
        """
        prompted = sorted({prompt.frame for prompt in prompts}, reverse=order.step < 0)
        if not prompted:
            return
        yield from ((index, {}) for index in order if (prompted[0] - index) * order.step > 0)
        state = self._state(frames, order.step)
        for start, end in pairwise([*prompted, None]):
            for prompt in prompts:
                if prompt.frame == start:
                    self._add(state, prompt)
            for index, masks in self._stretch(state, start, order[-1] if end is None else end, order.step):
                if index != end:
                    yield index, masks

    def _stretch(self, state: dict[str, Any], start: int, end: int, step: int):
        steps = self.predictor.propagate_in_video(state, start, abs(end - start), reverse=step < 0)
        for index, names, logits in _quiet(steps, self._precision):
            yield index, dict(zip(names, (logits[:, 0] > 0).cpu().numpy(), strict=True))
            self._forget(state, index, step)

    def _add(self, state: dict[str, Any], prompt: ObjectPrompt) -> None:
        """A mask first, then clicks and box, which refine it."""
        with self._precision():
            if prompt.mask is not None:
                self.predictor.add_new_mask(state, prompt.frame, prompt.name, torch.from_numpy(prompt.mask))
            if prompt.points or prompt.box is not None:
                points = torch.tensor([point[:2] for point in prompt.points]).reshape(-1, 2)
                labels = torch.tensor([point[2] for point in prompt.points], dtype=torch.int32)
                box = None if prompt.box is None else torch.tensor(prompt.box)
                self.predictor.add_new_points_or_box(
                    state, prompt.frame, prompt.name, points, labels, normalize_coords=False, box=box
                )

    def _state(self, frames: FrameSource, step: int) -> dict[str, Any]:
        """The package's state, with frames that are read when they are asked for.

        `init_state` loads a folder as one float tensor, 12 MB for each frame; so it gets one tiny picture, and the
        real frames take its place. What else belongs to a state stays the package's business.
        """
        with tempfile.TemporaryDirectory() as folder, _silence(), self._precision():
            Image.new("RGB", (8, 8)).save(Path(folder, "0.jpg"))
            state = self.predictor.init_state(folder)
        state["images"] = _Pictures(frames, self.predictor.image_size, step)
        state["num_frames"] = frames.count
        state["video_height"], state["video_width"] = frames.size
        state["cached_features"] = {}
        return state

    def _forget(self, state: dict[str, Any], index: int, step: int) -> None:
        """Drop what the memory attention no longer reaches: its window, and that of the object pointers."""
        model = self.predictor
        window = max(model.num_maskmem * model.memory_temporal_stride_for_eval, model.max_obj_ptrs_in_encoder)
        for outputs in state["output_dict_per_obj"].values():
            outputs["non_cond_frame_outputs"].pop(index - step * window, None)

    def _precision(self) -> AbstractContextManager:
        if self.device.type == "cuda":
            return torch.autocast("cuda", dtype=torch.bfloat16)
        return nullcontext()


class _Pictures:
    """Frames as the image encoder wants them, float [3, side, side], one at a time, walked mostly one way."""

    def __init__(self, frames: FrameSource, side_px: int, step: int) -> None:
        self._frames, self._side_px, self._step = frames, side_px, step
        self._walk, self._next = iter(()), -1

    def __len__(self) -> int:
        return self._frames.count

    def __getitem__(self, index: int) -> Tensor:
        if index != self._next:
            end = self._frames.count if self._step > 0 else -1
            self._walk = self._frames.iterate(index, end, self._step)
        self._next = index + self._step
        return self._prepared(next(self._walk))

    def _prepared(self, frame: np.ndarray) -> Tensor:
        """uint8 RGB [H, W, 3] to normalised float [3, side, side], resized as the package does it."""
        picture = np.asarray(Image.fromarray(frame).resize((self._side_px, self._side_px)))
        values = torch.from_numpy(picture / 255.0).permute(2, 0, 1).float()
        return (values - torch.tensor(MEAN)[:, None, None]) / torch.tensor(STD)[:, None, None]


@contextmanager
def _silence() -> Iterator[None]:
    """Without the package's own progress bars on stderr."""
    with open(devnull, "w") as nowhere, redirect_stderr(nowhere):
        yield


def _quiet(steps: Iterator, precision: Callable[[], AbstractContextManager]) -> Iterator:
    """The steps in that precision, silent: a progress bar keeps the stderr that it began with."""
    with open(devnull, "w") as nowhere:
        with redirect_stderr(nowhere), precision():
            item = next(steps, None)
        while item is not None:
            yield item
            with precision():
                item = next(steps, None)
