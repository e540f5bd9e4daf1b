"""``UNet2DConditionModel`` and its companions as a ``VideoModel``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from einops import rearrange
from torch import Tensor, nn

from ...core.motion_module import MotionModule
from ...core.video_model import CHECKPOINTED_LEVELS, Guide
from .blocks import list_attention_blocks, stages
from .configs import component_config
from .hooks import Installed, install
from .schedulers import noise_schedule

CHUNK_FRAMES = 4
"""Frames that pass through the VAE together: memory stays the same for any length of video."""


class DiffusersVideoModel:
    """An SD1.x model that predicts the noise of a video.

    The base is frozen and in evaluation mode from here on; what trains is the motion module. ``motion`` None is the
    untouched image U-Net, frame by frame. ``scheduler`` is the config of the noise schedule, SD1.x's by default.
    """

    def __init__(
        self,
        unet: UNet2DConditionModel,
        vae: AutoencoderKL | None,
        text_encoder: nn.Module | None,
        tokenizer,
        scheduler: dict | None = None,
    ):
        self.unet, self.vae, self.text_encoder, self.tokenizer = unet, vae, text_encoder, tokenizer
        self.scheduler_config = scheduler or component_config("scheduler")
        self.architecture = list_attention_blocks(unet)
        self.alphas_cumprod = noise_schedule(self.scheduler_config).to(unet.device)
        self.motion: MotionModule | None = None
        self._installed: Installed | None = None
        for part in self._parts():
            part.requires_grad_(False).eval()

    @property
    def device(self) -> torch.device:
        return self.unet.device

    @property
    def dtype(self) -> torch.dtype:
        return self.unet.dtype

    @property
    def latent_scale(self) -> int:
        """Pixels for each latent cell along one axis."""
        return 2 ** (len(self.vae.config.block_out_channels) - 1)

    def to(self, device: torch.device | str | None = None, dtype: torch.dtype | None = None) -> DiffusersVideoModel:
        """Moves and casts the base; a motion module stays as and where it is."""
        for part in self._parts():
            # The library's own ``to`` warns of layers to be kept in float32 even where, as here, there are none.
            nn.Module.to(part, *(target for target in (device, dtype) if target is not None))
        self.alphas_cumprod = self.alphas_cumprod.to(self.device)
        return self

    def halve_base(self, dtype: torch.dtype) -> None:
        """Matrices and kernels of the U-Net as ``dtype``, for good: half the memory.

        Autocast, without which the U-Net computes nothing from here on, rounds them to it for each use anyway.
        """
        for weight in self.unet.parameters():
            if weight.ndim > 1:
                weight.data = weight.data.to(dtype)

    def release_encoders(self) -> None:
        """VAE and text encoder are gone: training from a cache needs neither."""
        self.vae = self.text_encoder = None

    def set_motion(self, motion: MotionModule | None) -> None:
        """Puts ``motion`` onto the U-Net in place of what was there; None leaves the U-Net as it came.

        Outside of autocast the module needs the base's device and dtype. Raises ``MaskVideoError`` where it was made
        for another base.
        """
        if self._installed is not None:
            self._installed.remove()
        self.motion = self._installed = None
        if motion is not None:
            self._installed = install(self.unet, motion)
            self.motion = motion

    @contextmanager
    def using_motion(self, motion: MotionModule | None) -> Iterator[DiffusersVideoModel]:
        """``set_motion`` for one block of code; what was set before comes back."""
        before = self.motion
        self.set_motion(motion)
        try:
            yield self
        finally:
            self.set_motion(before)

    def enable_gradient_checkpointing(self, enabled: bool = True) -> None:
        """Trades a second forward pass of ``CHECKPOINTED_LEVELS`` for memory; the gradients stay the same."""
        self.unet.disable_gradient_checkpointing()
        if enabled:
            self.unet.enable_gradient_checkpointing()
            deep = [stage for _, stage, level in stages(self.unet) if level >= CHECKPOINTED_LEVELS]
            for module in (module for stage in deep for module in stage.modules()):
                if hasattr(module, "gradient_checkpointing"):
                    module.gradient_checkpointing = False

    def predict_noise(self, x_t: Tensor, timestep: Tensor, text: Tensor, guide: Guide) -> Tensor:
        """ε_θ(x_t, t, c): ``x_t`` ``[B, C, T, h, w]``, ``timestep`` int64 ``[B]``, ``text`` ``[B, L, D]``."""
        frames = x_t.shape[2]
        sample = rearrange(x_t, "b c t h w -> (b t) c h w")
        timestep = timestep.repeat_interleave(frames)
        if self.motion is None:
            predicted = self.unet(sample, timestep, text.repeat_interleave(frames, 0), return_dict=False)[0]
        else:
            # The processors read the text per batch entry, so it has no frame axis here.
            state = {"guide": guide}
            predicted = self.unet(sample, timestep, text, cross_attention_kwargs=state, return_dict=False)[0]
        predicted = self.as_noise(predicted, sample, timestep)
        return rearrange(predicted, "(b t) c h w -> b c t h w", t=frames)

    def as_noise(self, predicted: Tensor, sample: Tensor, timestep: Tensor) -> Tensor:
        """The noise ε that the U-Net's output for ``sample`` ``[N, C, h, w]`` at ``timestep`` (one or N) means.

        SD1.x predicts ε itself; a base whose schedule says so predicts the velocity ``√ᾱ·ε − √(1−ᾱ)·x_0``.
        """
        if self.scheduler_config.get("prediction_type", "epsilon") == "epsilon":
            return predicted
        alpha = self.alphas_cumprod[timestep.round().long()].view(-1, 1, 1, 1)
        return alpha.sqrt().to(predicted) * predicted + (1 - alpha).sqrt().to(predicted) * sample

    @torch.no_grad()
    def encode(self, frames: Tensor) -> Tensor:
        """Frames ``[B, 3, T, H, W]`` in 0..1 to the posterior's mean, scaled: ``[B, C, T, h, w]``."""
        images = rearrange(frames, "b c t h w -> (b t) c h w").to(self.device, self.vae.dtype)
        chunks = (images * 2 - 1).split(CHUNK_FRAMES)
        latent = torch.cat([self.vae.encode(chunk).latent_dist.mode() for chunk in chunks])
        return rearrange(latent * self.vae.config.scaling_factor, "(b t) c h w -> b c t h w", t=frames.shape[2])

    @torch.no_grad()
    def decode(self, latent: Tensor) -> Tensor:
        """Latent ``[B, C, T, h, w]`` to frames ``[B, 3, T, H, W]`` in 0..1, float32 whatever the base's dtype."""
        cells = rearrange(latent, "b c t h w -> (b t) c h w").to(self.device, self.vae.dtype)
        chunks = (cells / self.vae.config.scaling_factor).split(CHUNK_FRAMES)
        images = torch.cat([self.vae.decode(chunk, return_dict=False)[0] for chunk in chunks])
        frames = (images.float() / 2 + 0.5).clamp(0, 1)
        return rearrange(frames, "(b t) c h w -> b c t h w", t=latent.shape[2])

    @torch.no_grad()
    def embed_text(self, prompts: list[str]) -> Tensor:
        """``[B, L, D]``: the text encoder's last hidden state; what is longer than L tokens is cut."""
        tokens = self.tokenizer(
            prompts,
            padding="max_length",
            truncation=True,
            max_length=self.tokenizer.model_max_length,
            return_tensors="pt",
        )
        return self.text_encoder(tokens.input_ids.to(self.device), return_dict=False)[0]

    def _parts(self) -> list[nn.Module]:
        return [part for part in (self.unet, self.vae, self.text_encoder) if part is not None]
