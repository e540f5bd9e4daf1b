"""One window of a video: from noise to the latent of all frames, guided by text, first frame and masks."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ...core.errors import MaskVideoError
from ...core.guidance import combine_guidance, mask_gate, split_branches
from ...core.latent_statistics import adain_to_first, to_latent_size
from ...core.schedule import check_first_frame, noise_scales, predict_clean, with_clean_first_frame
from ...core.video_model import Guide, MaskFeatures
from .sample_settings import SampleSettings
from .schedulers import StepCallback, build_scheduler, denoise
from .video_unet import DiffusersVideoModel


@torch.no_grad()
def sample_window(
    model: DiffusersVideoModel,
    text: Tensor,
    first_latent: Tensor,
    mask: Tensor | None,
    noise: Tensor,
    settings: SampleSettings | None = None,
    generator: torch.Generator | None = None,
    on_step: StepCallback | None = None,
) -> Tensor:
    """The clean latent ``[1, C, T, h, w]`` (float32) of a window.

    ``text`` ``[2, L, D]``: the negative prompt (unconditional) and the prompt. ``first_latent`` ``[1, C, h, w]``: the
    clean first frame. ``mask`` ``[1, 1, T, H, W]`` in 0..1, 1 = foreground, at pixel size, or None. ``noise``
    ``[1, C, T, h, w]``: what all frames start from, standard normal or mixed by ``shared_noise``; its frame 0 does
    not matter while first-frame conditioning is on. ``generator`` serves stochastic schedulers only.

    Raises ``MaskVideoError`` where sizes do not fit each other.
    """
    settings = settings or SampleSettings()
    _check_inputs(text, first_latent, mask, noise)
    scheduler = build_scheduler(settings.scheduler, model.scheduler_config, settings.steps, model.device)
    window = _Window.prepare(model, text, first_latent, mask, noise, settings, len(scheduler.timesteps))
    latent = denoise(scheduler, noise.to(model.device), window.predict, generator, on_step)
    return window.finish(latent)


@dataclass(frozen=True)
class _Window:
    """State of one sampling run: what stays the same in all its steps."""

    model: DiffusersVideoModel
    settings: SampleSettings
    text: Tensor
    first_latent: Tensor
    features: MaskFeatures | None
    mask_lat: Tensor | None
    frames: int
    steps: int

    @classmethod
    def prepare(cls, model, text, first_latent, mask, noise, settings, steps) -> _Window:
        frames = noise.shape[2]
        text = (text if settings.cfg != 1 else text[1:]).to(model.device, model.dtype)
        masked = mask is not None and model.motion is not None and settings.mask_strength > 0
        features = model.motion.mask_features(mask.to(model.device)) if masked else None
        first_latent = first_latent.to(model.device, torch.float32)
        mask_lat = to_latent_size(mask, noise).to(first_latent) if mask is not None else None
        return cls(model, settings, text, first_latent, features, mask_lat, frames, steps)

    def predict(self, step: int, timestep: Tensor, x_t: Tensor) -> tuple[Tensor, Tensor]:
        """The guided noise of a step and the clean latent that it implies."""
        x_t = self._with_first_frame(x_t)
        predicted = self._guided_noise(x_t, timestep, self._guide(step / self.steps))
        index = timestep.round().long().reshape(1)
        clean = predict_clean(x_t, predicted, index, self.model.alphas_cumprod)
        if self.settings.adain_acts(step / self.steps):
            signal, spread = noise_scales(index, self.model.alphas_cumprod, x_t)
            matched = self._match_statistics(clean)
            predicted, clean = predicted - signal / spread * (matched - clean), matched
        return predicted, self._with_first_frame(clean)

    def finish(self, latent: Tensor) -> Tensor:
        latent = self._with_first_frame(latent)
        return latent if self.settings.adain == "off" else self._match_statistics(latent)

    def _guided_noise(self, x_t: Tensor, timestep: Tensor, guide: Guide) -> Tensor:
        branches = len(self.text)
        batch = x_t.to(self.model.dtype).expand(branches, *x_t.shape[1:])
        predicted = self.model.predict_noise(batch, timestep.expand(branches), self.text, guide).float()
        return predicted if branches == 1 else combine_guidance(*split_branches(predicted), self.settings.cfg)

    def _guide(self, fraction: float) -> Guide:
        """The features were computed once; the gate spreads them over the branches and weighs them in each."""
        if self.features is None or not self.settings.mask_acts(fraction):
            return Guide(self.frames)
        gate = mask_gate(1, self.settings.mask_strength, self.settings.mask_guidance, self.first_latent)
        return Guide(self.frames, self.features, gate[-len(self.text) :])

    def _with_first_frame(self, latent: Tensor) -> Tensor:
        return with_clean_first_frame(latent, self.first_latent) if self.settings.first_frame_conditioning else latent

    def _match_statistics(self, latent: Tensor) -> Tensor:
        """AdaIN to frame 0: the given one, or the sampled one where first-frame conditioning is off."""
        latent = self._with_first_frame(latent)
        return adain_to_first(latent, latent[:, :, 0], self.mask_lat if self.settings.statistics_by_mask else None)


def _check_inputs(text: Tensor, first_latent: Tensor, mask: Tensor | None, noise: Tensor) -> None:
    check_first_frame(noise, first_latent)
    if len(text) != 2:
        raise MaskVideoError(f"text holds {len(text)} prompts, a window needs 2: the negative prompt and the prompt")
    if mask is None:
        return
    if mask.shape[2] != noise.shape[2]:
        raise MaskVideoError(f"mask has {mask.shape[2]} frames, the window {noise.shape[2]}: give one for each frame")
    height, width = mask.shape[-2] / noise.shape[-2], mask.shape[-1] / noise.shape[-1]
    if height != width or height % 1:
        raise MaskVideoError(
            f"mask is {mask.shape[-2]}x{mask.shape[-1]} px, a latent of {noise.shape[-2]}x{noise.shape[-1]} "
            f"needs {noise.shape[-2] * 8}x{noise.shape[-1] * 8} px"
        )
