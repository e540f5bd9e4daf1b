"""LAMP's temporal layers in the host: the same noise, gradient and video as through diffusers."""

import pytest
import torch
from maskvideo.adapters.diffusers.sample_settings import SampleSettings
from maskvideo.adapters.diffusers.sampler import sample_window as sample_by_diffusers
from maskvideo.core.frame_noise import frame_noise, window_noise
from maskvideo.core.noise_prior import NoisePrior
from maskvideo.core.sample_settings import GuidanceSettings
from maskvideo.core.video_model import Guide

from .test_parity import start_gain
from .video_base import (
    FRAMES,
    diffusers_twin,
    host_twin,
    moving_box,
    random_first_latent,
    random_motion,
    random_text,
    relative_error,
    sample,
)

LARGEST_ERROR = 1e-4
LAMP = {"temporal_layers": "lamp", "projections": "full", "targets": ("attn1.to_q",), "mask_branch": False}


@pytest.fixture(scope="module")
def twins(host):
    twin = diffusers_twin()
    return host_twin(twin), twin


def one_step(model) -> torch.Tensor:
    x_t = torch.randn(2, 4, FRAMES, 6, 8, generator=torch.Generator().manual_seed(5))
    return model.predict_noise(x_t, torch.tensor([40, 700]), random_text(), Guide(FRAMES))


def test_both_sides_know_the_same_convolutions(twins):
    from maskvideo.adapters.comfy.host_model import require_sd1

    model, twin = twins
    assert set(require_sd1(model).convolutions) == set(twin.architecture.convolutions)


@torch.no_grad()
def test_lamp_layers_predict_the_same_noise(twins):
    from maskvideo.adapters.comfy.motion import carry_motion
    from maskvideo.adapters.comfy.video_model import ComfyVideoModel

    model, twin = twins
    motion = random_motion(twin.architecture, **LAMP)
    base = one_step(twin)
    with twin.using_motion(motion.module):
        expected = one_step(twin)
    assert relative_error(one_step(ComfyVideoModel(carry_motion(model, motion))), expected) < LARGEST_ERROR
    assert relative_error(expected, base) > 100 * LARGEST_ERROR


@torch.no_grad()
def test_at_strength_0_the_base_predicts_and_between_it_is_between(twins):
    from maskvideo.adapters.comfy.motion import carry_motion
    from maskvideo.adapters.comfy.video_model import ComfyVideoModel

    model, twin = twins
    plain = random_motion(twin.architecture, **{**LAMP, "first_frame_attention": False})
    noises = [one_step(ComfyVideoModel(carry_motion(model, plain, strength))) for strength in (0, 0.5, 1)]
    assert relative_error(noises[0], one_step(twin)) < LARGEST_ERROR
    assert 0.01 < relative_error(noises[1], noises[0]) < relative_error(noises[2], noises[0])


def test_the_host_s_sampler_makes_the_same_video_and_leaves_no_hook(twins):
    from maskvideo.adapters.comfy.layout import latent_to_core, latent_to_host
    from maskvideo.adapters.comfy.motion import carry_motion
    from maskvideo.adapters.comfy.noise import GivenNoise, scale_latent

    model, twin = twins
    motion, first = random_motion(twin.architecture, **LAMP), scale_latent(random_first_latent())
    noise = window_noise(frame_noise((1, 4, FRAMES, 6, 8), 7), first, NoisePrior("random", 0.2), 7)
    given = GivenNoise(7, latent_to_host(noise) * start_gain(model))
    schedule = {"steps": 20, "sampler_name": "ddim", "scheduler": "ddim_uniform", "settings": GuidanceSettings()}
    found = latent_to_core(scale_latent(sample(carry_motion(model, motion), noise=given, **schedule)))
    with twin.using_motion(motion.module):
        sampling = SampleSettings(steps=20, cfg=3.0)
        expected = sample_by_diffusers(twin, random_text(), first, moving_box(), noise, sampling)
    assert relative_error(found, expected) < LARGEST_ERROR
    modules = model.model.diffusion_model.modules()
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in modules)


def test_lamp_layers_train_on_the_host_s_model_with_the_same_gradients(twins):
    from maskvideo.adapters.comfy.training_model import HostTrainingModel

    model, twin = twins
    gradients = []
    for side in (twin, HostTrainingModel(model)):
        motion = random_motion(twin.architecture, **LAMP).module.requires_grad_(True)
        side.set_motion(motion)
        if side is not twin:
            side.enable_gradient_checkpointing()
        one_step(side).square().mean().backward()
        side.set_motion(None)
        gradients.append({name: parameter.grad for name, parameter in motion.named_parameters()})
    whole = torch.cat([gradient.flatten() for gradient in gradients[0].values()]).norm()
    for name, expected in gradients[0].items():
        assert (gradients[1][name] - expected).norm() < 1e-3 * (expected.norm() + 1e-4 * whole), name
