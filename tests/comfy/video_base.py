"""A tiny random SD1.x-shaped base on both sides: the host's MODEL and diffusers' U-Net with the same weights."""

from __future__ import annotations

import torch
from diffusers import UNet2DConditionModel
from maskvideo.adapters.diffusers.configs import component_config
from maskvideo.adapters.diffusers.ldm_layout import unet_keys
from maskvideo.adapters.diffusers.video_unet import DiffusersVideoModel
from maskvideo.core.motion_format import MotionMetadata
from maskvideo.core.motion_module import MotionConfig, MotionModule
from maskvideo.core.noise_prior import NoisePrior
from maskvideo.core.sample_settings import GuidanceSettings
from maskvideo.core.video_model import Architecture
from maskvideo.files.motion_file import LoadedMotion

FRAMES, HEIGHT, WIDTH = 3, 48, 64
UNET = {
    "in_channels": 4,
    "out_channels": 4,
    "block_out_channels": (32, 64),
    "layers_per_block": 1,
    "cross_attention_dim": 16,
    "attention_head_dim": 2,
    "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
}
SCHEDULER = {**component_config("scheduler"), "set_alpha_to_one": True}


def diffusers_twin() -> DiffusersVideoModel:
    torch.manual_seed(0)
    return DiffusersVideoModel(UNet2DConditionModel(**UNET), None, None, None, SCHEDULER)


def host_twin(twin: DiffusersVideoModel):
    """The host's MODEL with the weights of ``twin``. Needs the host in this process."""
    import comfy.model_patcher
    from maskvideo.adapters.comfy.demo_config import DemoModelConfig

    state = twin.unet.state_dict()
    weights = {theirs.removeprefix("model.diffusion_model."): state[ours] for ours, theirs in unet_keys(state).items()}
    config = DemoModelConfig(UNET, {"prediction_type": "epsilon", **SCHEDULER})
    config.set_inference_dtype(torch.float32, None)
    base = config.get_model(weights, device="cpu")
    base.load_model_weights({key: weight.clone() for key, weight in weights.items()})
    cpu = torch.device("cpu")
    return comfy.model_patcher.ModelPatcher(base, cpu, cpu)


def random_motion(architecture: Architecture, **config) -> LoadedMotion:
    """A motion in which every part does something."""
    torch.manual_seed(2)
    config = {"frames": 8, "mask_width": 8, "rank": 2, **config}
    module = MotionModule(architecture, MotionConfig(**config))
    for parameter in module.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1)
    resolution, prior = (WIDTH, HEIGHT), NoisePrior()
    metadata = MotionMetadata(
        architecture, "it moves", 8, resolution, prior.kind, prior.alpha, {}, {"frames": 8}, 1, "none"
    )
    return LoadedMotion(module.requires_grad_(False).eval(), metadata)


def moving_box(frames: int = FRAMES) -> torch.Tensor:
    """Masks ``[1, 1, T, H, W]`` of a box that goes to the right."""
    masks = torch.zeros(1, 1, frames, HEIGHT, WIDTH)
    for frame in range(frames):
        masks[:, :, frame, 8:40, 4 + 6 * frame : 28 + 6 * frame] = 1
    return masks


def random_text() -> torch.Tensor:
    """``[2, L, D]``: negative and positive prompt."""
    return torch.randn(2, 5, UNET["cross_attention_dim"], generator=torch.Generator().manual_seed(3))


def random_first_latent() -> torch.Tensor:
    """A LATENT's samples ``[1, 4, h, w]``, unscaled."""
    return torch.randn(1, 4, HEIGHT // 8, WIDTH // 8, generator=torch.Generator().manual_seed(4)) * 5


def conditioning(text: torch.Tensor, **options) -> list:
    """The host's CONDITIONING of ``text`` ``[L, D]``."""
    return [[text[None], options]]


def sample(model, preview=None, **changes) -> torch.Tensor:
    """A window ``[T, 4, h, w]`` that ``model`` makes of the inputs above, with ``changes``."""
    from maskvideo.adapters.comfy.noise import SharedNoise
    from maskvideo.adapters.comfy.sampling import sample_window

    negative, positive = random_text()
    first, settings = random_first_latent(), GuidanceSettings(mask_guidance=True, adain="end")
    given = {
        "positive": conditioning(positive),
        "negative": conditioning(negative),
        "first_latent": first,
        "masks": moving_box(),
        "noise": SharedNoise(7, first, NoisePrior()),
        "steps": 3,
        "cfg": 3.0,
        "sampler_name": "euler",
        "scheduler": "normal",
        "seed": 7,
        "settings": settings,
    }
    return sample_window(model, **{**given, **changes}, preview=preview)


def plain_sample(model, **changes) -> torch.Tensor:
    """What the host's own KSampler makes, without anything of the pack's."""
    import comfy.sample

    negative, positive = random_text()
    latent = torch.zeros(FRAMES, 4, HEIGHT // 8, WIDTH // 8)
    given = {
        "noise": comfy.sample.prepare_noise(latent, 5),
        "steps": 3,
        "cfg": 3.0,
        "sampler_name": "euler",
        "scheduler": "normal",
        "positive": conditioning(positive),
        "negative": conditioning(negative),
        "latent_image": latent,
        "disable_pbar": True,
        "seed": 5,
    }
    return comfy.sample.sample(model, **{**given, **changes})


def relative_error(found: torch.Tensor, expected: torch.Tensor) -> float:
    return ((found - expected).norm() / expected.norm()).item()
