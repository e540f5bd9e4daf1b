"""The random numbers of a video: each frame has its own noise, the same however the video is cut into windows."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .noise_prior import NoisePrior, shared_noise


def frame_noise(shape: Sequence[int], seed: int) -> Tensor:
    """Standard normal noise ``[1, C, T, h, w]`` (float32, CPU), one frame after another from one generator."""
    generator = _generator(seed, 0)
    frames = [torch.randn(*shape[:2], *shape[3:], generator=generator) for _ in range(shape[2])]
    return torch.stack(frames, dim=2)


def window_noise(noise: Tensor, start: Tensor, prior: NoisePrior, seed: int) -> Tensor:
    """A window's own ``noise`` ``[1, C, T, h, w]`` under the prior, with the scaled latent ``start`` ``[1, C, h, w]``.

    The random kinds share the same part in every window of a video.
    """
    return shared_noise(noise, start.float().cpu(), prior, _generator(seed, 1))


def sampler_generator(seed: int) -> torch.Generator:
    """What stochastic samplers draw from, for all windows of a video."""
    return _generator(seed, 2)


def _generator(seed: int, stream: int) -> torch.Generator:
    """Seeds apart from the first frame's own, whose noise must not come back in the video's."""
    return torch.Generator("cpu").manual_seed((seed * 3 + stream + 0x5EED) % 2**32)
