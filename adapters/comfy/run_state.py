"""What one sampling run, and one call of the U-Net within it, know; nothing of it outlives the run.

All of it lies under ``KEY`` in the run's private ``transformer_options``: first a ``WindowGuidance`` (what was asked
for), from the start of a run on a ``Run``, within a call of the U-Net a ``Call``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pixel_shuffle, pixel_unshuffle

from ...core.motion_module import MotionModule
from ...core.sample_settings import GuidanceSettings
from ...core.video_model import Guide, MaskFeatures
from .blocks import Place

KEY = "maskvideo"
CELL_PX = 8
"""Pixels of one latent cell of SD1.x along one axis."""


@dataclass(frozen=True)
class WindowGuidance:
    """What guides one window: ``masks`` ``[1, 1, T, H, W]`` or None, ``first_latent`` ``[1, 4, h, w]``, unscaled."""

    masks: Tensor | None
    first_latent: Tensor
    settings: GuidanceSettings


@dataclass(frozen=True)
class Run:
    """One sampling run. ``first_latent`` ``[1, 4, h, w]`` is scaled, as the U-Net takes it.

    ``names`` are the canonical names of the host's places; ``features`` is filled by the first call of each kind.
    """

    window: WindowGuidance
    motion: MotionModule
    strength: float
    names: Mapping[Place, str]
    frames: int
    first_latent: Tensor
    mask_lat: Tensor | None
    features: dict[Any, MaskFeatures] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """One call of the U-Net. ``fold`` says whether ours is the only patch of self-attention, ``replaced`` in which
    places another one replaces it: there, and where it is not, others see tensors of the usual shapes."""

    guide: Guide
    motion: MotionModule
    strength: float
    names: Mapping[Place, str]
    fold: bool
    replaced: frozenset

    def folds(self, place: tuple) -> bool:
        """Whether the frames of a block at ``place`` (block, its number, its layer) are folded into one sequence."""
        return self.fold and not self.replaced & {place, place[:2]}


def step_fraction(sigma: Tensor, sample_sigmas: Tensor) -> float:
    """Which part of the steps is done, 0..1 (below 1), when the sampler asks at ``sigma``.

    ``sample_sigmas`` fall, with one more entry than there are steps. A sigma between two steps belongs to the earlier.
    """
    starts = sample_sigmas[:-1].to("cpu", torch.float64)
    passed = int((starts >= sigma.max().to("cpu", torch.float64) * (1 - 1e-5)).sum())
    return max(passed - 1, 0) / max(len(starts), 1)


def to_cells(masks: Tensor) -> Tensor:
    """Masks ``[1, 1, T, H, W]`` as data of each latent cell ``[T, 64, h, w]``: an area of cells crops them exactly."""
    return pixel_unshuffle(masks[0].transpose(0, 1), CELL_PX)


def from_cells(cells: Tensor, frames: int) -> Tensor:
    """Cells ``[B*T, 64, h, w]`` of B videos back to masks ``[B, 1, T, H, W]``."""
    return pixel_shuffle(cells, CELL_PX).unflatten(0, (-1, frames)).transpose(1, 2)
