"""The one protocol that the method is written against, and the description of a base model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Protocol

from torch import Tensor, nn

if TYPE_CHECKING:
    from .motion_module import MotionModule


CHECKPOINTED_LEVELS = 2
"""Gradient checkpointing computes the blocks of so many levels twice, the finest first. Each halving of the grid
quarters what a block must keep, and leaves what it costs to compute: further down it saves little and takes as long."""


@dataclass(frozen=True)
class AttentionBlock:
    """One spatial transformer of the U-Net.

    ``name`` is canonical (``down.0.0``, ``mid.0``, ``up.2.1``) so that one motion file serves every adapter.
    ``level`` counts the halvings of the latent grid before it; each halving rounds up.
    """

    name: str
    channels: int
    heads: int
    level: int


@dataclass(frozen=True)
class Convolution:
    """One convolution of the U-Net outside of its transformers, such as ``down.0.resnets.1.conv2``, and its width."""

    name: str
    channels: int


STAGES = {"down_blocks": "down", "mid_block": "mid", "up_blocks": "up"}


def canonical_place(path: str) -> str:
    """Diffusers' ``down_blocks.0.resnets.1.conv2`` as ``down.0.resnets.1.conv2``."""
    stage, *rest = path.split(".")
    return ".".join((STAGES.get(stage, stage), *rest))


@dataclass(frozen=True)
class Architecture:
    """What a motion module must know of its base: the blocks in execution order and the text width.

    ``convolutions`` serve LAMP's layers alone. They follow from the base, so no file holds them, and two architectures
    with the same blocks are equal.
    """

    blocks: tuple[AttentionBlock, ...]
    context_width: int
    latent_channels: int = 4
    convolutions: tuple[Convolution, ...] = field(default=(), compare=False)

    def to_dict(self) -> dict:
        """Plain values only, for a file's metadata."""
        values = asdict(self)
        del values["convolutions"]
        return values

    @classmethod
    def from_dict(cls, values: Mapping) -> Architecture:
        """The inverse of ``to_dict``; raises ``KeyError`` or ``TypeError`` where ``values`` is no architecture."""
        blocks = tuple(AttentionBlock(**block) for block in values["blocks"])
        return cls(blocks, int(values["context_width"]), int(values["latent_channels"]))

    def describe_difference(self, other: Architecture) -> str:
        """The first thing in which ``other`` differs from this one, in words; empty where nothing does."""
        if self.context_width != other.context_width:
            return f"text width {other.context_width} instead of {self.context_width}"
        if self.latent_channels != other.latent_channels:
            return f"{other.latent_channels} latent channels instead of {self.latent_channels}"
        theirs = {block.name: block for block in other.blocks}
        for block in self.blocks:
            if block.name not in theirs:
                return f"block {block.name} is missing"
            if theirs[block.name] != block:
                return f"block {block.name} is {theirs[block.name]} instead of {block}"
        extra = theirs.keys() - {block.name for block in self.blocks}
        return f"block {sorted(extra)[0]} is unknown" if extra else ""


@dataclass(frozen=True)
class BlockFeature:
    """The mask feature of one block, ``[B*T, N, C]``: what is added to the query input and to the hidden state."""

    query: Tensor | None
    hidden: Tensor | None


MaskFeatures = Mapping[str, BlockFeature]


@dataclass(frozen=True)
class Guide:
    """What guides one noise prediction besides the text.

    ``frames`` is T. ``features`` come from ``MotionModule.mask_features``, once for a sampling run. ``gate`` ``[B]``
    multiplies the features of each batch entry: the mask strength, 0 where the mask is dropped; None is 1.
    """

    frames: int
    features: MaskFeatures | None = None
    gate: Tensor | None = None


class VideoModel(Protocol):
    """A base text-to-image model that predicts the noise of a video.

    Layouts: latent ``[B, C, T, h, w]`` in the model's scaled space, frames ``[B, 3, T, H, W]`` in 0..1,
    text ``[B, L, D]``, timestep int64 ``[B]``.
    """

    architecture: Architecture
    unet: nn.Module
    """The frozen base. Its weights tell one base from another, whatever they are called in it."""
    alphas_cumprod: Tensor
    """``[train_timesteps]``: ᾱ_t of the noise schedule."""
    motion: MotionModule | None
    """Applied in ``predict_noise`` where it is set; without one each frame is an image of its own."""

    def predict_noise(self, x_t: Tensor, timestep: Tensor, text: Tensor, guide: Guide) -> Tensor:
        """ε_θ(x_t, t, c) ``[B, C, T, h, w]``."""
        ...

    def encode(self, frames: Tensor) -> Tensor:
        """The mean of the posterior, scaled: ``[B, C, T, h, w]``."""
        ...

    def decode(self, latent: Tensor) -> Tensor:
        """Frames ``[B, 3, T, H, W]`` in 0..1."""
        ...

    def embed_text(self, prompts: list[str]) -> Tensor:
        """``[B, L, D]``."""
        ...
