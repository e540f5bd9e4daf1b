"""``--checkpoint``, ``--vae`` and ``--lora``: one base for every command that needs one."""

import argparse

import pytest
import torch
from maskvideo.adapters.diffusers.ldm_layout import to_ldm_layout
from maskvideo.commands.base_flags import add_base_flags, check_base_flags, load_base, parse_lora
from maskvideo.core.errors import MaskVideoError
from safetensors.torch import save_file

from .checkpoint_base import tiny_components
from .command_base import SMALL, command_line, files_in, refused, report_in
from .generation_base import PROMPT
from .training_base import tiny_model

BASE = ["generate", "--masks", "masks", "--prompt", PROMPT, "--out", "out/a.mp4", *SMALL]
LAYER = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q"


@pytest.fixture
def maskvideo(tmp_path, monkeypatch, capsys):
    return command_line(tmp_path, monkeypatch, capsys)


@pytest.fixture
def lora(tmp_path):
    """A LoRA that changes one projection of the tiny model by a lot."""
    torch.manual_seed(3)
    up, down = 9 * torch.randn(8, 4), torch.randn(4, 8)  # ones would do nothing: what comes in has the mean 0
    save_file({f"{LAYER}.lora_B.weight": up, f"{LAYER}.lora_A.weight": down}, tmp_path / "lora.safetensors")
    return tmp_path / "lora.safetensors"


def parsed(*flags):
    parser = argparse.ArgumentParser()
    add_base_flags(parser)
    return parser.parse_args([str(flag) for flag in flags])


@pytest.mark.parametrize(
    ("text", "path", "strength"),
    [
        ("lora.safetensors", "lora.safetensors", 1.0),
        ("lora.safetensors:0.8", "lora.safetensors", 0.8),
        ("lora.safetensors:-1", "lora.safetensors", -1.0),
        (r"C:\loras\ink.safetensors", r"C:\loras\ink.safetensors", 1.0),
        (r"C:\loras\ink.safetensors:.5", r"C:\loras\ink.safetensors", 0.5),
        ("C:/loras/12", "C:/loras/12", 1.0),
        ("lora.safetensors:strong", "lora.safetensors:strong", 1.0),
        ("lora.safetensors:", "lora.safetensors:", 1.0),
    ],
)
def test_a_strength_is_what_follows_the_last_colon_where_it_is_a_number(text, path, strength):
    assert parse_lora(text) == (path, strength)


@pytest.mark.parametrize("end", ["nan", "inf", "-inf"])
def test_a_strength_must_be_finite(end):
    with pytest.raises(MaskVideoError, match=r"is not finite, give a number such as a:0\.8"):
        parse_lora(f"a:{end}")


def test_files_that_are_not_there_are_named_before_any_work(tmp_path, lora):
    check_base_flags(parsed("--lora", lora, "--lora", f"{lora}:0.5"))
    with pytest.raises(MaskVideoError, match=r"lora\.safetensors:strong does not exist"):
        check_base_flags(parsed("--lora", f"{lora}:strong"))
    with pytest.raises(MaskVideoError, match=r"gone\.safetensors does not exist"):
        check_base_flags(parsed("--checkpoint=a.safetensors", "--vae", tmp_path / "gone.safetensors"))
    with pytest.raises(MaskVideoError, match="--vae needs the checkpoint it is for: add --checkpoint FILE"):
        check_base_flags(parsed("--vae", lora))


def test_a_base_is_the_checkpoint_with_its_vae_and_every_lora(tmp_path):
    from maskvideo.adapters.diffusers import checkpoint

    from .checkpoint_base import CONFIGS

    unet, vae, text_encoder = tiny_components()
    other = tiny_components(seed=4)[1]
    save_file(to_ldm_layout(unet, vae, text_encoder), tmp_path / "base.safetensors")
    save_file(other.state_dict(), tmp_path / "vae.safetensors")
    layer = "lora_unet_conv_in"
    save_file({f"{layer}.diff": torch.ones(8, 4, 3, 3)}, tmp_path / "a.safetensors")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoint, "component_config", lambda name, _=None: CONFIGS.get(name) or scheduler_config())
        flags = ["--checkpoint", tmp_path / "base.safetensors", "--vae", tmp_path / "vae.safetensors"]
        lora = tmp_path / "a.safetensors"
        model = load_base(parsed(*flags, "--lora", lora, "--lora", f"{lora}:0.5"))
    assert torch.allclose(model.unet.conv_in.weight, unet.conv_in.weight + 1.5)
    assert torch.equal(model.vae.quant_conv.weight, other.quant_conv.weight)


def scheduler_config():
    from maskvideo.adapters.diffusers.configs import component_config

    return component_config("scheduler")


def test_a_lora_changes_the_video_and_is_in_the_report(maskvideo, tmp_path, lora):
    sheets = []
    for flags in ([], ["--lora=lora.safetensors"], ["--lora=lora.safetensors:0"]):
        assert maskvideo(*BASE, *flags, "--sheet=a.png", "--report=a.json")[0] == 0
        sheets.append((tmp_path / "a.png").read_bytes())
    assert sheets[0] == sheets[2] != sheets[1]
    assert report_in("a.json")["lora"] == ["lora.safetensors:0"] and report_in("a.json")["vae"] is None


def test_parts_that_the_base_lacks_are_a_warning(maskvideo, tmp_path):
    up, down = torch.zeros(8, 1), torch.zeros(1, 8)
    state = {f"{LAYER}.lora_B.weight": up, f"{LAYER}.lora_A.weight": down, "bundle_emb.x": torch.ones(1)}
    save_file(state, tmp_path / "lora.safetensors")
    status, said, _ = maskvideo(*BASE, "--lora=lora.safetensors")
    assert status == 0
    assert "warning: lora.safetensors has a part for which this base has no layer, such as bundle_emb.x" in said


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--lora=gone.safetensors:0.5"], "gone.safetensors does not exist"),
        (["--lora=lora.safetensors:nan"], "strength nan is not finite"),
        (["--vae=lora.safetensors"], "--vae needs the checkpoint it is for"),
        (["--checkpoint=masks", "--controlnet=none", "--motion=none"], "masks is a folder without model_index.json"),
    ],
)
def test_bad_flags_get_one_line_and_leave_nothing(maskvideo, tmp_path, lora, flags, message):
    assert message in refused(maskvideo, tmp_path, *BASE, *flags)


def test_training_takes_them_and_refuses_before_it_reads_a_clip(maskvideo, tmp_path):
    given = ["train", "--data=nowhere", "--motion-prompt=it moves", "--out=m.safetensors"]
    assert "gone.safetensors does not exist" in refused(maskvideo, tmp_path, *given, "--lora=gone.safetensors")
    assert files_in(tmp_path) == []


def test_training_merges_a_lora_into_its_base(lora, monkeypatch):
    from maskvideo.adapters.diffusers import demo_model
    from maskvideo.commands import train
    from maskvideo.training.base_fingerprint import base_fingerprint

    monkeypatch.setattr(demo_model, "load_demo_base", lambda: (tiny_model(), None))
    plain, same, tuned = (
        base_fingerprint(train.load_model(parsed(*flags), "cpu").unet)
        for flags in ([], ["--lora", f"{lora}:0"], ["--lora", lora])
    )
    assert plain == same != tuned
