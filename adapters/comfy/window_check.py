"""What must fit before a window is sampled, checked while nothing has been loaded."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from ...core.errors import MaskVideoError
from .motion import motion_layers
from .run_state import CELL_PX, WindowGuidance


def check_first_latent(first_latent: Tensor) -> None:
    """Raises ``MaskVideoError`` unless ``first_latent`` is one frame ``[1, 4, h, w]``."""
    if first_latent.ndim != 4 or first_latent.shape[1] != 4:
        raise MaskVideoError(
            f"the first frame's LATENT has shape {list(first_latent.shape)}, an SD1.x latent is [1, 4, height/8, "
            "width/8]: encode the first frame with the SD1.x model's own VAE"
        )
    if len(first_latent) != 1:
        raise MaskVideoError(
            f"the first frame's LATENT holds {len(first_latent)} frames, a video starts from 1: take one of them, as "
            "Latent From Batch does"
        )


def check_masks(masks: Tensor, first_latent: Tensor) -> None:
    """Raises ``MaskVideoError`` unless ``masks`` ``[1, 1, T, H, W]`` have the first frame's size in pixels."""
    height, width = (side * CELL_PX for side in first_latent.shape[-2:])
    if masks.ndim != 5 or tuple(masks.shape[-2:]) != (height, width):
        raise MaskVideoError(
            f"the masks are {masks.shape[-1]}x{masks.shape[-2]} pixels, the first frame's LATENT is of "
            f"{width}x{height}: give masks of {width}x{height}, or a first frame of the masks' size"
        )


def check_window(window: WindowGuidance, model, latent: Tensor, options: Mapping) -> None:
    """Raises ``MaskVideoError`` where what the sampler was given does not fit what guides it.

    ``latent`` is the sampler's latent_image ``[T, 4, h, w]``; ``options`` the run's model options.
    """
    if tuple(latent.shape[1:]) != tuple(window.first_latent.shape[1:]):
        raise MaskVideoError(
            f"the sampler got a latent of {list(latent.shape)}, the first frame is {list(window.first_latent.shape)}: "
            "give the LATENT that comes out of Mask Guidance"
        )
    if window.masks is not None and window.masks.shape[2] != len(latent):
        raise MaskVideoError(
            f"{window.masks.shape[2]} masks for a latent of {len(latent)} frames: give a latent of "
            f"{window.masks.shape[2]} frames, as Mask Guidance makes it, or one mask for each frame"
        )
    check_frames(len(latent), model)
    if options.get("context_handler") is not None:
        raise MaskVideoError(
            "this MODEL has the host's context windows, whose later windows have no first frame: take them off and use "
            "Autoregressive Extend for long videos"
        )


def check_frames(frames: int, model) -> None:
    """Raises ``MaskVideoError`` where a window is longer than the motion of MODEL was trained for."""
    most = motion_layers(model).config.frames
    if frames > most:
        raise MaskVideoError(
            f"a window of {frames} frames, this motion was trained for {most}: give {most} masks or fewer, or use "
            "Autoregressive Extend"
        )
