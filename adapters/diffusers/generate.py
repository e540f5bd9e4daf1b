"""A video from masks and a prompt: first frame, windows, decoding."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
import torch
from diffusers import ControlNetModel
from torch import Tensor

from ...core.errors import MaskVideoError
from ...mask_tools.check import describe_vanished
from ...mask_tools.prepare import prepare_masks
from .decode import decode_frames, decode_steps
from .extend import sample_windows
from .first_frame import controlnet_first_frame
from .generate_settings import GenerateSettings
from .progress import OnStep, Progress
from .schedulers import build_scheduler
from .video_unet import DiffusersVideoModel


@dataclass(frozen=True)
class GeneratedVideo:
    """``frames`` uint8 ``[T, H, W, 3]``, decoded from ``latent`` ``[1, C, T, h, w]`` (float32, CPU).

    ``masks`` ``[1, 1, T, H, W]`` are those that guided it, at its size; ``settings`` those it was made with, what was
    left to the motion's training filled in. ``warnings`` say what could not be done as asked and what is not as the
    motion was trained, ``seconds`` how long it took.
    """

    frames: np.ndarray
    latent: Tensor
    masks: Tensor
    settings: GenerateSettings
    warnings: tuple[str, ...]
    seconds: float


@torch.no_grad()
def generate_video(
    model: DiffusersVideoModel,
    controlnet: ControlNetModel | None,
    masks: Tensor,
    settings: GenerateSettings,
    first_frame: Tensor | None = None,
    on_step: OnStep | None = None,
) -> GeneratedVideo:
    """A video in which the object goes where ``masks`` ``[1, 1, T, H, W]`` go; one frame for each mask.

    ``masks`` are fitted to the settings' size, and keep soft outlines where they have it already; a single mask is held
    for one window, more than one window's extend the video. ``model.motion`` guides by the masks; without it they shape
    the first frame alone. ``first_frame`` ``[1, 3, H, W]`` in 0..1, at the settings' size, replaces the one that
    ``controlnet`` makes; without either the prompt alone decides. The same seed gives the same video on the same
    machine, and its first window does not depend on how long it becomes.

    Raises ``MaskVideoError``, before any sampling, for masks that cannot guide and for settings that do not fit the
    model; a mask that vanishes midway is a warning.
    """
    start = time.perf_counter()
    metadata = model.motion.metadata if model.motion is not None else None
    asked = settings = settings.for_motion(metadata)
    unguided = _unguided(model, settings)
    if unguided:  # statistics by mask would paint the object where nothing guides it
        settings = replace(settings, adain_regions=False)
    masks, vanished = prepare_masks(masks, settings.frames, settings.size, soft=True)
    _check(model, first_frame, settings)
    progress = Progress(count_steps(model, masks.shape[2], settings, first_frame), on_step)
    text = model.embed_text([settings.negative, settings.prompt])
    first_latent = _first_latent(model, controlnet, masks[:, :, 0], settings, first_frame, progress)
    latent = sample_windows(model, text, first_latent, masks, settings, progress)
    frames = decode_frames(model, latent, masks, settings, progress)
    warnings = filter(None, (describe_vanished(vanished), unguided, *asked.deviations(metadata)))
    return GeneratedVideo(frames, latent, masks, asked, tuple(warnings), time.perf_counter() - start)


def count_steps(
    model: DiffusersVideoModel, total_frames: int, settings: GenerateSettings, first_frame: Tensor | None
) -> int:
    """The steps of all stages, as the progress counts them."""
    windows = len(settings.plan(total_frames))
    drawn = settings.first_frame_conditioning and first_frame is None
    first = _scheduler_steps(model, settings, settings.first_frame_steps) if drawn else 0
    return first + windows * _scheduler_steps(model, settings, settings.steps) + decode_steps(total_frames, settings)


def _scheduler_steps(model: DiffusersVideoModel, settings: GenerateSettings, steps: int) -> int:
    """Some schedulers take two model calls for a step."""
    return len(build_scheduler(settings.scheduler, model.scheduler_config, steps).timesteps)


def _first_latent(
    model: DiffusersVideoModel,
    controlnet: ControlNetModel | None,
    mask0: Tensor,
    settings: GenerateSettings,
    first_frame: Tensor | None,
    progress: Progress,
) -> Tensor:
    """E(v_0) ``[1, C, h, w]``; zeros where no first frame is wanted."""
    if not settings.first_frame_conditioning:
        size = [side // model.latent_scale for side in mask0.shape[-2:]]
        return torch.zeros(1, model.architecture.latent_channels, *size)
    if first_frame is not None:
        return model.encode(first_frame[:, :, None])[:, :, 0]
    return controlnet_first_frame(
        model,
        controlnet,
        mask0,
        settings.prompt,
        settings.negative,
        settings.first_frame_steps,
        settings.first_frame_cfg,
        settings.seed,
        settings.first_frame_style,
        settings.outline_width,
        scheduler=settings.scheduler,
        control_strength=settings.control_strength,
        scribble_guidance=settings.scribble_guidance,
        on_step=progress.stage("first frame"),
    ).latent


def _check(model: DiffusersVideoModel, first_frame: Tensor | None, settings: GenerateSettings) -> None:
    size = (1, 3, *settings.size)
    if first_frame is not None and first_frame.shape != size:
        raise MaskVideoError(f"the first frame has shape {list(first_frame.shape)}, the video needs {list(size)}")
    if first_frame is not None and not settings.first_frame_conditioning:
        raise MaskVideoError("a first frame came and first_frame_conditioning is off: leave one of them out")
    most = model.motion.config.frames if model.motion is not None else settings.frames
    if settings.frames > most:
        raise MaskVideoError(
            f"frames is {settings.frames}, this motion was trained for windows of {most}: set frames to {most} or "
            "fewer; more masks than that extend the video"
        )


def _unguided(model: DiffusersVideoModel, settings: GenerateSettings) -> str:
    if model.motion is None:
        return "no motion file: the masks shape the first frame alone, later frames are images of their own"
    if settings.mask_strength > 0 and not model.motion.config.mask_branch:
        return "this motion was trained without a mask branch: the masks shape the first frame alone"
    return ""
