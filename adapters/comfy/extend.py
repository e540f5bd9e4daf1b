"""A video of any length in the host, window by window (MaskVideo, appendix C)."""

from __future__ import annotations

from torch import Tensor

from ...core.extension import join_windows, span_of
from ...core.frame_noise import frame_noise, window_noise
from ...core.noise_prior import NoisePrior
from ...core.sample_settings import GuidanceSettings
from ...core.windows import Window, plan_windows
from .guidance import activate_motion
from .layout import latent_to_core, latent_to_host
from .motion import seen_masks
from .noise import GivenNoise, scale_latent, unscale_latent
from .preview import strip_preview
from .sampling import sample_window
from .window_check import check_first_latent, check_frames, check_masks


def sample_windows(
    model,
    positive,
    negative,
    first_latent: Tensor,
    masks: Tensor,
    frames: int,
    restart_frame: int,
    prior: NoisePrior,
    seed: int,
    steps: int,
    cfg: float,
    sampler_name: str,
    scheduler: str,
    settings: GuidanceSettings | None = None,
    windows: str = "fewest",
) -> Tensor:
    """The latent ``[T, 4, h, w]`` (unscaled, CPU) of all frames of ``masks`` ``[1, 1, T, H, W]``.

    Windows of ``frames`` start from frame ``restart_frame`` of the one before; ``windows`` is as in ``plan_windows``.
    Each frame has its own noise, drawn in the video's order and shared under ``prior`` within a window, so the first
    window is the same however long the video becomes. Statistics stay anchored to ``first_latent``. The rest is as in
    ``sample_window``.

    Raises ``MaskVideoError`` as ``guide_video`` does, and where the masks do not fill a window.
    """
    settings = settings or GuidanceSettings()
    check_first_latent(first_latent)
    check_masks(masks, first_latent)
    active = activate_motion(model)
    check_frames(frames, active)
    planned = plan_windows(masks.shape[2], frames, restart_frame, windows)
    noise = frame_noise((1, first_latent.shape[1], planned[-1].stop, *first_latent.shape[2:]), seed)
    preview = strip_preview(model, steps * len(planned))

    def sample(index: int, window: Window, start: Tensor) -> Tensor:
        span = slice(window.start, window.stop)
        own = latent_to_host(window_noise(noise[:, :, span], start, prior, seed))
        latent = sample_window(
            active,
            positive,
            negative,
            unscale_latent(start) if index else first_latent,
            span_of(masks, window),
            GivenNoise(seed, own),
            steps,
            cfg,
            sampler_name,
            scheduler,
            (seed + index) % 2**32,  # the noise that stochastic samplers add must not come back in every window
            settings,
            preview(index * steps),
        )
        return latent_to_core(scale_latent(latent))

    anchors = seen_masks(active, masks)
    return latent_to_host(unscale_latent(join_windows(planned, scale_latent(first_latent), anchors, settings, sample)))
