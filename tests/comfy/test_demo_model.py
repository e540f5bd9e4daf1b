"""The demo model on the host's classes computes what it computes on diffusers' classes."""

import pytest
import torch
from maskvideo.adapters.diffusers.demo_model import load_demo_base
from maskvideo.mask_tools.scribble import draw_scribble

PROMPTS = ["a red star on a blue background", "", "something the demo world has no word for, (a circle)"]


def relative_error(value: torch.Tensor, wanted: torch.Tensor) -> float:
    return float((value - wanted).norm() / wanted.norm())


@pytest.fixture(scope="module")
def ours(host):
    from maskvideo.adapters.comfy.demo_model import load_demo_model

    return load_demo_model()


@pytest.fixture(scope="module")
def theirs():
    return load_demo_base()


@pytest.fixture
def unet_input():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, 4, 20, 32, generator=generator)
    return x, torch.tensor([981, 121]), torch.randn(2, 77, 64, generator=generator)


@torch.no_grad()
def test_unet_predicts_the_same(ours, theirs, unet_input):
    x, timestep, text = unet_input
    value = ours[0].model.diffusion_model(x, timestep, context=text)
    assert relative_error(value, theirs[0].unet(x, timestep, text, return_dict=False)[0]) < 1e-4


@torch.no_grad()
def test_denoised_by_the_hosts_sampling_is_the_velocity_of_the_same_schedule(ours, theirs, unet_input):
    x, timestep, text = unet_input
    alpha = theirs[0].alphas_cumprod[timestep].view(-1, 1, 1, 1)
    sigma = ((1 - alpha) / alpha).sqrt().flatten()
    denoised = ours[0].model.apply_model(x / alpha.sqrt(), sigma, c_crossattn=text)
    velocity = theirs[0].unet(x, timestep, text, return_dict=False)[0]
    assert relative_error(denoised, alpha.sqrt() * x - (1 - alpha).sqrt() * velocity) < 1e-4


@torch.no_grad()
def test_controlnet_gives_the_same_residuals(ours, theirs, unet_input):
    x, timestep, text = unet_input
    mask = torch.zeros(1, 1, 160, 256)
    mask[..., 40:90, 60:150] = 1
    hint = draw_scribble(mask).expand(2, -1, -1, -1)
    value = ours[3].control_model(x, hint=hint, timesteps=timestep, context=text)
    down, middle = theirs[1](x, timestep, text, hint, return_dict=False)
    for one, wanted in zip([*value["output"], *value["middle"]], [*down, middle], strict=True):
        assert wanted.norm() > 0
        assert relative_error(one, wanted) < 1e-4


@pytest.mark.parametrize("prompt", PROMPTS)
def test_text_is_embedded_the_same(ours, theirs, prompt):
    prompt = prompt.replace("(", "").replace(")", "")  # the host reads parentheses as weights
    clip = ours[1]
    value = clip.encode_from_tokens(clip.tokenize(prompt))
    assert relative_error(value.float().cpu(), theirs[0].embed_text([prompt])) < 1e-4


@torch.no_grad()
def test_vae_encodes_and_decodes_the_same(ours, theirs):
    generator = torch.Generator().manual_seed(1)
    image = torch.rand(2, 160, 256, 3, generator=generator)
    latent = ours[2].encode(image).float().cpu()
    scale = ours[0].model.latent_format.scale_factor
    frames = image.permute(3, 0, 1, 2)[None]
    assert relative_error(latent * scale, theirs[0].encode(frames)[0].transpose(0, 1)) < 1e-4
    wanted = theirs[0].decode((latent * scale).transpose(0, 1)[None])
    assert relative_error(ours[2].decode(latent).float().cpu(), wanted[0].permute(1, 2, 3, 0)) < 1e-4


def test_loading_it_changes_no_class_of_the_host(host, ours):
    import comfy.supported_models
    import torch.nn
    from comfy.ldm.modules.diffusionmodules.model import Normalize

    assert Normalize(64).num_groups == 32
    norms = [module for module in ours[0].model.modules() if isinstance(module, torch.nn.GroupNorm)]
    assert {norm.num_groups for norm in norms} == {8}
    assert comfy.supported_models.SD15.unet_config["model_channels"] == 320


def test_each_part_can_be_made_anew_by_the_host(ours):
    for patcher in (ours[0], ours[1].patcher, ours[2].patcher):
        make, arguments = patcher.cached_patcher_init
        # Hosts that stream weights ask for a copy that does not; older ones have no such flag.
        other = make(*arguments, disable_dynamic=hasattr(patcher, "is_dynamic"))
        assert other.model is not patcher.model
        ours_state, other_state = patcher.model.state_dict(), other.model.state_dict()
        assert ours_state.keys() == other_state.keys()
        assert all(torch.equal(ours_state[name], other_state[name]) for name in ours_state)


def test_two_loads_share_no_weights(ours):
    from maskvideo.adapters.comfy.demo_model import load_demo_model

    again = load_demo_model()
    assert again[0].model is not ours[0].model
    assert again[3].control_model is not ours[3].control_model


@torch.no_grad()
def test_host_lora_keys_lead_to_its_weights(ours):
    """LoRAs of the host's loaders find the demo model's layers under the names that diffusers has for them."""
    import comfy.lora

    keys = comfy.lora.model_lora_keys_unet(ours[0].model, {})
    weights = ours[0].model.state_dict()
    named = [key for key in keys if key.startswith("lora_unet_") and "attentions" in key]
    assert named
    assert all(keys[key] in weights for key in named)
