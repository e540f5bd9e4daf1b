"""The host's MODEL, CLIP and VAE as a ``VideoModel`` that trains: gradients flow through a private U-Net."""

from __future__ import annotations

from contextlib import ExitStack
from math import lcm

import comfy.model_management
import comfy.model_patcher
import torch
from comfy.ldm.modules.attention import attention_pytorch
from einops import rearrange
from torch import Tensor

from ...core.errors import MaskVideoError
from ...core.motion_module import MotionModule
from ...core.video_model import Guide
from .attention_patches import attn1_output_patch, attn1_patch, attn2_patch
from .blocks import attention_blocks, list_attention_blocks
from .lamp_hooks import LampHooks
from .layout import frames_to_core, frames_to_host, latent_to_core, latent_to_host
from .run_state import CELL_PX, KEY, Call
from .training_hooks import checkpoint_blocks, training_hooks
from .training_unet import private_unet

PATCHES = {"attn1_patch": attn1_patch, "attn1_output_patch": attn1_output_patch, "attn2_patch": attn2_patch}


class HostTrainingModel:
    """An SD1.x MODEL with the LoRAs that are on it, frozen and copied; a motion trains on the copy.

    Made outside of the host's inference mode, in which nothing trains. ``motion`` None is the image U-Net, frame by
    frame. ``load`` brings the copy to the device, through the host's memory management.

    Raises ``MaskVideoError`` as ``private_unet`` does, and in use where CLIP or VAE do not belong to MODEL.
    """

    def __init__(self, model, clip=None, vae=None, precision: str = "float32"):
        self.unet = private_unet(model, precision)
        self.architecture = list_attention_blocks(self.unet)
        self.clip, self.vae = clip, vae
        self.device = model.load_device
        self.motion: MotionModule | None = None
        self._base = model.model  # for the scale of its latents
        self._sampling = model.get_model_object("model_sampling")
        self._sigmas = self._sampling.sigmas.to(self.device, torch.float32, copy=True)
        self.alphas_cumprod = 1 / (1 + self._sigmas**2)
        self._blocks = attention_blocks(self.unet)
        self._patcher = comfy.model_patcher.ModelPatcher(
            self.unet, self.device, comfy.model_management.unet_offload_device()
        )
        self._installed = ExitStack()

    @property
    def base_bytes(self) -> int:
        """What the copy takes on the device."""
        return sum(weight.numel() * weight.element_size() for weight in self.unet.parameters())

    def load(self, step_bytes: int = 0) -> None:
        """The copy onto the device, whole, with room for ``step_bytes`` beside it: the host moves out what is idle."""
        comfy.model_management.load_models_gpu([self._patcher], memory_required=step_bytes, force_full_load=True)

    def set_motion(self, motion: MotionModule | None) -> None:
        """Puts ``motion`` onto the copy in place of what was there; None leaves the copy as it came."""
        self._installed.close()
        self.motion = motion
        if motion is not None:
            self._installed.enter_context(training_hooks(self._blocks, motion))
            self._lamp = LampHooks(motion, frames=1)
            self._installed.enter_context(self._lamp.on(self.unet))

    def enable_gradient_checkpointing(self, enabled: bool = True) -> None:
        """Trades a second forward pass for memory; the gradients stay the same."""
        checkpoint_blocks(self.unet, enabled)

    def predict_noise(self, x_t: Tensor, timestep: Tensor, text: Tensor, guide: Guide) -> Tensor:
        """ε_θ(x_t, t, c): ``x_t`` ``[B, C, T, h, w]``, ``timestep`` int64 ``[B]``, ``text`` ``[B, L, D]``."""
        frames = x_t.shape[2]
        if self.motion is not None:
            self._lamp.frames = frames
        sample = rearrange(x_t, "b c t h w -> (b t) c h w")
        sigma = self._sigmas[timestep].repeat_interleave(frames)  # [B*T]
        predicted = self.unet(
            sample,
            self._sampling.timestep(sigma).to(sample),
            context=text.repeat_interleave(frames, dim=0),
            transformer_options=self._options(guide, len(x_t)),
        )
        return rearrange(self._as_noise(predicted, sample, sigma), "(b t) c h w -> b c t h w", t=frames)

    @torch.no_grad()
    def encode(self, frames: Tensor) -> Tensor:
        """Frames ``[1, 3, T, H, W]`` in 0..1 to the scaled latent ``[1, C, T, h, w]``; ends where interrupted.

        One frame at a time: the host would encode as many together as memory is free at the moment, and with their
        number the last bits change, so that a resumed run would not be the uninterrupted one.
        """
        comfy.model_management.throw_exception_if_processing_interrupted()
        samples = torch.cat([self.vae.encode(frame[None]) for frame in frames_to_host(frames)])
        self._check_latent(samples, frames)
        return latent_to_core(self._base.process_latent_in(samples))

    @torch.no_grad()
    def decode(self, latent: Tensor) -> Tensor:
        """Scaled latent ``[1, C, T, h, w]`` to frames ``[1, 3, T, H, W]`` in 0..1."""
        return frames_to_core(self.vae.decode(self._base.process_latent_out(latent_to_host(latent))))

    @torch.no_grad()
    def embed_text(self, prompts: list[str]) -> Tensor:
        """``[B, L, D]``, float32 on the device: what CLIP Text Encode gives.

        A long prompt fills several windows of CLIP. As in the host, shorter ones are repeated to its length, which
        changes no attention.
        """
        embedded = [self.clip.encode_from_tokens(self.clip.tokenize(prompt)) for prompt in prompts]
        self._check_text(embedded[0])
        longest = lcm(*(text.shape[1] for text in embedded))
        texts = [text.repeat(1, longest // text.shape[1], 1) for text in embedded]
        return torch.cat(texts).to(self.device, torch.float32)

    def _options(self, guide: Guide, branches: int) -> dict:
        options = {"cond_or_uncond": [0] * branches, "optimized_attention_override": _torch_attention}
        if self.motion is None:
            return options
        names = {block.place: name for name, block in self._blocks.items()}
        call = Call(guide, self.motion, 1.0, names, True, frozenset())
        return {**options, "patches": {name: [patch] for name, patch in PATCHES.items()}, KEY: call}

    def _as_noise(self, predicted: Tensor, sample: Tensor, sigma: Tensor) -> Tensor:
        """The noise ε that the U-Net's output means, whatever MODEL predicts: ε itself, or the velocity."""
        spread = sigma.view(-1, 1, 1, 1)
        noisy = sample * (1 + spread**2).sqrt()
        return (noisy - self._sampling.calculate_denoised(sigma, predicted.float(), noisy)) / spread

    def _check_latent(self, samples: Tensor, frames: Tensor) -> None:
        wanted = (self.architecture.latent_channels, *(side // CELL_PX for side in frames.shape[-2:]))
        if tuple(samples.shape[1:]) != wanted:
            raise MaskVideoError(
                f"this VAE gives latents {list(samples.shape[1:])}, the MODEL takes {list(wanted)}: connect the VAE of "
                "an SD1.x checkpoint"
            )

    def _check_text(self, text: Tensor) -> None:
        if text.shape[-1] != self.architecture.context_width:
            raise MaskVideoError(
                f"this CLIP gives embeddings of {text.shape[-1]} values, the MODEL takes "
                f"{self.architecture.context_width}: connect the CLIP of the MODEL's checkpoint"
            )


def _torch_attention(_chosen, *args, **kwargs) -> Tensor:
    """torch's attention in place of the one that the host has chosen for sampling, which may have no gradient."""
    return attention_pytorch(*args, **kwargs)
