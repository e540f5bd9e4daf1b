"""Memory and time before the first step."""

import pytest
import torch
from maskvideo.core.motion_module import MotionConfig
from maskvideo.training.clips import Clip
from maskvideo.training.dataset import MotionDataset
from maskvideo.training.estimate import PeakMemory, estimate_training
from maskvideo.training.run import build_motion
from maskvideo.training.step import motion_loss

from .training_base import tiny_config, tiny_dataset, tiny_model


@pytest.fixture(scope="module")
def model():
    return tiny_model()


def longer(model, **changes):
    clip = Clip("long", torch.zeros(8, 3, 64, 96, dtype=torch.uint8), torch.ones(8, 64, 96, dtype=torch.uint8))
    motion = MotionConfig(frames=8, mask_width=8, rank=2)
    return MotionDataset(model, [clip], "a thing", tiny_config(frames=8, motion=motion, **changes))


def test_the_peak_counts_what_is_alive_at_once():
    given = torch.ones(1000)
    with PeakMemory() as memory:
        first = given + 1  # 4000 bytes
        first.add_(1).view(10, 100)  # changed in place and seen otherwise: nothing new
        del first
        second = torch.cat([given, given])  # 8000
        third = second * 2  # 8000
    assert memory.peak == 16000 and memory.live == 16000
    del second, third
    assert memory.live == 0


def test_the_estimate_from_small_steps_is_the_peak_of_a_whole_one(model):
    dataset = longer(model, batch_size=2)
    estimate = estimate_training(model, dataset)
    model.set_motion(build_motion(model, dataset.config))
    random = torch.Generator().manual_seed(0)
    with PeakMemory() as memory:
        motion_loss(model, dataset.sample(random), dataset.config, random).backward()
    model.set_motion(None)
    assert estimate.step_bytes == pytest.approx(memory.peak, rel=0.05)


def test_gradient_checkpointing_lowers_the_estimate(model):
    plain = estimate_training(model, longer(model))
    checkpointed = estimate_training(model, longer(model, gradient_checkpointing=True))
    assert checkpointed.step_bytes < 0.8 * plain.step_bytes
    assert not model.unet.is_gradient_checkpointing


def test_the_trained_weights_count_with_their_optimiser_and_average(model):
    dataset = tiny_dataset(model)
    parameters = sum(p.numel() for p in build_motion(model, dataset.config).parameters())
    assert estimate_training(model, dataset).weights_bytes == 12 * parameters
    assert estimate_training(model, tiny_dataset(model, ema_decay=0.9)).weights_bytes == 16 * parameters


def test_estimating_changes_nothing(model):
    before = torch.get_rng_state()
    estimate = estimate_training(model, tiny_dataset(model))
    assert torch.equal(before, torch.get_rng_state()) and model.motion is None
    assert estimate.step_seconds > 0
