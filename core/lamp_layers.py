"""LAMP's temporal layers, where LAMP has them, so that its published motions act here as they do there.

LAMP puts a gated convolution over the frames after every convolution of the U-Net, an attention over the frames into
every transformer layer, and normalises its resnets over all frames of a video together. Our own layers
(``temporal_layers``) sit after each spatial transformer instead and work on a reduced width.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from .temporal_layers import attend_over_frames, to_film


class GatedCausalConv(nn.Module):
    """``y + sigmoid(gate(y)) · conv(y)``: ``conv`` sees a frame and the two before it, ``gate`` is one map a frame."""

    def __init__(self, channels: int):
        super().__init__()
        self.gate = nn.Conv2d(channels, 1, 3, padding=1)
        self.conv = nn.Conv2d(channels, channels, (3, 1))
        for layer in (self.gate, self.conv):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, y: Tensor, frames: int) -> Tensor:
        """``y`` ``[B*T, C, h, w]``, what a convolution gave, to the same shape; before frame 0 all is zero."""
        film = to_film(y, frames).permute(0, 3, 1, 2)  # [B, C, T, N]
        mixed = self.conv(pad(film, (0, 0, 2, 0))).transpose(1, 2).reshape(y.shape)
        return torch.addcmul(y, self.gate(y).sigmoid(), mixed)


class FrameAttention(nn.Module):
    """``x + to_out(attention over T)`` at each pixel; without a position code, unlike ``TemporalAttention``."""

    def __init__(self, channels: int, heads: int):
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(channels)
        self.to_qkv = nn.Linear(channels, 3 * channels, bias=False)
        self.to_out = nn.Linear(channels, channels)
        nn.init.zeros_(self.to_out.weight)
        nn.init.zeros_(self.to_out.bias)

    def forward(self, x: Tensor, frames: int) -> Tensor:
        """Tokens ``[B*T, N, C]`` to the same shape."""
        qkv = self.to_qkv(self.norm(x)).unflatten(0, (-1, frames))  # [B, T, N, 3*C]
        attended = torch.cat([attend_over_frames(video, self.heads) for video in qkv])
        return x + self.to_out(attended)


def norm_over_video(norm: Callable[[Tensor], Tensor], images: Tensor, frames: int) -> Tensor:
    """A group norm of ``[B*T, C, h, w]`` whose mean and variance are those of all T frames together."""
    video = images.unflatten(0, (-1, frames)).transpose(1, 2)  # [B, C, T, h, w]
    return norm(video).transpose(1, 2).flatten(0, 1)
