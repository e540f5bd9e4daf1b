"""What a user sees who wires something that does not fit."""

import pytest
import torch
from maskvideo.core.errors import MaskVideoError

from .test_reversible import carrying
from .video_base import diffusers_twin, host_twin, moving_box, random_first_latent, random_motion

SMALL = {
    "image_size": 32,
    "in_channels": 4,
    "out_channels": 4,
    "model_channels": 32,
    "num_res_blocks": [1, 1],
    "channel_mult": [1, 2],
    "transformer_depth": [1, 1],
    "transformer_depth_output": [1, 1, 1, 1],
    "transformer_depth_middle": 1,
    "context_dim": 16,
    "num_heads": 2,
    "num_head_channels": -1,
    "use_spatial_transformer": True,
    "legacy": False,
    "adm_in_channels": None,
}


@pytest.fixture(scope="module")
def model(host):
    return host_twin(diffusers_twin())


def host_model(config_class, **changes):
    """A MODEL of another family, small, as the host builds it from ``config_class``."""
    import comfy.model_patcher

    config = config_class({**SMALL, **changes})
    config.set_inference_dtype(torch.float32, None)
    cpu = torch.device("cpu")
    return comfy.model_patcher.ModelPatcher(config.get_model({}, device=cpu), cpu, cpu)


def test_an_sdxl_model_is_named(model):
    import comfy.supported_models
    from maskvideo.adapters.comfy.host_model import require_sd1

    sdxl = host_model(comfy.supported_models.SDXL, num_classes="sequential", adm_in_channels=2816)
    with pytest.raises(
        MaskVideoError, match=r"this MODEL is SDXL .*needs an SD1.x model: load one with Load Checkpoint"
    ):
        require_sd1(sdxl)


def test_a_flux_model_is_named(model):
    import comfy.supported_models
    from maskvideo.adapters.comfy.host_model import require_sd1

    config = comfy.supported_models.Flux({"image_model": "flux", "disable_unet_model_creation": True})
    config.set_inference_dtype(torch.float32, None)
    import comfy.model_patcher

    cpu = torch.device("cpu")
    flux = comfy.model_patcher.ModelPatcher(config.get_model({}, device=cpu), cpu, cpu)
    with pytest.raises(MaskVideoError, match="this MODEL is Flux"):
        require_sd1(flux)


def test_an_inpainting_model_is_named(model):
    import comfy.supported_models
    from maskvideo.adapters.comfy.host_model import require_sd1

    with pytest.raises(MaskVideoError, match="9 input channels"):
        require_sd1(host_model(comfy.supported_models.SD15, in_channels=9))


def test_a_block_of_several_layers_is_named(model):
    import comfy.supported_models
    from maskvideo.adapters.comfy.host_model import require_sd1

    with pytest.raises(MaskVideoError, match=r"block mid\.0 has 2 transformer layers"):
        require_sd1(host_model(comfy.supported_models.SD15, transformer_depth_middle=2))


def test_something_that_is_no_model_is_named(model):
    from maskvideo.adapters.comfy.host_model import require_sd1

    with pytest.raises(MaskVideoError, match="no MODEL of the host"):
        require_sd1("a string")


def test_a_model_without_a_motion_cannot_be_guided(model):
    from maskvideo.adapters.comfy.guidance import guide_video

    with pytest.raises(MaskVideoError, match="put Load Motion LoRA before"):
        guide_video(model, moving_box(), random_first_latent())


def test_a_motion_of_another_base_is_refused(model, tmp_path):
    from dataclasses import replace

    from maskvideo.adapters.comfy.host_model import require_sd1
    from maskvideo.adapters.comfy.motion import load_motion
    from maskvideo.files.motion_file import save_motion

    other = replace(require_sd1(model), context_width=24)
    motion = random_motion(other)
    save_motion(tmp_path / "other.safetensors", motion.module, motion.metadata)
    with pytest.raises(MaskVideoError, match="another base model"):
        load_motion(model, tmp_path / "other.safetensors")


@pytest.mark.parametrize(
    ("first", "masks", "message"),
    [
        (torch.zeros(2, 4, 6, 8), moving_box(), "holds 2 frames, a video starts from 1"),
        (torch.zeros(1, 16, 6, 8), moving_box(), r"has shape \[1, 16, 6, 8\]"),
        (torch.zeros(1, 4, 8, 8), moving_box(), "masks are 64x48 pixels, the first frame's LATENT is of 64x64"),
        (torch.zeros(1, 4, 6, 8), moving_box(9), "a window of 9 frames, this motion was trained for 8"),
    ],
)
def test_sizes_that_do_not_fit_are_named(model, first, masks, message):
    from maskvideo.adapters.comfy.guidance import guide_video

    with pytest.raises(MaskVideoError, match=message):
        guide_video(carrying(model), masks, first)
