"""A video of any length, window by window: each starts from a latent that the window before it made (appendix C)."""

from __future__ import annotations

from torch import Tensor

from ...core.extension import join_windows, span_of
from ...core.frame_noise import frame_noise, sampler_generator, window_noise
from ...core.windows import Window
from .generate_settings import GenerateSettings
from .progress import Progress
from .sampler import sample_window
from .video_unet import DiffusersVideoModel


def sample_windows(
    model: DiffusersVideoModel,
    text: Tensor,
    first_latent: Tensor,
    masks: Tensor,
    settings: GenerateSettings,
    progress: Progress,
) -> Tensor:
    """The latent ``[1, C, T, h, w]`` (float32, CPU) of all frames of ``masks`` ``[1, 1, T, H, W]``.

    ``text`` ``[2, L, D]``: negative prompt and prompt. ``first_latent`` ``[1, C, h, w]`` is E(v_0). Each frame has its
    own noise, drawn in the video's order, so the first window is the same however long the video becomes.
    """
    windows = settings.plan(masks.shape[2])
    noise = frame_noise((*first_latent.shape[:2], windows[-1].stop, *first_latent.shape[2:]), settings.seed)
    generator = sampler_generator(settings.seed)

    def sample(index: int, window: Window, start: Tensor) -> Tensor:
        span = slice(window.start, window.stop)
        return sample_window(
            model,
            text,
            start,
            span_of(masks, window),
            window_noise(noise[:, :, span], start, settings.prior(), settings.seed),
            settings.sampling(),
            generator,
            progress.stage(f"window {index + 1} of {len(windows)}"),
        )

    return join_windows(windows, first_latent, masks, settings.sampling(), sample)
