"""The diffusers U-Net as a ``VideoModel``."""

import pytest
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from maskvideo.adapters.diffusers.tokenizer import load_tokenizer
from maskvideo.adapters.diffusers.video_unet import CHUNK_FRAMES, DiffusersVideoModel
from maskvideo.core.motion_module import MotionConfig, MotionModule
from maskvideo.core.video_model import Guide
from transformers import CLIPTextConfig, CLIPTextModel

BATCH, FRAMES = 2, 3
TINY = {
    "block_out_channels": (32, 64),
    "layers_per_block": 1,
    "cross_attention_dim": 16,
    "attention_head_dim": 2,
    "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
}


@pytest.fixture
def model() -> DiffusersVideoModel:
    torch.manual_seed(0)
    return DiffusersVideoModel(UNet2DConditionModel(**TINY), None, None, None)


def motion_for(model: DiffusersVideoModel, trained: bool = False, **config) -> MotionModule:
    torch.manual_seed(1)
    motion = MotionModule(model.architecture, MotionConfig(rank=2, mask_width=8, **config))
    for parameter in motion.parameters():
        if trained and not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1)
    return motion


def inputs(frames: int = FRAMES):
    torch.manual_seed(2)
    mask = (torch.rand(BATCH, 1, frames, 48, 80) > 0.5).float()
    return torch.randn(BATCH, 4, frames, 6, 10), torch.tensor([10, 600]), torch.randn(BATCH, 5, 16), mask


def loss(model: DiffusersVideoModel) -> torch.Tensor:
    x_t, timestep, text, mask = inputs()
    guide = Guide(FRAMES, model.motion.mask_features(mask))
    return model.predict_noise(x_t, timestep, text, guide).square().mean()


def test_without_motion_each_frame_is_an_image_of_the_untouched_unet(model):
    x_t, timestep, text, _ = inputs()
    video = model.predict_noise(x_t, timestep, text, Guide(FRAMES))
    images = x_t.transpose(1, 2).flatten(0, 1)
    plain = model.unet(images, timestep.repeat_interleave(FRAMES), text.repeat_interleave(FRAMES, 0)).sample
    assert torch.equal(video.transpose(1, 2).flatten(0, 1), plain)


@torch.no_grad()
def test_an_untrained_module_without_first_frame_attention_leaves_the_base_unchanged(model):
    x_t, timestep, text, mask = inputs()
    plain = model.predict_noise(x_t, timestep, text, Guide(FRAMES))
    motion = motion_for(model, first_frame_attention=False)
    model.set_motion(motion)
    torch.testing.assert_close(
        model.predict_noise(x_t, timestep, text, Guide(FRAMES, motion.mask_features(mask))), plain
    )


@torch.no_grad()
def test_an_untrained_module_leaves_frame_zero_and_single_images_unchanged(model):
    x_t, timestep, text, mask = inputs()
    plain = model.predict_noise(x_t, timestep, text, Guide(FRAMES))
    motion = motion_for(model)
    model.set_motion(motion)
    tuned = model.predict_noise(x_t, timestep, text, Guide(FRAMES, motion.mask_features(mask)))
    single = model.predict_noise(x_t[:, :, 1:2], timestep, text, Guide(1, motion.mask_features(mask[:, :, 1:2])))
    torch.testing.assert_close(tuned[:, :, 0], plain[:, :, 0])
    torch.testing.assert_close(single[:, :, 0], plain[:, :, 1])
    assert not torch.allclose(tuned[:, :, 1], plain[:, :, 1])


