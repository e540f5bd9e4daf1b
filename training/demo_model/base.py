"""Stage 2: the text encoder and the U-Net, together, on cached latents."""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import DDIMScheduler, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from torch import Tensor, nn
from torch.nn.functional import mse_loss
from transformers import CLIPTextModel

from .networks import SCHEDULER, build_text_encoder, build_unet
from .pictures import Pictures
from .stage import Stage, run_stage

STAGE = Stage("base", steps=3600, learning_rate=8e-4, save_every=200)


def train_base(
    pictures: Pictures, seed: int, folder: Path, stage: Stage = STAGE
) -> tuple[UNet2DConditionModel, CLIPTextModel]:
    """Train both from scratch; the text encoder's embedding has only the world's words."""
    torch.manual_seed(seed)
    base = nn.ModuleDict({"unet": build_unet(), "text_encoder": build_text_encoder()})
    base["unet"].set_attn_processor(
        AttnProcessor()
    )  # plain products: their backward pass is faster in bfloat16 on CPUs
    alphas_cumprod = DDIMScheduler(**SCHEDULER).alphas_cumprod

    def loss_of_step(step: int) -> Tensor:
        latents, _, rows, _ = pictures.batch([seed, 4, step], stage.batch_size)
        x_t, velocity, timestep = noisy_batch(latents, alphas_cumprod, [seed, 4, step])
        with torch.autocast("cpu", torch.bfloat16):
            text = base["text_encoder"](rows).last_hidden_state
            predicted = base["unet"](x_t, timestep, text).sample
        return mse_loss(predicted.float(), velocity)

    average = run_stage(stage, base, loss_of_step, folder)
    return average["unet"], average["text_encoder"]


def noisy_batch(latents: Tensor, alphas_cumprod: Tensor, key: list[int]) -> tuple[Tensor, Tensor, Tensor]:
    """``x_t``, the velocity ``√ᾱ·ε − √(1−ᾱ)·x_0`` and the timesteps, drawn from ``key`` alone.

    The velocity (Salimans and Ho 2022) and not the noise: at the noisiest steps, where the prompt's colours are
    decided, a noise prediction must copy its input to within a few per cent before the text can matter at all.
    """
    generator = torch.Generator().manual_seed(hash(tuple(key)) % 2**31)
    timestep = torch.randint(0, len(alphas_cumprod), (len(latents),), generator=generator)
    noise = torch.randn(latents.shape, generator=generator)
    alpha = alphas_cumprod[timestep].view(-1, 1, 1, 1)
    x_t = alpha.sqrt() * latents + (1 - alpha).sqrt() * noise
    return x_t, alpha.sqrt() * noise - (1 - alpha).sqrt() * latents, timestep
