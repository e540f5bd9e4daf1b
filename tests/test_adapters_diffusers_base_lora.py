"""LoRAs of the base are merged into its weights, whatever wrote the file."""

import pytest
import torch
from maskvideo.adapters.diffusers.base_lora import merge_lora
from maskvideo.adapters.diffusers.video_unet import DiffusersVideoModel
from maskvideo.core.errors import MaskVideoError
from safetensors.torch import save_file

from .checkpoint_base import tiny_components

TO_OUT = "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_out.0"
LDM_TO_OUT = "input_blocks.3.1.transformer_blocks.0.attn1.to_out.0"
TO_Q = "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q"
TEXT = "text_model.encoder.layers.0.self_attn.q_proj"
RANK, ALPHA = 2, 1.0


def flat(name: str) -> str:
    return name.replace(".", "_")


def early(name: str) -> str:
    return name.replace(".to_", ".processor.to_").replace(".to_out.0", ".to_out")


UNET_FILES = {
    "kohya": (f"lora_unet_{flat(TO_OUT)}", ".lora_up.weight", ".lora_down.weight"),
    "kohya, original names": (f"lora_unet_{flat(LDM_TO_OUT)}", ".lora_up.weight", ".lora_down.weight"),
    "diffusers": (f"unet.{TO_OUT}", ".lora.up.weight", ".lora.down.weight"),
    "diffusers, early": (f"unet.{early(TO_OUT)}", "_lora.up.weight", "_lora.down.weight"),
    "diffusers, U-Net alone": (early(TO_OUT), "_lora.up.weight", "_lora.down.weight"),
    "peft": (f"base_model.model.{TO_OUT}", ".lora_B.weight", ".lora_A.weight"),
    "peft in diffusers": (f"unet.{TO_OUT}", ".lora_B.weight", ".lora_A.weight"),
    "the host's": (f"diffusion_model.{LDM_TO_OUT}", ".lora_up.weight", ".lora_down.weight"),
}
TEXT_FILES = {
    "kohya": (f"lora_te_{flat(TEXT)}", ".lora_up.weight", ".lora_down.weight"),
    "diffusers": (f"text_encoder.{TEXT}", ".lora_linear_layer.up.weight", ".lora_linear_layer.down.weight"),
    "peft in diffusers": (f"text_encoder.{TEXT}", ".lora_B.weight", ".lora_A.weight"),
}


@pytest.fixture
def model():
    return DiffusersVideoModel(*tiny_components(), None)


def factors(out: int = 8, into: int = 8) -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(9)
    return torch.randn(out, RANK), torch.randn(RANK, into)


def merged(model, path, state, strength=1.0):
    save_file(state, path / "lora.safetensors")
    return merge_lora(model, path / "lora.safetensors", strength)


def weights(model) -> dict[str, torch.Tensor]:
    state = {f"unet.{key}": weight for key, weight in model.unet.state_dict().items()}
    state |= {f"text.{key}": weight for key, weight in model.text_encoder.state_dict().items()}
    return {key: weight.clone() for key, weight in state.items()}


def changed(before, after) -> list[str]:
    return [key for key in before if not torch.equal(before[key], after[key])]


@pytest.mark.parametrize("name", UNET_FILES)
def test_a_lora_of_the_unet_changes_its_layer_and_no_other(model, name, tmp_path):
    layer, up_end, down_end = UNET_FILES[name]
    (up, down), before = factors(), weights(model)
    assert merged(model, tmp_path, {layer + up_end: up, layer + down_end: down}, 0.5) == []
    after = weights(model)
    assert changed(before, after) == [f"unet.{TO_OUT}.weight"]
    expected = before[f"unet.{TO_OUT}.weight"] + 0.5 * up @ down
    assert torch.allclose(after[f"unet.{TO_OUT}.weight"], expected, atol=1e-6)


@pytest.mark.parametrize("name", TEXT_FILES)
def test_a_lora_of_the_text_encoder_changes_its_layer_and_no_other(model, name, tmp_path):
    layer, up_end, down_end = TEXT_FILES[name]
    (up, down), before = factors(16, 16), weights(model)
    state = {layer + up_end: up, layer + down_end: down, f"{layer}.alpha": torch.tensor(ALPHA)}
    assert merged(model, tmp_path, state) == []
    after = weights(model)
    (key,) = changed(before, after)
    assert key.endswith("encoder.layers.0.self_attn.q_proj.weight")
    assert torch.allclose(after[key], before[key] + ALPHA / RANK * up @ down, atol=1e-6)


