"""Temporal layers after a spatial block: a gated convolution and an attention over the frames at each pixel (LAMP).

After LAMP, whose own layers are in ``lamp_layers``: these work on a reduced width and end in a zero-initialised
projection, so at the start they are the identity. Reduced features lie as ``[B, T, N, width]``, which for a convolution
is a channels-last image of T × N: neither layer reorders them, and what is copied between the two layouts is never of
full width.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import glu, scaled_dot_product_attention

from .errors import MaskVideoError

ATTENTION_BATCH = 32768
"""Pixels in one attention call: fused CUDA kernels take at most 65535."""


class GatedTemporalConv(nn.Module):
    """``x + up(value · sigmoid(gate))``, where value and gate are a convolution over three frames of ``down(x)``."""

    def __init__(self, channels: int, width: int):
        super().__init__()
        self.down = nn.Conv2d(channels, width, 1)
        self.norm = nn.LayerNorm(width)
        self.conv = nn.Conv2d(width, 2 * width, (3, 1), padding=(1, 0))
        self.up = _zero_projection(width, channels)

    def forward(self, x: Tensor, frames: int) -> Tensor:
        """``x`` ``[B*T, C, h, w]`` to the same shape; frames beyond either end count as zero."""
        film = self.norm(to_film(self.down(x), frames))
        mixed = glu(self.conv(film.permute(0, 3, 1, 2)), dim=1)  # [B, width, T, N]
        return x + self.up(_to_images(mixed.permute(0, 2, 3, 1), x))


class TemporalAttention(nn.Module):
    """``x + up(attention over T)`` at each pixel, with a learned code for each frame's position.

    ``heads`` divides ``width``. The position code is trained from sine and cosine of the frame's number, and serves
    up to ``max_frames``.
    """

    def __init__(self, channels: int, width: int, heads: int, max_frames: int):
        super().__init__()
        self.heads = heads
        self.down = nn.Conv2d(channels, width, 1)
        self.norm = nn.LayerNorm(width)
        self.position = nn.Embedding.from_pretrained(sinusoids(max_frames, width), freeze=False)
        self.to_qkv = nn.Conv2d(width, 3 * width, 1, bias=False)
        self.up = _zero_projection(width, channels)

    def forward(self, x: Tensor, frames: int) -> Tensor:
        """``x`` ``[B*T, C, h, w]`` to the same shape.

        Raises ``MaskVideoError`` where ``frames`` is more than the position code was made for.
        """
        self._check_frames(frames)
        code = self.position(torch.arange(frames, device=x.device))  # [T, width]
        film = self.norm(to_film(self.down(x), frames)) + code[:, None]
        qkv = self.to_qkv(film.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)  # [B, T, N, 3*width]
        attended = torch.stack([attend_over_frames(video, self.heads) for video in qkv])
        return x + self.up(_to_images(attended, x))

    def _check_frames(self, frames: int) -> None:
        most = self.position.num_embeddings
        if frames > most:
            raise MaskVideoError(
                f"{frames} frames in one window, the temporal attention was made for {most}: "
                f"set frames to {most} or fewer, or train with frames = {frames}"
            )


def sinusoids(frames: int, width: int) -> Tensor:
    """``[frames, width]`` in -1..1: sine and cosine of each frame's number at falling rates (Vaswani et al. 2017)."""
    rates = 10000 ** -(torch.arange(0, width, 2) / width)
    angles = torch.arange(frames)[:, None] * rates
    return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(1)[:, :width]


def attend_over_frames(qkv: Tensor, heads: int) -> Tensor:
    """``[T, N, 3*heads*d]`` to ``[T, N, heads*d]``: at each pixel, every frame asks every frame."""
    if qkv.shape[1] > ATTENTION_BATCH:
        return torch.cat([attend_over_frames(part, heads) for part in qkv.split(ATTENTION_BATCH, dim=1)], dim=1)
    pixels = qkv.unflatten(-1, (3, heads, -1)).permute(2, 1, 3, 0, 4)  # [3, N, heads, T, d]
    return scaled_dot_product_attention(*pixels).permute(2, 0, 1, 3).flatten(2)


def to_film(images: Tensor, frames: int) -> Tensor:
    """``[B*T, C, h, w]`` to ``[B, T, N, C]``, a view."""
    return images.flatten(2).transpose(1, 2).unflatten(0, (-1, frames))


def _to_images(film: Tensor, like: Tensor) -> Tensor:
    """``[B, T, N, width]`` to ``[B*T, width, h, w]``, in the memory layout of ``like`` and of its grid."""
    images = film.reshape(like.shape[0], *like.shape[2:], film.shape[-1]).permute(0, 3, 1, 2)
    return images.contiguous(memory_format=_memory_format(like))


def _memory_format(x: Tensor) -> torch.memory_format:
    return torch.contiguous_format if x.is_contiguous() else torch.channels_last


def _zero_projection(in_channels: int, out_channels: int) -> nn.Conv2d:
    projection = nn.Conv2d(in_channels, out_channels, 1)
    nn.init.zeros_(projection.weight)
    nn.init.zeros_(projection.bias)
    return projection
