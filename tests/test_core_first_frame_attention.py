"""Every frame attends to frame 0, in one call."""

from __future__ import annotations

import torch
from maskvideo.core import first_frame_attention as module
from maskvideo.core.first_frame_attention import first_frame, first_frame_attention, fold_queries, unfold_queries

B, T, N, C, HEADS = 2, 3, 5, 8, 2


def tokens(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)), dtype=torch.float64)


def slow_attention(query, key, value, heads, frames):
    """softmax(Q_i K_0ᵀ / √d) V_0 for each frame, head and token in turn."""
    out = torch.zeros_like(query)
    width = query.shape[2] // heads
    for i in range(query.shape[0]):
        for head in range(heads):
            part = slice(head * width, (head + 1) * width)
            k, v = key[i // frames, :, part], value[i // frames, :, part]
            for n in range(query.shape[1]):
                weights = torch.exp(k @ query[i, n, part] / width**0.5)
                out[i, n, part] = (weights / weights.sum()) @ v
    return out


def test_one_call_equals_a_loop_over_frames_heads_and_tokens():
    query, key, value = tokens(B * T, N, C), tokens(B, N, C), tokens(B, N, C + 8)[..., :C]
    torch.testing.assert_close(
        first_frame_attention(query, key, value, HEADS, T), slow_attention(query, key, value, HEADS, T)
    )


def test_keys_may_be_fewer_or_more_than_queries():
    query, key, value = tokens(B * T, N, C), tokens(B, 7, C), tokens(B, 7, C)
    torch.testing.assert_close(
        first_frame_attention(query, key, value, HEADS, T), slow_attention(query, key, value, HEADS, T)
    )


def test_one_frame_is_plain_self_attention():
    x = tokens(B, N, C)
    torch.testing.assert_close(first_frame_attention(x, x, x, HEADS, 1), slow_attention(x, x, x, HEADS, 1))


def test_all_frames_share_a_single_attention_call(monkeypatch):
    shapes = []

    def counted(query, key, value):
        shapes.append((tuple(query.shape), tuple(key.shape)))
        return torch.nn.functional.scaled_dot_product_attention(query, key, value)

    monkeypatch.setattr(module, "scaled_dot_product_attention", counted)
    first_frame_attention(tokens(B * T, N, C), tokens(B, N, C), tokens(B, N, C), HEADS, T)
    assert shapes == [((B, HEADS, T * N, C // HEADS), (B, HEADS, N, C // HEADS))]


def test_folding_and_taking_frame_0_copy_nothing():
    x = tokens(B * T, N, C)
    for view in (fold_queries(x, T), unfold_queries(fold_queries(x, T), T), first_frame(x, T)):
        assert view.untyped_storage().data_ptr() == x.untyped_storage().data_ptr()


def test_frame_0_of_each_video_is_taken():
    x = tokens(B * T, N, C)
    torch.testing.assert_close(first_frame(x, T), torch.stack([x[0], x[T]]))


def test_folded_frames_follow_each_other_and_unfold_again():
    x = tokens(B * T, N, C)
    folded = fold_queries(x, T)
    torch.testing.assert_close(folded[1, N : 2 * N], x[T + 1])
    assert torch.equal(unfold_queries(folded, T), x)
