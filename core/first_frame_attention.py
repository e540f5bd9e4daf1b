"""Temporal-spatial self-attention (MaskVideo eq. 4, 5): every frame asks frame 0, ``softmax(Q_i K_0ᵀ / √d) V_0``.

Keys and values of frame 0 are projected once and one attention call serves all T frames: the queries of all frames
are folded into one long sequence, so nothing is expanded or copied and no attention is computed between other frames.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention


def fold_queries(tokens: Tensor, frames: int) -> Tensor:
    """``[B*T, N, C]`` to ``[B, T*N, C]``: the frames of a video as one sequence (a view of contiguous tokens)."""
    return tokens.reshape(-1, frames * tokens.shape[1], tokens.shape[2])


def unfold_queries(tokens: Tensor, frames: int) -> Tensor:
    """``[B, T*N, C]`` to ``[B*T, N, C]``: the inverse of ``fold_queries``."""
    return tokens.reshape(-1, tokens.shape[1] // frames, tokens.shape[2])


def first_frame(tokens: Tensor, frames: int) -> Tensor:
    """The tokens ``[B, N, C]`` of frame 0 of ``[B*T, N, C]``: a view."""
    return tokens[::frames]


def first_frame_attention(query: Tensor, key: Tensor, value: Tensor, heads: int, frames: int) -> Tensor:
    """Attention of all frames to frame 0, in one call.

    ``query`` ``[B*T, N, C]`` holds the projected queries of every frame; ``key`` and ``value`` ``[B, M, C]`` the
    projections of frame 0 alone. Returns ``[B*T, N, C]``, before the output projection.
    """
    folded = _split_heads(fold_queries(query, frames), heads)  # [B, heads, T*N, d]
    attended = scaled_dot_product_attention(folded, _split_heads(key, heads), _split_heads(value, heads))
    return unfold_queries(attended.transpose(1, 2).flatten(2), frames)


def _split_heads(tokens: Tensor, heads: int) -> Tensor:
    return tokens.unflatten(-1, (heads, -1)).transpose(1, 2)
