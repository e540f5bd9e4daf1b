"""Temporal layers: the identity at the start, then what a loop over frames and pixels gives."""

from __future__ import annotations

import pytest
import torch
from maskvideo.core import temporal_layers
from maskvideo.core.errors import MaskVideoError
from maskvideo.core.temporal_layers import GatedTemporalConv, TemporalAttention, sinusoids
from torch import nn
from torch.nn.functional import layer_norm

CHANNELS, HEADS, MOST = 12, 2, 6


def conv(width: int = 8, trained: bool = True) -> GatedTemporalConv:
    torch.manual_seed(0)
    return prepared(GatedTemporalConv(CHANNELS, width), trained)


def attention(width: int = 8, trained: bool = True) -> TemporalAttention:
    torch.manual_seed(0)
    return prepared(TemporalAttention(CHANNELS, width, HEADS, MOST), trained)


def prepared(layer: nn.Module, trained: bool) -> nn.Module:
    if trained:
        for parameter in (*layer.up.parameters(), *layer.norm.parameters()):
            nn.init.normal_(parameter)
    return layer.double()


def video(batch: int, frames: int, height: int = 3, width: int = 5) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(batch * frames, CHANNELS, height, width, generator=generator, dtype=torch.float64)


def reduced(layer: nn.Module, column: torch.Tensor) -> torch.Tensor:
    """One token ``[C]`` to ``[width]``: projected down and normalised."""
    narrow = layer.down.weight[:, :, 0, 0] @ column + layer.down.bias
    return layer_norm(narrow, narrow.shape, layer.norm.weight, layer.norm.bias)


def slow(layer: nn.Module, x: torch.Tensor, frames: int, mix) -> torch.Tensor:
    """``x + up(mix(tokens over T))`` for each video and pixel in turn."""
    out = x.clone()
    for b in range(x.shape[0] // frames):
        for i in range(x.shape[2]):
            for j in range(x.shape[3]):
                column = x[b * frames : (b + 1) * frames, :, i, j]  # [T, C]
                mixed = mix(layer, torch.stack([reduced(layer, token) for token in column]))
                for t in range(frames):
                    out[b * frames + t, :, i, j] += layer.up.weight[:, :, 0, 0] @ mixed[t] + layer.up.bias
    return out


def slow_conv(layer: GatedTemporalConv, tokens: torch.Tensor) -> torch.Tensor:
    frames, width = tokens.shape
    out = []
    for t in range(frames):
        both = layer.conv.bias.clone()
        for tap, source in enumerate((t - 1, t, t + 1)):
            if 0 <= source < frames:
                both = both + layer.conv.weight[:, :, tap, 0] @ tokens[source]
        out.append(both[:width] * torch.sigmoid(both[width:]))
    return torch.stack(out)


def slow_attention(layer: TemporalAttention, tokens: torch.Tensor) -> torch.Tensor:
    frames, width = tokens.shape
    tokens = torch.stack([tokens[t] + layer.position.weight[t] for t in range(frames)])
    query, key, value = (layer.to_qkv.weight[:, :, 0, 0] @ tokens.T).T.split(width, dim=1)
    out = torch.zeros_like(tokens)
    for head in range(HEADS):
        part = slice(head * width // HEADS, (head + 1) * width // HEADS)
        for t in range(frames):
            scores = torch.stack([query[t, part] @ key[s, part] for s in range(frames)]) / (width // HEADS) ** 0.5
            out[t, part] = scores.softmax(0) @ value[:, part]
    return out


LAYERS = [(conv, slow_conv), (attention, slow_attention)]


@pytest.mark.parametrize(("make", "mix"), LAYERS)
@pytest.mark.parametrize(("batch", "frames"), [(1, 4), (2, 3), (2, 1)])
@pytest.mark.parametrize("width", [8, CHANNELS])
def test_a_layer_equals_a_loop_over_videos_pixels_and_frames(make, mix, batch, frames, width):
    layer, x = make(width), video(batch, frames)
    torch.testing.assert_close(layer(x, frames), slow(layer, x, frames, mix))


@pytest.mark.parametrize("make", [conv, attention])
def test_a_new_layer_changes_no_bit_and_learns_nevertheless(make):
    layer, x = make(trained=False), video(2, 4)
    out = layer(x, 4)
    assert torch.equal(out, x)
    out.square().sum().backward()
    assert layer.up.weight.grad.abs().sum() > 0


@pytest.mark.parametrize("make", [conv, attention])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_the_memory_layout_is_kept_and_changes_no_value(make, layout):
    layer, x = make(), video(2, 4)
    out = layer(x.contiguous(memory_format=layout), 4)
    assert out.is_contiguous(memory_format=layout)
    torch.testing.assert_close(out, layer(x, 4))


@pytest.mark.parametrize("make", [conv, attention])
def test_videos_of_a_batch_do_not_mix(make):
    layer, x = make(), video(2, 3)
    torch.testing.assert_close(layer(x, 3)[3:], layer(x[3:], 3))


def test_more_pixels_than_one_attention_call_takes_are_split(monkeypatch):
    layer, x = attention(), video(2, 4)
    whole = layer(x, 4)
    monkeypatch.setattr(temporal_layers, "ATTENTION_BATCH", 4)
    torch.testing.assert_close(layer(x, 4), whole)


def test_the_position_code_tells_frames_apart():
    still = video(1, 1).repeat(4, 1, 1, 1)
    out = attention()(still, 4)
    assert (out[0] - out[3]).abs().max() > 1e-3


def test_the_position_code_starts_as_sine_and_cosine():
    code = sinusoids(5, 4)
    expected = [[torch.sin(torch.tensor(t * r)), torch.cos(torch.tensor(t * r))] for t in range(5) for r in (1.0, 0.01)]
    torch.testing.assert_close(code, torch.tensor(expected).reshape(5, 4))
    assert sinusoids(3, 7).shape == (3, 7)


def test_more_frames_than_the_position_code_has_are_refused_naming_both():
    with pytest.raises(MaskVideoError, match=f"{MOST + 1} frames in one window.*made for {MOST}: set frames to {MOST}"):
        attention()(video(1, MOST + 1), MOST + 1)
