"""The host's wrappers around a guided run: around the run, around each step, around each call of the U-Net."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import comfy.conds
import torch
from torch import Tensor

from ...core.errors import MaskVideoError
from ...core.latent_statistics import adain_to_first, to_latent_size
from ...core.schedule import with_clean_first_frame
from ...core.video_model import Guide, MaskFeatures
from .host_model import host_blocks
from .lamp_hooks import LampHooks
from .layout import latent_to_core, latent_to_host
from .motion import motion_layers, require_motion
from .run_state import KEY, Call, Run, WindowGuidance, from_cells, step_fraction, to_cells
from .temporal_hooks import temporal_hooks
from .window_check import check_window

MASK, SEES_MASK = f"{KEY}_mask", f"{KEY}_sees_mask"
"""What the conditions carry to the U-Net: the masks' cells ``[T, 64, h, w]``, and 0 in the negative branch."""


def outer_sample(executor, noise: Tensor, latent_image: Tensor, sampler, sigmas: Tensor, *args, **kwargs) -> Tensor:
    """Around a run: checks, the state of this run, the masks into every condition, the layers' hooks, the result.

    ``noise`` and ``latent_image`` ``[T, 4, h, w]`` (unscaled); the result is unscaled, and its frame 0 is the first
    frame that was given: some samplers stop short of sigma 0.
    """
    guider = executor.class_obj
    options = guider.model_options["transformer_options"]
    window = options[KEY]
    check_window(window, guider.model_patcher, latent_image, guider.model_options)
    run = _start(guider.model_patcher, window, latent_image)
    options[KEY] = run
    _give_masks(guider.conds, window, guider.model_patcher.load_device)
    lamp = LampHooks(run.motion, run.frames, run.strength)
    with temporal_hooks(host_blocks(guider.model_patcher)), lamp.on(guider.model_patcher.model.diffusion_model):
        samples = executor(noise, latent_image, sampler, sigmas, *args, **kwargs)
    return _finish(run, samples, guider.model_patcher.model, finished=float(sigmas[-1]) == 0)


def predict_noise(executor, x: Tensor, timestep: Tensor, model_options: dict | None = None, seed=None, **kwargs):
    """Around a step: the U-Net sees frame 0 clean, its own denoised frame 0 is left out, statistics where they act.

    ``x`` ``[T, 4, h, w]`` is noisy and not yet scaled by the host's c_in; the result is the denoised latent.
    """
    options = (model_options or {}).get("transformer_options", {})
    run = options.get(KEY)
    if not isinstance(run, Run):
        return executor(x, timestep, model_options, seed, **kwargs)
    denoised = executor(
        _with_clean_input(run, x, timestep, executor.class_obj), timestep, model_options, seed, **kwargs
    )
    if run.window.settings.adain_acts(step_fraction(timestep, options["sample_sigmas"])):
        return latent_to_host(_match_statistics(run, latent_to_core(denoised)))
    return latent_to_host(_with_first_frame(run, latent_to_core(denoised)))


def diffusion_model(executor, x, timesteps, context=None, y=None, control=None, transformer_options=None, **kwargs):
    """Around a call of the U-Net: what the conditions carried becomes the call's guide."""
    cells, sees_mask = kwargs.pop(MASK, None), kwargs.pop(SEES_MASK, None)
    options = transformer_options or {}
    run = options.get(KEY)
    if isinstance(run, Run):
        call = _call(run, x, cells, sees_mask, options)
        options = {**options, KEY: call}
    return executor(x, timesteps, context, y, control, options, **kwargs)


def _start(model, window: WindowGuidance, latent_image: Tensor) -> Run:
    names = {block.place: name for name, block in host_blocks(model).items()}
    first = model.model.process_latent_in(window.first_latent.float()).to(model.load_device)
    mask_lat = None
    if window.masks is not None and window.settings.statistics_by_mask:
        mask_lat = to_latent_size(window.masks, latent_to_core(latent_image)).to(first)
    strength = require_motion(model).strength
    return Run(window, motion_layers(model), strength, names, len(latent_image), first, mask_lat)


