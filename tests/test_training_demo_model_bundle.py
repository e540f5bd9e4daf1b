"""The demo model's file."""

import json

import torch
from maskvideo.adapters.diffusers.demo_model import load_demo_base
from maskvideo.adapters.diffusers.ldm_layout import to_ldm_layout
from maskvideo.adapters.diffusers.tokenizer import load_tokenizer
from maskvideo.training.demo_model.bundle import Networks, write_bundle
from maskvideo.training.demo_model.networks import build_controlnet, build_text_encoder, build_unet, build_vae
from maskvideo.training.demo_model.words import caption_rows
from safetensors import safe_open


@torch.no_grad()
def test_a_bundle_gives_back_what_went_in(tmp_path):
    torch.manual_seed(0)
    unet = build_unet()
    networks = Networks(build_vae(), unet, build_text_encoder(), build_controlnet(unet))
    for part in (networks.vae, networks.unet, networks.text_encoder, networks.controlnet):
        part.half().float().eval()  # as the file will hold it
    write_bundle(tmp_path / "demo.safetensors", networks, load_tokenizer(), to_ldm_layout, {"seed": 5})
    model, controlnet = load_demo_base(tmp_path / "demo.safetensors")

    prompt = "a green star on a white background"
    expected = networks.text_encoder(caption_rows(prompt)[None]).last_hidden_state
    torch.testing.assert_close(model.embed_text([prompt]), expected, atol=1e-5, rtol=1e-4)
    x_t, timestep = torch.randn(1, 4, 4, 8), torch.tensor([300])
    assert torch.equal(model.unet(x_t, timestep, expected).sample, unet(x_t, timestep, expected).sample)
    assert all(
        torch.equal(a, b) for a, b in zip(controlnet.parameters(), networks.controlnet.parameters(), strict=True)
    )
    with safe_open(tmp_path / "demo.safetensors", "pt") as file:
        assert json.loads(file.metadata()["recipe"]) == {"seed": 5}
        parts = {key.split(".")[0] for key in file.keys()}  # noqa: SIM118
    assert parts == {"model", "first_stage_model", "cond_stage_model", "control_model"}
