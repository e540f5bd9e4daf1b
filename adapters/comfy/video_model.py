"""The host's MODEL, CLIP and VAE as a ``VideoModel``."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import comfy.model_management
import torch
from einops import rearrange
from torch import Tensor

from ...core.motion_module import MotionModule
from ...core.video_model import Guide
from .guidance import activate_motion
from .host_model import host_blocks, require_sd1
from .lamp_hooks import LampHooks
from .layout import frames_to_core, frames_to_host, latent_to_core, latent_to_host
from .motion import motion_layers, motion_of
from .run_state import KEY, Call
from .temporal_hooks import temporal_hooks
from .wrappers import other_patches


class ComfyVideoModel:
    """An SD1.x MODEL that predicts the noise of a video, with the motion that it carries, if any.

    ``clip`` and ``vae`` may be None where nothing is embedded, encoded or decoded.
    """

    def __init__(self, model, clip=None, vae=None):
        self.architecture = require_sd1(model)
        self.clip, self.vae = clip, vae
        self.model = model if motion_of(model) is None else activate_motion(model)
        self.sigmas = model.get_model_object("model_sampling").sigmas
        self.alphas_cumprod = 1 / (1 + self.sigmas**2)

    @property
    def motion(self) -> MotionModule | None:
        """The mask encoder and temporal layers; the changes of the projections are the MODEL's weight patches."""
        return None if motion_of(self.model) is None else motion_layers(self.model)

    @torch.no_grad()
    def predict_noise(self, x_t: Tensor, timestep: Tensor, text: Tensor, guide: Guide) -> Tensor:
        """ε_θ(x_t, t, c): ``x_t`` ``[B, C, T, h, w]``, ``timestep`` int64 ``[B]``, ``text`` ``[B, L, D]``.

        The host asks for ``x_0 + σ·ε``, which is ``x_t·√(1+σ²)``, and answers with ``x_0``.
        """
        comfy.model_management.load_models_gpu([self.model, *self.model.get_nested_additional_models()])
        frames, device = x_t.shape[2], self.model.load_device
        sigma = self.sigmas[timestep.cpu()].repeat_interleave(frames).to(device)  # [B*T]
        spread = sigma.view(-1, 1, 1, 1)
        noisy = rearrange(x_t, "b c t h w -> (b t) c h w").to(device) * (1 + spread**2).sqrt()
        text = text.repeat_interleave(frames, dim=0).to(device)
        options = self._options(guide, len(x_t))
        with temporal_hooks(host_blocks(self.model)), self._lamp_layers(frames):
            clean = self.model.model.apply_model(noisy, sigma, c_crossattn=text, transformer_options=options)
        return rearrange((noisy - clean) / spread, "(b t) c h w -> b c t h w", t=frames)

    def _lamp_layers(self, frames: int) -> AbstractContextManager:
        carried = motion_of(self.model)
        if carried is None:
            return nullcontext()
        return LampHooks(self.motion, frames, carried.strength).on(self.model.model.diffusion_model)

    @torch.no_grad()
    def encode(self, frames: Tensor) -> Tensor:
        """Frames ``[1, 3, T, H, W]`` in 0..1 to the scaled latent ``[1, C, T, h, w]``."""
        return latent_to_core(self.model.model.process_latent_in(self.vae.encode(frames_to_host(frames))))

    @torch.no_grad()
    def decode(self, latent: Tensor) -> Tensor:
        """Scaled latent ``[1, C, T, h, w]`` to frames ``[1, 3, T, H, W]`` in 0..1."""
        return frames_to_core(self.vae.decode(self.model.model.process_latent_out(latent_to_host(latent))))

    @torch.no_grad()
    def embed_text(self, prompts: list[str]) -> Tensor:
        """``[B, L, D]``: what CLIP Text Encode gives."""
        embedded = [self.clip.encode_from_tokens(self.clip.tokenize(prompt)) for prompt in prompts]
        return torch.cat(embedded)

    def _options(self, guide: Guide, branches: int) -> dict:
        options = dict(self.model.model_options["transformer_options"])
        options["cond_or_uncond"] = [0] * branches
        carried = motion_of(self.model)
        if carried is not None:
            names = {block.place: name for name, block in host_blocks(self.model).items()}
            options[KEY] = Call(guide, self.motion, carried.strength, names, *other_patches(options))
        return options
