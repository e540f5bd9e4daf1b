"""The demo VAE's crops and the folding of its latents' statistics."""

import numpy as np
import torch
from maskvideo.training.demo_model.networks import build_vae
from maskvideo.training.demo_model.vae import crop_batch, fold_statistics
from maskvideo.training.demo_model.world import draw_picture


def test_folding_standardises_the_latents_and_leaves_decoded_pictures_alone():
    torch.manual_seed(0)
    vae = build_vae().eval().requires_grad_(False)
    pictures = torch.rand(4, 3, 32, 32) * 2 - 1
    before = vae.decode(vae.encode(pictures).latent_dist.mean).sample
    fold_statistics(vae, pictures)
    latent = vae.encode(pictures).latent_dist.mean
    scaled = latent * vae.config.scaling_factor
    torch.testing.assert_close(scaled.mean((0, 2, 3)), torch.zeros(4), atol=1e-4, rtol=0)
    torch.testing.assert_close(scaled.std((0, 2, 3)), torch.ones(4), atol=1e-3, rtol=0)
    torch.testing.assert_close(vae.decode(latent).sample, before, atol=1e-3, rtol=1e-3)


def test_crops_depend_on_their_key_alone_and_mostly_show_an_outline():
    pool = [draw_picture(np.random.default_rng(i), (64, 96))[:2] for i in range(6)]
    crops = crop_batch(pool, [0, 1], 16, 32)
    assert crops.shape == (16, 3, 32, 32) and crops.abs().max() <= 1
    assert torch.equal(crops, crop_batch(pool, [0, 1], 16, 32))
    two_colours = (crops.amax((2, 3)) - crops.amin((2, 3))).amax(1) > 0.2
    assert two_colours.float().mean() > 0.6
