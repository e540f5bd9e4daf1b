"""The noise of a video as the host's NOISE: what its custom samplers take."""

from __future__ import annotations

from dataclasses import dataclass

import comfy.latent_formats
from torch import Tensor

from ...core.frame_noise import frame_noise, window_noise
from ...core.noise_prior import NoisePrior
from .layout import latent_to_core, latent_to_host
from .window_check import check_first_latent


@dataclass(frozen=True)
class SharedNoise:
    """Noise in which the frames share a part (MaskVideo 3.4); the same numbers as the command line's for a seed.

    ``first_latent`` ``[1, 4, h, w]`` a LATENT's samples (unscaled). Raises ``MaskVideoError`` where it is another.
    """

    seed: int
    first_latent: Tensor
    prior: NoisePrior

    def __post_init__(self):
        check_first_latent(self.first_latent)

    def generate_noise(self, input_latent: dict) -> Tensor:
        """Noise ``[T, 4, h, w]`` (float32, CPU) for a LATENT of T frames of the first frame's size."""
        own = frame_noise(latent_to_core(input_latent["samples"]).shape, self.seed)
        return latent_to_host(window_noise(own, scale_latent(self.first_latent), self.prior, self.seed))


@dataclass(frozen=True)
class GivenNoise:
    """Noise that was drawn before: ``[T, 4, h, w]``."""

    seed: int
    noise: Tensor

    def generate_noise(self, input_latent: dict) -> Tensor:
        """The noise itself."""
        return self.noise


def scale_latent(latent: Tensor) -> Tensor:
    """A LATENT's samples in the space in which an SD1.x U-Net sees them."""
    return comfy.latent_formats.SD15().process_in(latent)


def unscale_latent(latent: Tensor) -> Tensor:
    """The inverse of ``scale_latent``."""
    return comfy.latent_formats.SD15().process_out(latent)
