"""What Train Motion LoRA shows: a sample from held-out masks, live below the loss plot and at the end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import comfy.model_management
import comfy.utils
import numpy as np
from PIL import Image
from torch import Tensor

from ...core.errors import MaskVideoError
from ...training.config import TrainConfig
from ...training.held_out import HeldOut, make_held_out
from ...training.loss_plot import draw_loss, draw_progress
from ...training.run import StepReport
from ...training.sample_video import VideoSampler
from ...training.samples import Sample, Samples
from .layout import image_to_uint8, masks_to_core
from .training_model import HostTrainingModel

PREVIEW_SECONDS = 3.0
"""Between two live plots, and at least twenty times what drawing one takes."""
PREVIEW_PX = 720
CURE = "connect ControlNet First Frame's image, made with mask 0, or the first frame of the clip that the masks are of"


@dataclass(frozen=True)
class SampleWish:
    """Held-out masks, MASK ``[T, H, W]``, and their first frame, IMAGE ``[1, H, W, C]``; a sample ``every`` N steps."""

    prompt: str
    mask: Tensor
    image: Tensor
    every: int


def sample_wish(prompt: str, mask: Tensor | None, image: Tensor | None, every: int) -> SampleWish | None:
    """None where nothing is connected. Raises ``MaskVideoError`` for masks without a first frame or the reverse."""
    if mask is None and image is None and not every:
        return None
    if mask is None:
        raise MaskVideoError(
            "a sample needs held-out masks: connect sample_mask, or take sample_image away and set sample_every to 0"
        )
    if image is None:
        raise MaskVideoError(f"a sample from sample_mask needs its first frame as sample_image: {CURE}")
    return SampleWish(prompt, mask, image, every)


def held_out(wish: SampleWish | None, motion_prompt: str, config: TrainConfig) -> HeldOut | None:
    """The window that a run samples; without a prompt of its own the motion prompt. Raises as ``make_held_out``."""
    if wish is None:
        return None
    first = image_to_uint8(wish.image[:1])[0]
    return make_held_out(wish.prompt.strip() or motion_prompt, masks_to_core(wish.mask), first, config)


def host_samples(
    base: HostTrainingModel, wish: SampleWish, window: HeldOut, config: TrainConfig, make_room: Callable[[], None]
) -> Samples:
    """Samples through the copy that trains; ``make_room`` brings it back after the VAE has taken its place."""
    interrupted = comfy.model_management.throw_exception_if_processing_interrupted
    sampler = VideoSampler(base, window, config, on_step=interrupted)

    def sample() -> np.ndarray:
        try:
            return sampler()
        finally:
            comfy.model_management.soft_empty_cache()
            make_room()

    return Samples(sample, wish.every)


class Watch:
    """``on_step``: progress bar, live plot with the latest sample; ends the run where the user has pressed Cancel."""

    def __init__(self, estimate: str, steps: int, samples: Samples | None = None, masks: Tensor | None = None):
        self.estimate, self.steps, self.samples = estimate, steps, samples
        self.reports: list[StepReport] = []
        self._masks = None if masks is None else masks[0, 0].numpy()  # [T, H, W]
        self._bar = comfy.utils.ProgressBar(steps)
        self._next_plot, self._shown = 0.0, None
        self._bar.update_absolute(0, steps, self._preview())  # the estimate is seen before the first step

    def __call__(self, report: StepReport) -> None:
        self.reports.append(report)
        if self.samples is not None:
            self.samples(report)
        self._bar.update_absolute(report.step, self.steps, self._preview())
        comfy.model_management.throw_exception_if_processing_interrupted()

    def show(self) -> None:
        """The latest sample, after the last step."""
        self._bar.update_absolute(self.steps, self.steps, self._preview())

    @property
    def sample(self) -> Sample | None:
        """The latest."""
        return None if self.samples is None else self.samples.last

    def plot(self) -> np.ndarray:
        """uint8 ``[H, W, 3]``: the loss so far, below the estimate."""
        return draw_loss(self.reports, self.steps, self.estimate)

    def _preview(self) -> tuple[str, Image.Image, int] | None:
        start = time.perf_counter()
        if start < self._next_plot and self.sample is self._shown:
            return None
        self._shown = self.sample
        picture = Image.fromarray(draw_progress(self.plot(), self._shown, self._masks))
        drawn = time.perf_counter()
        self._next_plot = drawn + max(PREVIEW_SECONDS, 20 * (drawn - start))
        return "JPEG", picture, PREVIEW_PX
