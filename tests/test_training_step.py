"""One training step: the loss of eq. 1, and what it leaves alone."""

from dataclasses import replace

import pytest
import torch
from maskvideo.core.motion_module import MotionConfig
from maskvideo.core.video_model import Guide
from maskvideo.training.run import build_motion
from maskvideo.training.start import MotionStart
from maskvideo.training.step import motion_loss, sample_timestep
from maskvideo.training.teacher import build_teacher

from .training_base import FRAMES, tiny_dataset, tiny_model

SETTINGS = MotionConfig(frames=FRAMES, mask_width=8, rank=2)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def model():
    return tiny_model()


def prepared(model, **changes):
    """A batch, its config and a motion module on the model."""
    dataset = tiny_dataset(model, **changes)
    model.set_motion(build_motion(model, dataset.config))
    return dataset.sample(generator()), dataset.config


class Oracle:
    """A model that knows the clean latent, and so the noise."""

    def __init__(self, model, latent):
        self.latent, self.motion, self.alphas_cumprod = latent, model.motion, model.alphas_cumprod

    def predict_noise(self, x_t, timestep, text, guide):
        assert torch.equal(x_t[:, :, 0], self.latent[:, :, 0])
        signal = self.alphas_cumprod[timestep].view(-1, 1, 1, 1, 1)
        return (x_t - signal.sqrt() * self.latent) / (1 - signal).sqrt()


@pytest.mark.parametrize("noise_prior", ["none", "first_frame", "random_vp"])
def test_a_model_that_knows_the_noise_has_no_loss_and_sees_a_clean_first_frame(model, noise_prior):
    batch, config = prepared(model, batch_size=2, noise_prior=noise_prior, timestep_sampling="high_noise")
    assert float(motion_loss(Oracle(model, batch.latent), batch, config, generator())) < 1e-8


@torch.no_grad()
def test_the_loss_is_the_mean_squared_error_of_the_later_frames_by_hand(model):
    batch, config = prepared(model, mask_drop=0.0, noise_prior="none")
    random = generator(5)
    timestep = (torch.rand(1, generator=random) * 1000).long()
    noise = torch.randn(batch.latent.shape, generator=random)
    signal = model.alphas_cumprod[timestep].view(1, 1, 1, 1, 1)
    x_t = signal.sqrt() * batch.latent + (1 - signal).sqrt() * noise
    x_t[:, :, 0] = batch.latent[:, :, 0]
    guide = Guide(FRAMES, model.motion.mask_features(batch.mask), torch.ones(1))
    predicted = model.predict_noise(x_t, timestep, batch.text, guide).double()
    errors = [(predicted[:, :, i] - noise[:, :, i].double()).square().mean() for i in range(1, FRAMES)]
    by_hand = sum(errors) / len(errors)
    torch.testing.assert_close(motion_loss(model, batch, config, generator(5)).double(), by_hand, atol=1e-6, rtol=1e-6)


def test_the_base_model_gets_no_gradient_and_every_output_layer_of_the_motion_module_does(model):
    batch, config = prepared(model, mask_drop=0.0)
    motion_loss(model, batch, config, generator()).backward()
    assert not any(p.requires_grad or p.grad is not None for p in model.unet.parameters())
    learning = [name for name, p in model.motion.named_parameters() if p.grad is not None and p.grad.abs().sum() > 0]
    assert any("mask_encoder" in name for name in learning)
    assert any("temporal_conv" in name for name in learning)
    assert any("attn1" in name for name in learning) and any("attn2" in name for name in learning)


@torch.no_grad()
@pytest.mark.parametrize("layers", [{}, {"first_frame_attention": False}, {"temporal_layers": "lamp"}])
def test_the_consistency_term_is_nothing_before_anything_has_trained(model, layers):
    batch, config = prepared(model, motion=replace(SETTINGS, **layers))
    weighted = replace(config, consistency_weight=1.0)
    teacher = build_teacher(model.architecture, weighted, None)
    plain = motion_loss(model, batch, config, generator())
    torch.testing.assert_close(motion_loss(model, batch, weighted, generator(), teacher=teacher), plain)
    for parameter in model.motion.parameters():
        parameter.add_(0.1)
    motion = model.motion
    plain = motion_loss(model, batch, config, generator())
    assert motion_loss(model, batch, weighted, generator(), teacher=teacher) > plain + 1e-4
    assert model.motion is motion


@torch.no_grad()
def test_a_run_that_starts_from_a_motion_is_pulled_to_it(model):
    batch, config = prepared(model)
    weighted = replace(config, consistency_weight=1.0)
    for parameter in model.motion.parameters():
        parameter.add_(0.1)
    start = MotionStart("a.safetensors", "", config.motion, model.motion.state_dict())
    teacher = build_teacher(model.architecture, weighted, start)
    plain = motion_loss(model, batch, config, generator())
    torch.testing.assert_close(motion_loss(model, batch, weighted, generator(), teacher=teacher), plain)
    untuned = build_teacher(model.architecture, weighted, None)
    assert motion_loss(model, batch, weighted, generator(), teacher=untuned) > plain + 1e-4
    assert build_teacher(model.architecture, config, start) is None


@torch.no_grad()
def test_the_mask_weight_adds_the_error_inside_the_mask(model):
    batch, config = prepared(model)
    plain = motion_loss(model, batch, config, generator())
    weighted = motion_loss(model, batch, replace(config, mask_weight=1.0), generator())
    everywhere = replace(batch, mask=torch.ones_like(batch.mask), gate=torch.zeros_like(batch.gate))
    doubled = motion_loss(model, everywhere, replace(config, mask_weight=1.0), generator())
    single = motion_loss(model, everywhere, config, generator())
    assert plain < weighted
    torch.testing.assert_close(doubled, 2 * single)


@torch.no_grad()
def test_bfloat16_computes_nearly_the_same_loss(model):
    batch, config = prepared(model)
    full = motion_loss(model, batch, config, generator())
    half = motion_loss(model, batch, replace(config, precision="bfloat16"), generator())
    assert half.dtype == torch.float32 and half != full
    torch.testing.assert_close(half, full, atol=0.02, rtol=0.02)


def test_timesteps_are_uniform_or_lean_to_high_noise():
    uniform = sample_timestep(20_000, 1000, "uniform", generator()).float()
    high = sample_timestep(20_000, 1000, "high_noise", generator()).float()
    assert uniform.min() >= 0 and uniform.max() == 999 and high.max() == 999
    assert abs(uniform.mean() - 500) < 10 and abs(high.mean() - 667) < 10
