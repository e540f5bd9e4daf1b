"""The motion module: nothing at the start, gated by the guide, and its weights under canonical names."""

from __future__ import annotations

import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.core.motion_module import TARGETS, MotionConfig, MotionModule, gated
from maskvideo.core.video_model import Architecture, AttentionBlock, Guide
from torch import nn

ARCHITECTURE = Architecture(
    (
        AttentionBlock("down.0.0", 16, 2, level=0),
        AttentionBlock("mid.0", 24, 2, level=1),
        AttentionBlock("up.1.0", 16, 2, level=0),
    ),
    context_width=12,
)
BATCH, FRAMES, H, W = 2, 3, 5, 9


def module(trained: bool = True, **config) -> MotionModule:
    torch.manual_seed(0)
    made = MotionModule(ARCHITECTURE, MotionConfig(**{"frames": 4, "mask_width": 8, "rank": 2} | config)).double()
    if trained:
        for parameter in made.parameters():
            nn.init.normal_(parameter, std=0.3)
    return made


def masks(batch: int = BATCH) -> torch.Tensor:
    return torch.rand(batch, 1, FRAMES, 8 * H, 8 * W, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def hidden(batch: int = BATCH) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(batch * FRAMES, 16, H, W, generator=generator, dtype=torch.float64)


def guide(made: MotionModule, gate: list[float] | None = None, batch: int = BATCH) -> Guide:
    return Guide(FRAMES, made.mask_features(masks(batch)), None if gate is None else torch.tensor(gate))


@pytest.mark.parametrize("projections", ["lora", "full", "none"])
def test_a_new_module_changes_no_bit_of_the_base(projections):
    made = module(trained=False, projections=projections)
    state, x = guide(made), hidden()
    assert torch.equal(made.after_block("down.0.0", x, state), x)
    assert made.query_feature("mid.0", state).abs().max() == 0
    for target in TARGETS:
        from_text = target in ("attn2.to_k", "attn2.to_v")
        base, tokens = (
            nn.Linear(12 if from_text else 16, 16).double(),
            torch.randn(50, 12 if from_text else 16).double(),
        )
        assert torch.equal(made.project("down.0.0", target, base, tokens), base(tokens))


@pytest.mark.parametrize("projections", ["lora", "full"])
def test_output_biases_train_where_they_are_asked_for_and_only_the_outputs_have_any(projections):
    plain, biased = (module(projections=projections, output_biases=asked).export_state() for asked in (False, True))
    added = {name.rsplit(".", 2)[0] for name in biased.keys() - plain.keys()}
    blocks = [block.name for block in ARCHITECTURE.blocks]
    assert added == {f"{block}.{attention}.to_out" for block in blocks for attention in ("attn1", "attn2")}
    assert plain.keys() < biased.keys()


def test_after_block_adds_the_hidden_feature_then_runs_both_temporal_layers():
    made, x = module(), hidden()
    state = guide(made)
    expected = x.clone()
    for i in range(H):
        for j in range(W):
            expected[:, :, i, j] += state.features["up.1.0"].hidden[:, i * W + j]
    layers = made.blocks["up_1_0"]
    expected = layers["temporal_attention"](layers["temporal_conv"](expected, FRAMES), FRAMES)
    torch.testing.assert_close(made.after_block("up.1.0", x, state), expected)


def test_the_gate_scales_the_features_of_each_batch_entry():
    made = module()
    plain, gated = guide(made), guide(made, [0.0, 0.5])
    whole, scaled = made.query_feature("mid.0", plain), made.query_feature("mid.0", gated)
    assert scaled[:FRAMES].abs().max() == 0
    torch.testing.assert_close(scaled[FRAMES:], 0.5 * whole[FRAMES:])


def test_gate_0_is_no_mask_and_gate_1_is_no_gate():
    made, x = module(), hidden()
    without, full = made.after_block("down.0.0", x, Guide(FRAMES)), made.after_block("down.0.0", x, guide(made))
    assert torch.equal(made.after_block("down.0.0", x, guide(made, [0.0, 0.0])), without)
    assert torch.equal(made.after_block("down.0.0", x, guide(made, [1.0, 1.0])), full)
    assert (full - without).abs().max() > 1e-2


def test_one_set_of_features_serves_both_halves_of_a_guided_batch():
    made, x = module(), hidden(batch=1)
    both = made.after_block("down.0.0", torch.cat([x, x]), guide(made, [0.0, 0.7], batch=1))
    torch.testing.assert_close(both[:FRAMES], made.after_block("down.0.0", x, Guide(FRAMES)))
    torch.testing.assert_close(both[FRAMES:], made.after_block("down.0.0", x, guide(made, [0.7], batch=1)))
    assert made.query_feature("mid.0", guide(made, [0.0, 0.7], batch=1)).shape[0] == 2 * FRAMES


def test_the_gate_keeps_the_memory_layout_of_a_feature():
    made = module()
    feature, state = guide(made, batch=1).features["down.0.0"], guide(made, [0.0, 0.7], batch=1)
    assert gated(feature.query, state).is_contiguous()
    assert gated(feature.hidden, state).transpose(1, 2).is_contiguous()


def test_without_a_mask_branch_there_are_no_features_and_no_weights_for_them():
    made = module(mask_branch=False)
    assert made.mask_features(masks()) is None
    assert made.query_feature("mid.0", Guide(FRAMES)) is None
    assert not [key for key in made.export_state() if "mask" in key]


def test_one_injection_leaves_the_other_way_out():
    made = module(mask_injection="query")
    state, x = guide(made), hidden()
    assert torch.equal(made.after_block("down.0.0", x, state), made.after_block("down.0.0", x, Guide(FRAMES)))
    assert module(mask_injection="hidden").query_feature("mid.0", guide(module(mask_injection="hidden"))) is None


def test_only_the_targets_are_changed():
    made = module(targets=("attn1.to_q",))
    base, x = nn.Linear(16, 16).double(), torch.randn(7, 16).double()
    assert torch.equal(made.project("down.0.0", "attn1.to_k", base, x), base(x))
    delta = made.blocks["down_0_0"]["attn1"]["to_q"]
    torch.testing.assert_close(made.project("down.0.0", "attn1.to_q", base, x), base(x) + delta(x))


@pytest.mark.parametrize(("fraction", "width"), [(0.25, 8), (0.6, 16), (1.0, 24)])
def test_the_temporal_width_is_a_fraction_of_the_block_in_whole_eights(fraction, width):
    layers = module(temporal_width=fraction).blocks["mid_0"]
    assert layers["temporal_conv"].down.out_channels == layers["temporal_attention"].down.out_channels == width


@pytest.mark.parametrize(("fraction", "heads"), [(0.25, 2), (1.0, 8)])
def test_temporal_heads_keep_32_channels_or_more(fraction, heads):
    blocks = (AttentionBlock("down.0.0", 320, 8, 0),)
    made = MotionModule(Architecture(blocks, 768), MotionConfig(temporal_width=fraction))
    assert made.blocks["down_0_0"]["temporal_attention"].heads == heads


def test_state_has_canonical_names_and_only_shared_weights_stand_outside_a_block():
    keys = module().export_state().keys()
    assert {
        "down.0.0.temporal_conv.conv.weight",
        "down.0.0.temporal_attention.position.weight",
        "down.0.0.attn1.to_q.up.weight",
        "mid.0.attn2.to_k.down.weight",
        "up.1.0.mask_query.weight",
        "up.1.0.mask_hidden.bias",
        "mask_encoder.trunk.0.0.weight",
    } <= keys
    names = tuple(block.name for block in ARCHITECTURE.blocks)
    assert all(key.startswith(names) or key.startswith("mask_encoder.trunk.") for key in keys)


@pytest.mark.parametrize("projections", ["lora", "full", "none"])
def test_state_survives_the_round_trip(projections):
    source, target = module(projections=projections), module(trained=False, projections=projections)
    target.import_state(source.export_state())
    for key, value in target.export_state().items():
        assert torch.equal(value, source.export_state()[key]), key
    x = hidden()
    assert torch.equal(
        source.after_block("down.0.0", x, guide(source)), target.after_block("down.0.0", x, guide(target))
    )


def test_a_missing_an_unexpected_and_a_misshaped_key_are_named_and_nothing_is_loaded():
    made, key = module(), "mid.0.temporal_conv.conv.weight"
    state = {name: torch.zeros_like(value) for name, value in made.export_state().items()}
    bad = {
        "lack 'mid.0.temporal_conv.conv.weight'": {name: value for name, value in state.items() if name != key},
        "hold 'mid.9.extra'": state | {"mid.9.extra": torch.zeros(1)},
        r"conv.weight' has shape \(1,\).*needs \(16, 8, 3, 1\)": state | {key: torch.zeros(1)},
    }
    for message, wrong in bad.items():
        with pytest.raises(MaskVideoError, match=message):
            made.import_state(wrong)
    assert all(value.abs().sum() > 0 for value in made.export_state().values())


def test_every_weight_belongs_to_a_layer_that_a_host_can_cast():
    layers = (nn.Linear, nn.Conv2d, nn.Embedding, nn.LayerNorm)
    for layer in module().modules():
        assert isinstance(layer, layers) or not list(layer.parameters(recurse=False))


def test_every_weight_learns():
    made = module()
    state = guide(made)
    outputs = []
    for block in ARCHITECTURE.blocks:
        x = torch.randn(BATCH * FRAMES, block.channels, -(-H // 2**block.level), -(-W // 2**block.level)).double()
        outputs += [made.after_block(block.name, x, state), made.query_feature(block.name, state)]
        for target in TARGETS:
            width = 12 if target in ("attn2.to_k", "attn2.to_v") else block.channels
            base = nn.Linear(width, block.channels).double()
            outputs.append(made.project(block.name, target, base, torch.randn(5, width).double()))
    sum(output.pow(3).sum() for output in outputs).backward()
    assert not [name for name, weight in made.named_parameters() if weight.grad is None or not weight.grad.abs().sum()]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"frame": 16}, "has no key 'frame': the closest is 'frames'"),
        ({"frames": 0}, "frames is 0: give 1 or more"),
        ({"rank": 0}, "rank is 0"),
        ({"temporal_width": 1.5}, "temporal_width is 1.5: give more than 0 and at most 1"),
        ({"projections": "both"}, "projections is 'both', it needs one of 'lora', 'full', 'none'"),
        ({"targets": ["attn3.to_q"]}, "target 'attn3.to_q' is unknown"),
        ({"mask_injection": "key"}, "mask_injection is 'key'"),
    ],
)
def test_a_config_that_cannot_be_built_is_refused(values, message):
    with pytest.raises(MaskVideoError, match=message):
        MotionConfig.from_dict(values)


def test_a_config_reads_back_what_a_file_holds():
    values = {"targets": ["attn1.to_q"], "temporal_width": 1, "projections": "full"}
    assert MotionConfig.from_dict(values) == MotionConfig(
        targets=("attn1.to_q",), temporal_width=1.0, projections="full"
    )