@torch.no_grad()
def test_videos_of_one_batch_do_not_see_each_other(model):
    x_t, timestep, text, mask = inputs()
    motion = motion_for(model, trained=True)
    model.set_motion(motion)
    both = model.predict_noise(x_t, timestep, text, Guide(FRAMES, motion.mask_features(mask)))
    second = model.predict_noise(x_t[1:], timestep[1:], text[1:], Guide(FRAMES, motion.mask_features(mask[1:])))
    torch.testing.assert_close(both[1:], second, rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_a_gate_of_zero_equals_no_mask(model):
    x_t, timestep, text, mask = inputs()
    motion = motion_for(model, trained=True)
    model.set_motion(motion)
    features = motion.mask_features(mask)
    gated = model.predict_noise(x_t, timestep, text, Guide(FRAMES, features, torch.zeros(BATCH)))
    unmasked = model.predict_noise(x_t, timestep, text, Guide(FRAMES))
    assert torch.equal(gated, unmasked)
    assert not torch.allclose(model.predict_noise(x_t, timestep, text, Guide(FRAMES, features)), unmasked)


def test_every_motion_weight_gets_a_gradient_and_no_base_weight_does(model):
    model.set_motion(motion_for(model, trained=True))
    loss(model).backward()
    for name, parameter in model.motion.named_parameters():
        assert parameter.grad is not None and parameter.grad.any(), name
    assert not any(parameter.requires_grad for parameter in model.unet.parameters())


def test_gradient_checkpointing_gives_the_same_gradients(model):
    model.set_motion(motion_for(model, trained=True))
    loss(model).backward()
    plain = [parameter.grad.clone() for parameter in model.motion.parameters()]
    model.motion.zero_grad()
    model.enable_gradient_checkpointing()
    loss(model).backward()
    for expected, parameter in zip(plain, model.motion.parameters(), strict=True):
        torch.testing.assert_close(parameter.grad, expected)


def test_motion_set_for_a_block_of_code_gives_way_to_what_was_set_before(model):
    motion = motion_for(model)
    model.set_motion(motion)
    processors = model.unet.attn_processors
    with pytest.raises(KeyError), model.using_motion(None):
        assert model.motion is None
        raise KeyError
    assert model.motion is motion
    assert all(processor.motion is motion for processor in model.unet.attn_processors.values())
    assert processors.keys() == model.unet.attn_processors.keys()


def test_the_noise_schedule_is_that_of_sd1(model):
    assert model.alphas_cumprod.shape == (1000,)
    assert model.alphas_cumprod[0].item() == pytest.approx(1 - 0.00085)
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
    torch.testing.assert_close(model.alphas_cumprod.double(), (1 - betas).cumprod(0), rtol=1e-4, atol=1e-6)


def test_encoding_and_decoding_keep_layout_scale_and_every_chunk():
    torch.manual_seed(0)
    levels = {"block_out_channels": (8, 8), "norm_num_groups": 4}
    kinds = {"down_block_types": ("DownEncoderBlock2D",) * 2, "up_block_types": ("UpDecoderBlock2D",) * 2}
    vae = AutoencoderKL(**levels, **kinds, latent_channels=4, scaling_factor=0.5)
    model = DiffusersVideoModel(UNet2DConditionModel(**TINY), vae, None, None)
    frames = torch.rand(2, 3, CHUNK_FRAMES + 1, 8, 12)
    latent = model.encode(frames)
    assert latent.shape == (2, 4, CHUNK_FRAMES + 1, 4, 6)
    last = vae.encode(frames[1, :, -1:].transpose(0, 1) * 2 - 1).latent_dist.mean * 0.5
    torch.testing.assert_close(latent[1, :, -1], last[0])
    decoded = model.decode(latent)
    assert decoded.shape == frames.shape
    assert decoded.min() >= 0 and decoded.max() <= 1
    image = vae.decode(latent[1, :, -1:].transpose(0, 1) / 0.5).sample / 2 + 0.5
    torch.testing.assert_close(decoded[1, :, -1], image[0].clamp(0, 1))


def test_text_is_embedded_at_full_length_and_long_prompts_are_cut():
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    encoder = CLIPTextModel(CLIPTextConfig(vocab_size=49408, **sizes))
    model = DiffusersVideoModel(UNet2DConditionModel(**TINY), None, encoder, load_tokenizer())
    embedded = model.embed_text(["", "a red star", "star " * 200])
    assert embedded.shape == (3, 77, 16)
    assert not torch.allclose(embedded[0, 1:], embedded[1, 1:])


def test_a_velocity_base_answers_with_the_noise_that_was_added(model):
    model.scheduler_config = {**model.scheduler_config, "prediction_type": "v_prediction"}
    latent, noise = torch.randn(2, 3, 4, 6, 8)
    timestep = torch.tensor([10, 500, 990])
    alpha = model.alphas_cumprod[timestep].view(-1, 1, 1, 1)
    x_t = alpha.sqrt() * latent + (1 - alpha).sqrt() * noise
    velocity = alpha.sqrt() * noise - (1 - alpha).sqrt() * latent
    torch.testing.assert_close(model.as_noise(velocity, x_t, timestep), noise)


def test_a_halved_base_gives_the_same_loss_and_gradients_under_autocast(model):
    motion = motion_for(model, trained=True)
    model.set_motion(motion)
    found = []
    for halve in (False, True):
        if halve:
            model.halve_base(torch.bfloat16)
        motion.zero_grad()
        x_t, timestep, text, mask = inputs()
        with torch.autocast("cpu", torch.bfloat16):
            predicted = model.predict_noise(x_t, timestep, text, Guide(FRAMES, motion.mask_features(mask)))
        predicted.float().square().mean().backward()
        found.append([predicted.detach(), *(parameter.grad for parameter in motion.parameters())])
    assert all(torch.equal(before, after) for before, after in zip(*found, strict=True))
    matrices = [weight for weight in model.unet.parameters() if weight.ndim > 1]
    assert {weight.dtype for weight in matrices} == {torch.bfloat16}


def test_checkpointing_pays_on_the_finest_levels_alone():
    types = {"down_block_types": ("CrossAttnDownBlock2D",) * 4, "up_block_types": ("CrossAttnUpBlock2D",) * 4}
    unet = UNet2DConditionModel(**{**TINY, **types, "block_out_channels": (32,) * 4})
    model = DiffusersVideoModel(unet, None, None, None)
    model.enable_gradient_checkpointing()
    stages = [*unet.down_blocks, unet.mid_block, *unet.up_blocks]
    flags = [
        {m.gradient_checkpointing for m in stage.modules() if hasattr(m, "gradient_checkpointing")} for stage in stages
    ]
    assert flags == [{True}] * 2 + [{False}] * 5 + [{True}] * 2
    model.enable_gradient_checkpointing(False)
    assert not any(getattr(module, "gradient_checkpointing", False) for module in unet.modules())
