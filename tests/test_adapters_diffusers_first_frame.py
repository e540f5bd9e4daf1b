"""The first frame from a ControlNet."""

import pytest
import torch
from diffusers import AutoencoderKL, ControlNetModel, UNet2DConditionModel
from maskvideo.adapters.diffusers.configs import component_config
from maskvideo.adapters.diffusers.first_frame import controlnet_first_frame
from maskvideo.adapters.diffusers.tokenizer import load_tokenizer
from maskvideo.adapters.diffusers.video_unet import DiffusersVideoModel
from maskvideo.core.errors import MaskVideoError
from maskvideo.core.motion_module import MotionConfig, MotionModule
from transformers import CLIPTextConfig, CLIPTextModel

TINY = {"block_out_channels": (8, 8, 16, 16), "layers_per_block": 1, "norm_num_groups": 4}
ATTENTION = {"cross_attention_dim": 16, "attention_head_dim": 2}
TEXT = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}


@pytest.fixture(scope="module")
def model() -> DiffusersVideoModel:
    torch.manual_seed(0)
    unet = UNet2DConditionModel.from_config(component_config("unet") | TINY | ATTENTION)
    vae = AutoencoderKL.from_config(component_config("vae") | TINY)
    text_encoder = CLIPTextModel(CLIPTextConfig(**component_config("text_encoder") | TEXT))
    return DiffusersVideoModel(unet, vae, text_encoder, load_tokenizer())


@pytest.fixture(scope="module")
def controlnet(model) -> ControlNetModel:
    """Its zero convolutions are filled, so that the mask has a say."""
    torch.manual_seed(1)
    controlnet = ControlNetModel.from_unet(model.unet).eval()
    for name, parameter in controlnet.named_parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.3 if "weight" in name else 0)
    return controlnet


def mask(column: int = 8) -> torch.Tensor:
    mask = torch.zeros(1, 1, 48, 64)
    mask[..., 8:32, column : column + 24] = 1
    return mask


def first_frame(model, controlnet, mask0=None, **settings):
    settings = {"prompt": "a red star", "steps": 2} | settings
    return controlnet_first_frame(model, controlnet, mask() if mask0 is None else mask0, **settings)


def test_the_frame_is_decoded_from_the_latent_at_the_masks_size(model, controlnet):
    result = first_frame(model, controlnet)
    assert result.latent.shape == (1, 4, 6, 8)
    assert result.frame.shape == (1, 3, 48, 64)
    torch.testing.assert_close(result.frame, model.decode(result.latent[:, :, None])[:, :, 0])


def test_the_same_seed_gives_the_same_image_and_another_does_not(model, controlnet):
    latent = first_frame(model, controlnet, seed=3).latent
    assert torch.equal(first_frame(model, controlnet, seed=3).latent, latent)
    assert not torch.allclose(first_frame(model, controlnet, seed=4).latent, latent)


def test_mask_style_and_strength_reach_the_controlnet(model, controlnet):
    latent = first_frame(model, controlnet).latent
    assert not torch.allclose(first_frame(model, controlnet, mask(column=32)).latent, latent)
    outline = first_frame(model, controlnet, style="outline").latent
    assert not torch.allclose(outline, latent)
    assert not torch.allclose(first_frame(model, controlnet, style="outline", width=5).latent, outline)


def test_a_controlnet_at_strength_zero_equals_none(model, controlnet):
    plain = first_frame(model, None).latent
    torch.testing.assert_close(first_frame(model, controlnet, control_strength=0.0).latent, plain)
    assert torch.equal(first_frame(model, None, mask(column=32)).latent, plain)


def test_with_scribble_guidance_the_unconditional_branch_sees_no_scribble(model, controlnet):
    unseen = first_frame(model, None, cfg=0).latent
    torch.testing.assert_close(first_frame(model, controlnet, cfg=0).latent, unseen)
    assert not torch.allclose(first_frame(model, controlnet, cfg=0, scribble_guidance=False).latent, unseen)
    conditional = first_frame(model, controlnet, cfg=1).latent
    assert torch.equal(first_frame(model, controlnet, cfg=1, scribble_guidance=False).latent, conditional)


def test_prompt_and_negative_prompt_both_act_and_without_guidance_only_the_prompt(model, controlnet):
    latent = first_frame(model, controlnet).latent
    assert not torch.allclose(first_frame(model, controlnet, prompt="a blue blob").latent, latent)
    assert not torch.allclose(first_frame(model, controlnet, negative="a blue blob").latent, latent)
    unguided = first_frame(model, controlnet, cfg=1).latent
    assert torch.equal(first_frame(model, controlnet, cfg=1, negative="a blue blob").latent, unguided)


def test_a_motion_module_is_switched_off_for_the_call_and_on_again_after_it(model, controlnet):
    latent = first_frame(model, controlnet).latent
    motion = MotionModule(model.architecture, MotionConfig(rank=2, mask_width=8))
    for parameter in motion.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    with model.using_motion(motion):
        assert torch.equal(first_frame(model, controlnet).latent, latent)
        assert model.motion is motion


def test_a_size_that_is_no_multiple_of_eight_is_refused_with_the_nearest(model, controlnet):
    with pytest.raises(MaskVideoError, match="mask width is 61 px, not a multiple of 8: the nearest is 64"):
        first_frame(model, controlnet, torch.ones(1, 1, 48, 61))


def test_an_empty_mask_is_refused(model, controlnet):
    with pytest.raises(MaskVideoError, match="mask 0 is all black"):
        first_frame(model, controlnet, torch.zeros(1, 1, 48, 64))
