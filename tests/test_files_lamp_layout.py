"""A LAMP checkpoint becomes a motion: every key, and what is refused."""

import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.files.lamp_layout import convert_lamp

from .lamp_base import architecture_of, lamp_checkpoint, tiny_base

BLOCK = "down_blocks.0.attentions.0.transformer_blocks.0"
RESNET = "up_blocks.0.resnets.1"


@pytest.fixture(scope="module")
def base():
    return tiny_base()


@pytest.fixture
def state(base):
    return lamp_checkpoint(base)


def convert(state, base):
    return convert_lamp(state, base.state_dict(), architecture_of(base))


def test_each_added_tensor_comes_over_under_its_canonical_name(state, base):
    motion = convert(state, base).export_state()
    expected = {}
    for key, weight in state.items():
        place = key.replace("down_blocks.", "down.").replace("mid_block.", "mid.").replace("up_blocks.", "up.")
        block = place.split(".transformer_blocks.")[0].replace(".attentions.", ".")
        if ".conv_gate." in key:
            expected[place.replace(".conv_gate.", ".gate.")] = weight
        elif ".conv1d." in key:
            name = place.replace(".conv1d.", ".conv.")
            expected[name] = weight[:, :, :, None] if weight.ndim == 3 else weight
        elif ".norm_temp." in key:
            expected[f"{block}.frame_attention.norm.{key.split('.')[-1]}"] = weight
        elif ".attn_temp.to_out.0." in key:
            expected[f"{block}.frame_attention.to_out.{key.split('.')[-1]}"] = weight
        elif key.endswith(".attn_temp.to_q.weight"):
            parts = [state[key.replace("to_q", f"to_{part}")] for part in "qkv"]
            expected[f"{block}.frame_attention.to_qkv.weight"] = torch.cat(parts)
        elif key.endswith(".attn1.to_q.weight"):
            expected[f"{block}.attn1.to_q.delta.weight"] = weight - base.state_dict()[key]
    assert motion.keys() == expected.keys()
    assert all(torch.equal(motion[name], weight) for name, weight in expected.items())


def test_a_convolution_s_names_hold_for_the_ends_and_the_samplers_too(state, base):
    motion = convert(state, base).export_state()
    assert torch.equal(motion["conv_in.gate.weight"], state["conv_in.conv_gate.weight"])
    assert torch.equal(motion["conv_out.conv.bias"], state["conv_out.conv1d.bias"])
    sampler = "up_blocks.0.upsamplers.0.conv.conv1d.bias"
    assert torch.equal(motion["up.0.upsamplers.0.conv.conv.bias"], state[sampler])


def test_other_projections_are_kept_where_they_were_tuned_too(state, base):
    key = f"{BLOCK}.attn2.to_q.weight"
    tuned = {**state, key: state[key] * 1.1}
    motion = convert(tuned, base)
    assert motion.config.targets == ("attn1.to_q", "attn2.to_q")
    torch.testing.assert_close(motion.export_state()["down.0.0.attn2.to_q.delta.weight"], tuned[key] - state[key])


def test_a_base_in_half_precision_is_the_same_base(state, base):
    halved = {key: weight.half() for key, weight in base.state_dict().items()}
    assert convert_lamp(state, halved, architecture_of(base)).config.targets == ("attn1.to_q",)


def without(state, part):
    return {key: weight for key, weight in state.items() if part not in key}


def changed(state, key, weight):
    return {**state, key: weight}


BAD = {
    "an image U-Net": (lambda s, b: b.state_dict(), "no LAMP checkpoint: it has no temporal layers, only keys such as"),
    "Tune-A-Video": (lambda s, b: without(without(s, "conv1d"), "conv_gate"), "no temporal convolutions.*Tune-A-Video"),
    "a missing gate": (
        lambda s, b: without(s, f"{RESNET}.conv1.conv_gate.weight"),
        "lack 'up.0.resnets.1.conv1.gate.weight'",
    ),
    "a missing value projection": (
        lambda s, b: without(s, f"{BLOCK}.attn_temp.to_v"),
        r"down.0.0.frame_attention.to_qkv.weight' has shape \(32, 16\), this base needs \(48, 16\)",
    ),
    "a key of another layout": (
        lambda s, b: changed(s, f"{BLOCK}.attn_temp.to_x.weight", torch.zeros(1)),
        "hold 'down.0.0.frame_attention.attn_temp.to_x.weight'",
    ),
    "a stranger's key": (lambda s, b: changed(s, "class_embedding.weight", torch.zeros(1)), "has 'class_embedding"),
    "a base key missing": (lambda s, b: without(s, "time_embedding.linear_1.bias"), "lacks 'time_embedding.linear_1"),
    "a wrong shape": (
        lambda s, b: changed(s, f"{RESNET}.conv1.conv1d.weight", torch.zeros(32, 32, 5)),
        "up.0.resnets.1.conv1.conv.weight' has shape",
    ),
    "a wider base": (
        lambda s, b: changed(s, "conv_in.conv2d.weight", torch.zeros(20, 4, 3, 3)),
        r"'conv_in.weight' has shape \[20, 4, 3, 3\] in the LAMP checkpoint, \[16, 4, 3, 3\] in the base",
    ),
    "another base": (
        lambda s, b: changed(s, "conv_in.conv2d.weight", s["conv_in.conv2d.weight"] * 1.1),
        "'conv_in.weight' and 0 more weights are not the base's.*SD1.4",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_lamp_checkpoint_of_this_base_is_refused_and_named(state, base, case):
    spoil, message = BAD[case]
    with pytest.raises(MaskVideoError, match=message):
        convert(spoil(state, base), base)