def test_convolutions_take_factors_with_a_kernel_and_one_between_them(model, tmp_path):
    layer = "lora_unet_down_blocks_0_resnets_0_conv1"
    torch.manual_seed(9)
    up, down, whole = torch.randn(8, RANK, 1, 1), torch.randn(RANK, 8, 1, 1), torch.randn(RANK, 8, 3, 3)
    mid, weight = torch.randn(RANK, RANK, 3, 3), model.unet.down_blocks[0].resnets[0].conv1.weight
    before = weight.detach().clone()
    x = torch.randn(1, 8, 6, 6)
    first = {f"{layer}.lora_up.weight": up, f"{layer}.lora_down.weight": whole}
    merged(model, tmp_path, first)
    conv = torch.nn.functional.conv2d
    expected = conv(x, before, padding=1) + conv(conv(x, whole, padding=1), up)
    assert torch.allclose(conv(x, weight, padding=1), expected, atol=1e-3)
    weight.data.copy_(before)
    merged(model, tmp_path, first | {f"{layer}.lora_down.weight": down, f"{layer}.lora_mid.weight": mid})
    expected = conv(x, before, padding=1) + conv(conv(conv(x, down), mid, padding=1), up)
    assert torch.allclose(conv(x, weight, padding=1), expected, atol=1e-3)


def test_whole_differences_of_weights_and_biases_are_added(model, tmp_path):
    before, layer = weights(model), "lora_unet_conv_in"
    merged(model, tmp_path, {f"{layer}.diff": torch.ones(8, 4, 3, 3), f"{layer}.diff_b": torch.ones(8)}, -2)
    after = weights(model)
    assert changed(before, after) == ["unet.conv_in.weight", "unet.conv_in.bias"]
    assert torch.equal(after["unet.conv_in.bias"], before["unet.conv_in.bias"] - 2)


def test_strength_zero_leaves_every_weight_as_it_is(model, tmp_path):
    up, down = factors()
    before = weights(model)
    merged(model, tmp_path, {f"unet.{TO_OUT}.lora_B.weight": up, f"unet.{TO_OUT}.lora_A.weight": down}, 0)
    assert changed(before, weights(model)) == []


def test_what_the_base_has_no_layer_for_is_told(model, tmp_path):
    up, down = factors()
    state = {f"unet.{TO_OUT}.lora_B.weight": up, f"unet.{TO_OUT}.lora_A.weight": down, "bundle_emb.a": torch.ones(1)}
    assert merged(model, tmp_path, state) == ["bundle_emb.a"]


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({f"lora_unet_{flat(TO_Q)}.hada_w1_a": 1}, "is a LoHa"),
        ({f"lora_unet_{flat(TO_Q)}.lokr_w1": 1}, "is a LoKr"),
        ({f"lora_unet_{flat(TO_Q)}.lora_up.weight": 1, f"lora_unet_{flat(TO_Q)}.dora_scale": 1}, "is a DoRA"),
        ({"lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_up.weight": 1}, "is a LoRA for SDXL"),
        ({"lora_unet_double_blocks_0_img_attn_qkv.lora_up.weight": 1}, r"another base: SD1\.x has no lora_unet_double"),
        ({"model.diffusion_model.input_blocks.0.0.weight": 1}, r"is an SD1\.x checkpoint, no LoRA"),
        ({"mask_encoder.query.0.weight": 1}, "is a motion file, no LoRA"),
        ({f"unet.{TO_Q}.lora_B.weight": 1}, "without its other half"),
    ],
)
def test_other_files_are_named(model, state, message, tmp_path):
    with pytest.raises(MaskVideoError, match=message):
        merged(model, tmp_path, {key: torch.ones(1) for key in state})


def test_a_lora_of_another_width_is_refused_and_changes_nothing(model, tmp_path):
    (up, down), before = factors(), weights(model)
    state = {f"unet.{TO_OUT}.lora_B.weight": up, f"unet.{TO_OUT}.lora_A.weight": down}
    state |= {f"unet.{TO_Q}.lora_B.weight": up.clone(), f"unet.{TO_Q}.lora_A.weight": torch.ones(RANK, 12)}
    with pytest.raises(MaskVideoError, match=r"of another base: .* makes \[8, 12\], this base has \[8, 8\] there"):
        merged(model, tmp_path, state)
    assert changed(before, weights(model)) == []