def _give_masks(conds: dict[str, list[dict]], window: WindowGuidance, device: torch.device) -> None:
    """Each condition of the run gets the masks; those of the others, from which it was copied, stay as they are.

    The negative branch does not see them under ``mask_guidance``. Every condition gets both entries all the same: the
    host runs conditions together only where they carry the same.
    """
    if window.masks is None or window.settings.mask_strength == 0:
        return
    cells = comfy.conds.CONDNoiseShape(to_cells(window.masks).to(device))
    for branch, entries in conds.items():
        dropped = branch == "negative" and window.settings.mask_guidance
        sees_mask = comfy.conds.CONDRegular(torch.tensor([0.0 if dropped else 1.0]))
        for entry in entries:
            entry["model_conds"] = {**entry["model_conds"], MASK: cells, SEES_MASK: sees_mask}


def _finish(run: Run, samples: Tensor, base, finished: bool) -> Tensor:
    """The result ``[T, 4, h, w]`` with statistics at the end, where there is one, and the given first frame."""
    if finished and run.window.settings.adain != "off":
        scaled = latent_to_core(base.process_latent_in(samples.to(run.first_latent)))
        samples = base.process_latent_out(latent_to_host(_match_statistics(run, scaled))).to(samples)
    if run.window.settings.first_frame_conditioning:
        samples = torch.cat([run.window.first_latent.to(samples), samples[1:]])
    return samples


def _with_clean_input(run: Run, x: Tensor, timestep: Tensor, guider) -> Tensor:
    if not run.window.settings.first_frame_conditioning:
        return x
    sampling = guider.inner_model.model_sampling
    scale = sampling.calculate_input(timestep.reshape(-1)[:1], torch.ones_like(x[:1]))
    return torch.cat([run.first_latent.to(x) / scale, x[1:]])


def _with_first_frame(run: Run, latent: Tensor) -> Tensor:
    return with_clean_first_frame(latent, run.first_latent) if run.window.settings.first_frame_conditioning else latent


def _match_statistics(run: Run, latent: Tensor) -> Tensor:
    """AdaIN of ``[1, 4, T, h, w]`` to frame 0: the given one, or the sampled one without first-frame conditioning."""
    latent = _with_first_frame(run, latent)
    return adain_to_first(latent, latent[:, :, 0], run.mask_lat)


def _call(run: Run, x: Tensor, cells: Tensor | None, sees_mask: Tensor | None, options: Mapping[str, Any]) -> Call:
    branches = len(options["cond_or_uncond"])
    if x.shape[0] != branches * run.frames:
        raise MaskVideoError(
            f"the U-Net got a batch of {x.shape[0]} for {branches} conditions of {run.frames} frames each: another "
            "node splits or joins the batch; take it off this MODEL"
        )
    return Call(
        _guide(run, cells, sees_mask, options) if run.strength else Guide(run.frames),
        run.motion,
        run.strength,
        run.names,
        *other_patches(options),
    )


def _guide(run: Run, cells: Tensor | None, sees_mask: Tensor | None, options: Mapping[str, Any]) -> Guide:
    fraction = step_fraction(options["sigmas"], options["sample_sigmas"])
    if cells is None or not run.window.settings.mask_acts(fraction):
        return Guide(run.frames)
    gate = run.window.settings.mask_strength * sees_mask[:: run.frames]
    return Guide(run.frames, _features(run, cells, tuple(options["uuids"])), gate)


def _features(run: Run, cells: Tensor, conditions: tuple) -> MaskFeatures | None:
    """The features of these conditions' masks, once for a run; where all see the same masks, those of one video."""
    key = (conditions, cells.shape, cells.device, cells.dtype)
    if key not in run.features:
        videos = cells.unflatten(0, (-1, run.frames))
        alike = all(torch.equal(video, videos[0]) for video in videos[1:])
        run.features[key] = run.motion.mask_features(from_cells(videos[0] if alike else cells, run.frames))
    return run.features[key]


def other_patches(options: Mapping[str, Any]) -> tuple[bool, frozenset]:
    """Whether ours are the only patches of self-attention, and the places where it is replaced."""
    patches = options.get("patches", {})
    alone = all(len(patches.get(kind, ())) <= 1 for kind in ("attn1_patch", "attn1_output_patch"))
    return alone, frozenset(options.get("patches_replace", {}).get("attn1", {}))
