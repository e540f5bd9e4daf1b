"""Shared noise: the frames of a video start from noise that has a part in common.

MaskVideo 3.4 and Algorithm 1 mix the first frame's latent into the noise of every later frame; LAMP shares a random
part instead. The plain mix ``α·s + (1−α)·ε`` lowers the variance of the noise; the variance-preserving one
``α·s + √(1−α²)·ε`` keeps it at 1 where s has variance 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from math import sqrt

import torch
from einops import rearrange
from torch import Tensor

from .errors import MaskVideoError
from .schedule import check_first_frame

NOISE_PRIORS = ("first_frame", "first_frame_vp", "random", "random_vp", "none")


@dataclass(frozen=True)
class NoisePrior:
    """Which part the noise of all frames shares (``kind``, one of ``NOISE_PRIORS``) and how much of it (``alpha``).

    ``alpha`` 0 shares nothing, 1 gives every frame the same noise; 0.2 is the paper's.

    Raises ``MaskVideoError`` for an unknown kind and for an alpha outside 0..1.
    """

    kind: str = "first_frame"
    alpha: float = 0.2

    def __post_init__(self):
        if self.kind not in NOISE_PRIORS:
            closest = get_close_matches(self.kind, NOISE_PRIORS, n=1, cutoff=0.0)[0]
            raise MaskVideoError(
                f"noise prior {self.kind!r} is unknown: give one of {', '.join(NOISE_PRIORS)} (closest: {closest})"
            )
        if not 0.0 <= self.alpha <= 1.0:
            nearest = 1 if self.alpha > 1 else 0
            raise MaskVideoError(f"alpha is {self.alpha:g}, it must lie between 0 and 1: give {nearest}")

    @property
    def own_weight(self) -> float:
        """The weight of each frame's own noise: 1−α, or √(1−α²) where the variance is preserved."""
        return sqrt(1.0 - self.alpha**2) if self.kind.endswith("_vp") else 1.0 - self.alpha


def check_prior(prior: NoisePrior, first_frame_conditioning: bool) -> None:
    """Raises ``MaskVideoError`` where a first frame would be shared that no frame is conditioned on."""
    if not first_frame_conditioning and prior.kind.startswith("first_frame"):
        raise MaskVideoError(
            f"noise prior {prior.kind!r} shares a first frame and first_frame_conditioning is off: "
            "set noise_prior to random_vp, random or none"
        )


def shared_noise(
    noise: Tensor, first_latent: Tensor, prior: NoisePrior, generator: torch.Generator | None = None
) -> Tensor:
    """The noise in which frames 1.. share a part; frame 0 and the input tensor stay as they are.

    ``noise`` ``[B, C, T, h, w]`` is standard normal. ``first_latent`` ``[B, C, h, w]`` is E(v_0), scaled as the model
    takes it. ``generator`` draws the shared part of the random kinds, one for each batch entry, on its own device.

    Raises ``MaskVideoError`` where the latent has another size than a frame of the noise.
    """
    check_first_frame(noise, first_latent)
    if prior.kind == "none":
        return noise
    shared = first_latent.to(noise) if prior.kind.startswith("first_frame") else _random_like(first_latent, generator)
    shared = rearrange(shared.to(noise), "b c h w -> b c 1 h w")
    later = prior.alpha * shared + prior.own_weight * noise[:, :, 1:]
    return torch.cat([noise[:, :, :1], later], dim=2)


def _random_like(first_latent: Tensor, generator: torch.Generator | None) -> Tensor:
    device = first_latent.device if generator is None else generator.device
    return torch.randn(first_latent.shape, generator=generator, device=device)
