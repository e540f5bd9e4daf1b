"""Single files are read back bit-equal, offline, and what is no SD1.x file is refused by name."""

import json
import socket

import pytest
import torch
from diffusers import ControlNetModel
from maskvideo.adapters.diffusers.checkpoint import load_checkpoint, load_controlnet
from maskvideo.adapters.diffusers.ldm_layout import to_ldm_layout
from maskvideo.core.errors import MaskVideoError
from safetensors.torch import save_file

from .checkpoint_base import CONFIGS, assert_same, tiny_components


@pytest.fixture(scope="module")
def components():
    return tiny_components()


@pytest.fixture(scope="module")
def controlnet():
    torch.manual_seed(1)
    controlnet = ControlNetModel.from_config(CONFIGS["controlnet"])
    for parameter in controlnet.parameters():
        torch.nn.init.normal_(parameter)
    return controlnet


@pytest.fixture(scope="module")
def checkpoint(components, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "model.safetensors"
    save_file(to_ldm_layout(*components), path)
    return path


@pytest.fixture
def no_network(monkeypatch):
    """Any attempt to open a connection fails the test."""

    def refuse(*arguments, **options):
        raise AssertionError(f"a connection was opened: {arguments}")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_a_saved_model_is_read_back_bit_equal_without_a_network(no_network, components, checkpoint):
    model = load_checkpoint(checkpoint, CONFIGS)
    for original, read in zip(components, (model.unet, model.vae, model.text_encoder), strict=True):
        assert_same(original, read)
    assert model.embed_text(["a red star"]).shape == (1, 77, 16)


def test_the_guard_against_connections_works(no_network):
    with pytest.raises(AssertionError, match="a connection was opened"):
        socket.create_connection(("localhost", 9))


def test_the_read_model_computes_what_the_saved_one_did(components, checkpoint):
    model = load_checkpoint(checkpoint, CONFIGS)
    unet, vae, text_encoder = (component.eval() for component in components)
    tokens = model.tokenizer(["a red star"], padding="max_length", return_tensors="pt").input_ids
    with torch.no_grad():
        text = text_encoder(tokens).last_hidden_state
        x_t = torch.randn(1, 4, 8, 8)
        assert torch.equal(model.embed_text(["a red star"]), text)
        assert torch.equal(model.unet(x_t, 5, text).sample, unet(x_t, 5, text).sample)
        assert torch.equal(model.decode(x_t[:, :, None] * 0.5)[:, :, 0], (vae.decode(x_t).sample / 2 + 0.5).clamp(0, 1))


def test_configs_can_come_from_a_folder(checkpoint, tmp_path):
    for component, config in CONFIGS.items():
        (tmp_path / f"{component}.json").write_text(json.dumps(config))
    assert load_checkpoint(checkpoint, tmp_path).vae.config.scaling_factor == 0.5


def test_half_precision_files_are_read_as_the_dtype_that_is_asked_for(components, tmp_path):
    save_file({key: weight.half() for key, weight in to_ldm_layout(*components).items()}, tmp_path / "half.safetensors")
    assert load_checkpoint(tmp_path / "half.safetensors", CONFIGS).unet.dtype == torch.float32
    half = load_checkpoint(tmp_path / "half.safetensors", CONFIGS, dtype=torch.float16)
    assert {half.unet.dtype, half.vae.dtype, half.text_encoder.dtype} == {torch.float16}


def test_what_a_file_holds_besides_is_ignored(components, tmp_path):
    extra = {"model_ema.decay": torch.ones(1), "alphas_cumprod": torch.ones(1000)}
    extra["cond_stage_model.transformer.text_model.embeddings.position_ids"] = torch.arange(77)[None]
    save_file(to_ldm_layout(*components) | extra, tmp_path / "full.safetensors")
    assert_same(components[0], load_checkpoint(tmp_path / "full.safetensors", CONFIGS).unet)


@pytest.mark.parametrize("layout", ["original", "bare", "diffusers"])
def test_a_controlnet_is_read_in_every_layout(no_network, controlnet, layout, tmp_path):
    state = controlnet.state_dict() if layout == "diffusers" else to_ldm_layout(controlnet=controlnet)
    if layout == "bare":
        state = {key.removeprefix("control_model."): weight for key, weight in state.items()}
    save_file(state, tmp_path / "control.safetensors")
    assert_same(controlnet, load_controlnet(tmp_path / "control.safetensors", CONFIGS))


def test_a_missing_file_and_a_pickle_are_refused(tmp_path):
    with pytest.raises(MaskVideoError, match="does not exist"):
        load_checkpoint(tmp_path / "none.safetensors")
    (tmp_path / "model.ckpt").write_bytes(b"pickle")
    with pytest.raises(MaskVideoError, match=r"no \.safetensors file"):
        load_checkpoint(tmp_path / "model.ckpt")


@pytest.mark.parametrize("kept", [0, 4, 1000, -100])
def test_a_truncated_file_is_refused(kept, checkpoint, tmp_path):
    (tmp_path / "cut.safetensors").write_bytes(checkpoint.read_bytes()[:kept])
    with pytest.raises(MaskVideoError, match="truncated or damaged"):
        load_checkpoint(tmp_path / "cut.safetensors", CONFIGS)


def test_a_missing_weight_is_named(components, tmp_path):
    state = to_ldm_layout(*components)
    del state["first_stage_model.quant_conv.bias"]
    save_file(state, tmp_path / "model.safetensors")
    with pytest.raises(MaskVideoError, match=r"model\.safetensors lacks first_stage_model\.quant_conv\.bias"):
        load_checkpoint(tmp_path / "model.safetensors", CONFIGS)


def test_weights_of_another_width_are_named_with_both_shapes(checkpoint):
    with pytest.raises(MaskVideoError, match=r"of shape \[8, 4, 3, 3\], this base needs \[320, 4, 3, 3\]"):
        load_checkpoint(checkpoint)


def test_a_checkpoint_is_no_controlnet(checkpoint):
    with pytest.raises(MaskVideoError, match=r"model\.safetensors is an SD1\.x checkpoint, no ControlNet"):
        load_controlnet(checkpoint, CONFIGS)


def test_an_inpainting_model_is_named(components, tmp_path):
    state = to_ldm_layout(*components)
    state["model.diffusion_model.input_blocks.0.0.weight"] = torch.zeros(8, 9, 3, 3)
    save_file(state, tmp_path / "inpaint.safetensors")
    with pytest.raises(MaskVideoError, match="is an inpainting model: its U-Net takes 9 channels instead of 4"):
        load_checkpoint(tmp_path / "inpaint.safetensors", CONFIGS)


@pytest.mark.parametrize("dtype", [torch.float8_e4m3fn, torch.float8_e5m2, torch.bfloat16])
def test_small_floats_are_read_as_the_values_they_have(components, dtype, tmp_path):
    state = {key: weight.to(dtype) for key, weight in to_ldm_layout(*components).items()}
    save_file(state, tmp_path / "small.safetensors")
    read = load_checkpoint(tmp_path / "small.safetensors", CONFIGS).unet.conv_in.weight
    assert torch.equal(read, components[0].conv_in.weight.to(dtype).float())


def test_a_quantised_checkpoint_is_refused(components, tmp_path):
    state = to_ldm_layout(*components)
    save_file(state | {"model.diffusion_model.scaled_fp8": torch.ones(1)}, tmp_path / "scaled.safetensors")
    with pytest.raises(MaskVideoError, match="is quantised"):
        load_checkpoint(tmp_path / "scaled.safetensors", CONFIGS)
    key = "model.diffusion_model.out.2.weight"
    save_file(state | {key: state[key].to(torch.int8)}, tmp_path / "int8.safetensors")
    with pytest.raises(MaskVideoError, match=rf"has {key} as torch\.int8, quantised"):
        load_checkpoint(tmp_path / "int8.safetensors", CONFIGS)


@pytest.mark.parametrize("layout", ["original", "prefixed", "diffusers"])
def test_another_vae_takes_the_place_of_the_checkpoints(components, checkpoint, layout, tmp_path):
    _, other, _ = tiny_components(seed=5)
    state = other.state_dict() if layout == "diffusers" else to_ldm_layout(vae=other)
    if layout == "original":
        state = {key.removeprefix("first_stage_model."): weight for key, weight in state.items()}
    save_file(state, tmp_path / "vae.safetensors")
    model = load_checkpoint(checkpoint, CONFIGS, vae=tmp_path / "vae.safetensors")
    assert_same(other, model.vae)
    assert_same(components[0], model.unet)


def test_a_checkpoint_without_vae_says_how_to_give_one(components, tmp_path):
    unet, vae, text_encoder = components
    save_file(to_ldm_layout(unet, None, text_encoder), tmp_path / "pruned.safetensors")
    save_file(vae.state_dict(), tmp_path / "vae.safetensors")
    with pytest.raises(MaskVideoError, match=r"has no VAE: give a complete SD1\.x single file, or add --vae FILE"):
        load_checkpoint(tmp_path / "pruned.safetensors", CONFIGS)
    assert_same(vae, load_checkpoint(tmp_path / "pruned.safetensors", CONFIGS, vae=tmp_path / "vae.safetensors").vae)


def test_what_is_no_vae_is_named(checkpoint, tmp_path):
    save_file({"lora_unet_mid_block.lora_up.weight": torch.ones(1)}, tmp_path / "lora.safetensors")
    with pytest.raises(MaskVideoError, match=r"lora\.safetensors is a LoRA, no VAE"):
        load_checkpoint(checkpoint, CONFIGS, vae=tmp_path / "lora.safetensors")
