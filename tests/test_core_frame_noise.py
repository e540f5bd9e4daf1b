"""The random numbers of a video: by frame, by seed, and apart from one another."""

import torch
from maskvideo.core.frame_noise import frame_noise, sampler_generator, window_noise
from maskvideo.core.noise_prior import NoisePrior

SHAPE = (1, 4, 3, 5, 6)


def test_each_frame_has_the_same_noise_however_long_the_video_is():
    longer = frame_noise((1, 4, 7, 5, 6), seed=2)
    assert torch.equal(frame_noise(SHAPE, seed=2), longer[:, :, :3])
    assert not torch.equal(longer[:, :, 0], longer[:, :, 1])
    assert not torch.equal(frame_noise(SHAPE, seed=3), longer[:, :, :3])


def test_the_shared_random_part_is_the_same_in_every_window():
    start, prior = torch.zeros(1, 4, 5, 6), NoisePrior("random", 1.0)
    one, other = (window_noise(torch.randn(SHAPE), start, prior, seed=2) for _ in range(2))
    assert torch.equal(one[:, :, 1:], other[:, :, 1:])


def test_a_window_shares_its_own_first_frame():
    start, noise = torch.full((1, 4, 5, 6), 3.0), frame_noise(SHAPE, seed=2)
    mixed = window_noise(noise, start, NoisePrior("first_frame", 0.25), seed=2)
    torch.testing.assert_close(mixed[:, :, 1:], 0.25 * 3 + 0.75 * noise[:, :, 1:])


def test_the_streams_of_one_seed_and_of_the_first_frame_differ():
    draws = [
        torch.randn(6, generator=generator) for generator in (torch.Generator().manual_seed(2), sampler_generator(2))
    ]
    draws.append(frame_noise((1, 1, 1, 1, 6), seed=2).flatten())
    assert len({tuple(draw.tolist()) for draw in draws}) == 3
