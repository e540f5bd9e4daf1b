"""Sampling while training: the numbers of the adapter's DDIM, from the model that trains."""

import pytest
import torch
from maskvideo.adapters.diffusers.sample_settings import SampleSettings as AdapterSettings
from maskvideo.adapters.diffusers.sampler import sample_window
from maskvideo.adapters.diffusers.schedulers import build_scheduler
from maskvideo.core.frame_noise import frame_noise, window_noise
from maskvideo.core.noise_prior import NoisePrior
from maskvideo.files.frame_layout import to_uint8
from maskvideo.training.run import build_motion
from maskvideo.training.sample_video import SampleSettings, VideoSampler, ddim_steps

from .test_training_samples import held_out
from .training_base import tiny_config, tiny_model


def awake(motion):
    """``motion`` with nothing at zero, so that masks and temporal layers act."""
    torch.manual_seed(1)
    for parameter in motion.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return motion.requires_grad_(False)


@pytest.mark.parametrize("mask_drop", [0.0, 0.1])
def test_a_sample_is_what_the_adapters_sampler_gives(mask_drop):
    config, model = tiny_config(mask_drop=mask_drop), tiny_model()
    model.set_motion(awake(build_motion(model, config)))
    given, settings = held_out(config), SampleSettings(steps=4, seed=5)
    found = VideoSampler(model, given, config, settings)()
    first = model.encode(given.first_frame)[:, :, 0]
    noise = frame_noise((1, 4, given.masks.shape[2], *first.shape[2:]), 5)
    noise = window_noise(noise, first, NoisePrior(config.noise_prior, config.alpha), 5)
    theirs = AdapterSettings(steps=4, cfg=settings.cfg, adain="off", mask_guidance=mask_drop > 0)
    latent = sample_window(model, model.embed_text(["", given.prompt]), first, given.masks, noise, theirs)
    expected = to_uint8(model.decode(latent))
    assert abs(found.astype(int) - expected.astype(int)).max() <= 1
    assert found[0].std() > 0 and (found[1:] != found[:1]).any()


@pytest.mark.parametrize("steps", [1, 7, 20])
def test_the_steps_are_those_of_ddim_in_diffusers(steps):
    config = tiny_model().scheduler_config
    timesteps = build_scheduler("ddim", config, steps).timesteps.tolist()
    assert [start for start, _ in ddim_steps(config["num_train_timesteps"], steps)] == timesteps


def test_interruption_between_two_steps_ends_the_sample():
    config, model = tiny_config(), tiny_model()
    model.set_motion(awake(build_motion(model, config)))
    calls = []

    def stop():
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        VideoSampler(model, held_out(config), config, on_step=stop)()
    assert len(calls) == 2
