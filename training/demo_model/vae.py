"""Stage 1: the VAE, on crops of the synthetic world."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from torch import Tensor, nn

from .networks import SIZE, build_vae
from .stage import Stage, run_stage
from .world import SMALL_BLOBS, draw_picture

STAGE = Stage("vae", steps=3200, learning_rate=8e-4)
FINE_STAGE = Stage("vae_fine", steps=1500, learning_rate=6e-4)
POOL = 4000
KL_WEIGHT = 3e-5
FIRST_LOG_VARIANCE = -5.0
"""A posterior that starts wide drowns the small latents of an untrained encoder."""


def train_vae(seed: int, folder: Path, stage: Stage = STAGE, fine_stage: Stage = FINE_STAGE) -> AutoencoderKL:
    """Train on crops (L1 and a small KL), then fold the latents' statistics into the 1x1 convolutions.

    Many small crops of all shapes first: colours are learnt from variety. Then larger crops of small and thin blobs:
    their outlines are what a latent cell of 8x8 pixels loses first. After folding, ``0.18215 * mean`` of world pictures
    has zero mean and unit deviation in each channel, as SD1.x expects.
    """
    torch.manual_seed(seed)
    vae = build_vae()
    nn.init.constant_(vae.quant_conv.bias[vae.config.latent_channels :], FIRST_LOG_VARIANCE)
    pool = [draw_picture(np.random.default_rng([seed, 1, i]), SIZE)[:2] for i in range(POOL)]

    def loss_of_step(step: int) -> Tensor:
        small = step < stage.steps // 2
        return _loss(vae, crop_batch(pool, [seed, 2, step], 32 if small else 12, 32 if small else 64), step)

    vae = run_stage(stage, vae, loss_of_step, folder).train().requires_grad_(True)
    thin = [draw_picture(np.random.default_rng([seed, 6, i]), SIZE, SMALL_BLOBS)[:2] for i in range(POOL)]
    vae = run_stage(fine_stage, vae, lambda step: _loss(vae, crop_batch(thin, [seed, 7, step], 12, 64), step), folder)
    fold_statistics(vae, to_pixels(np.stack([image for image, _ in pool[:64]])))
    return vae


def _loss(vae: AutoencoderKL, pictures: Tensor, step: int) -> Tensor:
    generator = torch.Generator().manual_seed(step)
    with torch.autocast("cpu", torch.bfloat16):
        posterior = vae.encode(pictures).latent_dist
        restored = vae.decode(posterior.sample(generator)).sample
    return (restored.float() - pictures).abs().mean() + KL_WEIGHT * posterior.kl().mean() / posterior.mean[0].numel()


def crop_batch(pool: list[tuple[np.ndarray, np.ndarray]], key: list[int], count: int, size: int) -> Tensor:
    """One crop from each of ``count`` random pictures, mostly on an outline: ``[count, 3, size, size]`` in -1..1."""
    rng = np.random.default_rng(key)
    return to_pixels(np.stack([_crop(*pool[i], size, rng) for i in rng.integers(0, len(pool), count)]))


def to_pixels(images: np.ndarray) -> Tensor:
    """uint8 ``[N, H, W, 3]`` to float ``[N, 3, H, W]`` in -1..1, as a VAE takes it."""
    return torch.from_numpy(images).permute(0, 3, 1, 2).float() / 127.5 - 1


def _crop(image: np.ndarray, coverage: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    edge = np.argwhere((coverage > 0.02) & (coverage < 0.98))
    height, width = coverage.shape
    centred = len(edge) and rng.random() < 0.85
    y, x = edge[rng.integers(len(edge))] if centred else (rng.integers(height), rng.integers(width))
    top = int(np.clip(y - rng.integers(size), 0, height - size))
    left = int(np.clip(x - rng.integers(size), 0, width - size))
    return image[top : top + size, left : left + size]


@torch.no_grad()
def fold_statistics(vae: AutoencoderKL, pictures: Tensor) -> None:
    """Rescale and shift the latent space in place so that scaled latents of ``pictures`` are standardised.

    The moments' convolution gives ``s * (mean - m)`` afterwards, and the decoder's first convolution undoes it, so
    the decoded pictures do not change.
    """
    mean = torch.cat([vae.encode(part).latent_dist.mean for part in pictures.split(8)])
    m = mean.mean((0, 2, 3))
    s = 1 / (mean.std((0, 2, 3)) * vae.config.scaling_factor)
    quant, post = vae.quant_conv, vae.post_quant_conv
    channels = len(m)
    quant.weight[:channels] *= s[:, None, None, None]
    quant.bias[:channels] = (quant.bias[:channels] - m) * s
    quant.bias[channels:] += 2 * s.log()
    post.bias += post.weight[:, :, 0, 0] @ m
    post.weight /= s[None, :, None, None]
