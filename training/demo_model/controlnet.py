"""Stage 3: the scribble ControlNet, on the frozen base."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from diffusers import ControlNetModel, DDIMScheduler, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from torch import Tensor
from torch.nn.functional import max_pool2d
from transformers import CLIPTextModel

from ...mask_tools.scribble import draw_scribble
from .base import noisy_batch
from .networks import SCHEDULER, build_controlnet
from .pictures import Pictures
from .stage import Stage, run_stage

STAGE = Stage("controlnet", steps=2000, learning_rate=1.2e-3, ema_decay=0.98, save_every=100)


def train_controlnet(
    unet: UNet2DConditionModel,
    text_encoder: CLIPTextModel,
    pictures: Pictures,
    seed: int,
    folder: Path,
    stage: Stage = STAGE,
) -> ControlNetModel:
    """Train on outlines of random width and on filled masks, half and half."""
    torch.manual_seed(seed)
    controlnet = build_controlnet(unet)
    controlnet.set_attn_processor(AttnProcessor())
    alphas_cumprod = DDIMScheduler(**SCHEDULER).alphas_cumprod

    def loss_of_step(step: int) -> Tensor:
        latents, masks, rows, rng = pictures.batch([seed, 5, step], stage.batch_size)
        hints = torch.stack([random_scribble(mask, rng) for mask in masks])
        x_t, velocity, timestep = noisy_batch(latents, alphas_cumprod, [seed, 5, step])
        with torch.autocast("cpu", torch.bfloat16):
            with torch.no_grad():
                text = text_encoder(rows).last_hidden_state
            down, mid = controlnet(x_t, timestep, text, hints, return_dict=False)
            predicted = unet(
                x_t, timestep, text, down_block_additional_residuals=down, mid_block_additional_residual=mid
            ).sample
        return ((predicted.float() - velocity).square() * near_object(masks)).mean()

    return run_stage(stage, controlnet, loss_of_step, folder)


def near_object(masks: Tensor) -> Tensor:
    """Loss weight ``[B, 1, h, w]``: 4 within a latent cell of the object ``[B, 1, 8h, 8w]``, else 1.

    A small object is a few cells of 640: unweighted, the loss hardly sees whether it has its mask's shape.
    """
    return 1 + 3 * max_pool2d(masks.float(), kernel_size=24, stride=8, padding=8)


def random_scribble(mask: Tensor, rng: np.random.Generator) -> Tensor:
    """What the first frame's mask ``[1, H, W]`` may be drawn as: filled, or its outline 1 to 4 pixels wide."""
    if not (mask > 0.5).any():
        return torch.zeros(3, *mask.shape[1:])
    style = "fill" if rng.random() < 0.5 else "outline"
    return draw_scribble(mask[None], style, int(rng.integers(1, 5)))[0]
