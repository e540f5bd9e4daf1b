"""Mask features: zero at the start, one for each block's grid, with the outline finer than the latent grid."""

from __future__ import annotations

import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.core.mask_encoder import MaskEncoder
from maskvideo.core.video_model import Architecture, AttentionBlock
from torch import nn
from torch.nn.functional import conv2d, silu

ARCHITECTURE = Architecture(
    (
        AttentionBlock("down.0.0", 16, 2, level=0),
        AttentionBlock("down.1.0", 24, 2, level=1),
        AttentionBlock("mid.0", 32, 2, level=3),
    ),
    context_width=12,
)
HEIGHT, WIDTH = 40, 72  # latent 5 × 9


def encoder(injection: str = "query+hidden", trained: bool = True) -> MaskEncoder:
    torch.manual_seed(0)
    made = MaskEncoder(ARCHITECTURE, width=8, injection=injection)
    if trained:
        for projection in (*made.query.values(), *made.hidden.values()):
            nn.init.normal_(projection.weight)
            nn.init.normal_(projection.bias)
    return made.double()


def masks(batch: int = 2, frames: int = 3, height: int = HEIGHT, width: int = WIDTH) -> torch.Tensor:
    noise = torch.rand(batch, 1, frames, height, width, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return (noise > 0.5).double()


def slow_unshuffle(mask: torch.Tensor) -> torch.Tensor:
    """``[H, W]`` to ``[64, h, w]``: pixel (8y + i, 8x + j) becomes channel 8i + j of cell (y, x)."""
    out = torch.zeros(64, mask.shape[0] // 8, mask.shape[1] // 8, dtype=mask.dtype)
    for y in range(mask.shape[0]):
        for x in range(mask.shape[1]):
            out[8 * (y % 8) + x % 8, y // 8, x // 8] = mask[y, x]
    return out


def slow_feature(made: MaskEncoder, mask: torch.Tensor, name: str, level: int, way: str) -> torch.Tensor:
    """One frame ``[H, W]`` to ``[N, C]``, layer by layer."""
    x = slow_unshuffle(mask)[None]
    for stage in range(level + 1):
        for layer, stride in ((0, 2 if stage else 1), (2, 1)):
            conv = made.trunk[stage][layer]
            x = silu(conv2d(x, conv.weight, conv.bias, stride=stride, padding=1))
    projection = getattr(made, way)[name.replace(".", "_")]
    weight = projection.weight[:, :, 0, 0]
    return torch.stack([weight @ x[0, :, i, j] + projection.bias for i in range(x.shape[2]) for j in range(x.shape[3])])


@pytest.mark.parametrize("way", ["query", "hidden"])
def test_every_feature_equals_the_layers_one_by_one_for_each_frame(way):
    made, mask = encoder(), masks()
    features = made(mask)
    for block in ARCHITECTURE.blocks:
        for b in range(2):
            for t in range(3):
                expected = slow_feature(made, mask[b, 0, t], block.name, block.level, way)
                torch.testing.assert_close(getattr(features[block.name], way)[b * 3 + t], expected)


def test_features_start_at_zero_and_learn_nevertheless():
    made = encoder(trained=False)
    for feature in made(masks()).values():
        assert feature.query.abs().max() == 0 and feature.hidden.abs().max() == 0
        feature.query.sum().backward(retain_graph=True)
    assert all(projection.weight.grad.abs().sum() > 0 for projection in made.query.values())


def test_odd_grids_are_rounded_up_at_each_level_as_the_unet_does():
    features = encoder()(masks())
    grids = {"down.0.0": 5 * 9, "down.1.0": 3 * 5, "mid.0": 1 * 2}
    assert {name: feature.query.shape for name, feature in features.items()} == {
        block.name: (6, grids[block.name], block.channels) for block in ARCHITECTURE.blocks
    }


@pytest.mark.parametrize(("injection", "query", "hidden"), [("query", True, False), ("hidden", False, True)])
def test_a_feature_that_is_not_injected_is_not_made(injection, query, hidden):
    made = encoder(injection)
    feature = made(masks())["mid.0"]
    assert (feature.query is not None, feature.hidden is not None) == (query, hidden)
    assert (len(made.query) > 0, len(made.hidden) > 0) == (query, hidden)


def test_an_outline_that_moves_by_one_pixel_within_a_latent_cell_changes_the_feature():
    mask = torch.zeros(1, 1, 1, HEIGHT, WIDTH, dtype=torch.float64)
    moved = mask.clone()
    mask[..., 10:13, 17:20] = 1
    moved[..., 10:13, 18:21] = 1  # the same cell, the same area
    made = encoder()
    change = (made(mask)["down.0.0"].query - made(moved)["down.0.0"].query).abs().amax(-1)[0]
    assert change[1 * 9 + 2] > 1e-2


def test_the_mask_reaches_the_deepest_level_undiminished():
    torch.manual_seed(0)
    made = MaskEncoder(Architecture((AttentionBlock("mid.0", 8, 2, level=3),), 12))
    mask = torch.zeros(1, 1, 1, 160, 256)
    mask[..., 40:110, 60:180] = 1
    scales = [x.std().item() for x in made._trunk_features(made._to_latent_grid(mask))]
    assert 0.5 < scales[3] / scales[0] < 4


def test_memory_is_laid_out_as_what_each_feature_is_added_to():
    feature = encoder()(masks())["down.0.0"]
    assert feature.query.is_contiguous()
    assert feature.hidden.transpose(1, 2).is_contiguous()


@pytest.mark.parametrize(("height", "width", "message"), [(44, 72, "height is 44 px"), (40, 70, "width is 70 px")])
def test_a_size_that_is_no_multiple_of_the_latent_scale_is_refused(height, width, message):
    with pytest.raises(MaskVideoError, match=message + ".*multiple of 8: the nearest is"):
        encoder()(masks(height=height, width=width))


def test_an_unknown_injection_is_refused():
    with pytest.raises(MaskVideoError, match="mask_injection 'key' is unknown: use one of query, hidden"):
        encoder("key")
