"""Live previews of a video: a strip of its frames, since the host's shows frame 0 alone, which never changes here."""

from __future__ import annotations

from collections.abc import Callable

import comfy.model_management
import comfy.utils
import latent_preview
from PIL import Image
from torch import Tensor

STRIP_FRAMES = 5
StepCallback = Callable[[int, Tensor, Tensor, int], None]
"""The host's callback of a step: its number (from 0), the denoised latent, the noisy one, the number of steps."""


def strip_preview(model, total_steps: int) -> Callable[[int], StepCallback]:
    """Progress and previews of a node of ``total_steps``; gives the callback of a run that starts at a given step.

    Ends the run where the user has interrupted the prompt.
    """
    previewer = latent_preview.get_previewer(model.load_device, model.model.latent_format)
    bar = comfy.utils.ProgressBar(total_steps)

    def starting_at(done: int) -> StepCallback:
        def callback(step: int, denoised: Tensor, noisy: Tensor, steps: int) -> None:
            comfy.model_management.throw_exception_if_processing_interrupted()
            picture = None if previewer is None else draw_strip(previewer, denoised)
            bar.update_absolute(done + step + 1, total_steps, picture)

        return callback

    return starting_at


def draw_strip(previewer, latent: Tensor) -> tuple[str, Image.Image, int]:
    """Up to five frames of ``latent`` ``[T, 4, h, w]`` side by side, the first and the last among them.

    The host's preview: format, picture, and the longer side in pixels to which it is shrunk.
    """
    pictures = [previewer.decode_latent_to_preview(latent[index : index + 1]) for index in strip_indices(len(latent))]
    width, height = pictures[0].size
    strip = Image.new("RGB", (width * len(pictures), height))
    for column, picture in enumerate(pictures):
        strip.paste(picture, (column * width, 0))
    return "JPEG", strip, 2 * latent_preview.MAX_PREVIEW_RESOLUTION


def strip_indices(frames: int) -> list[int]:
    """Frames of the strip, evenly spaced from the first to the last."""
    shown = min(frames, STRIP_FRAMES)
    return [round(index * (frames - 1) / max(shown - 1, 1)) for index in range(shown)]
