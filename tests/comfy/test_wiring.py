"""What a user sees who wires something that does not fit."""

import pytest
import torch
from maskvideo.core.errors import MaskVideoError

from .test_reversible import carrying
from .video_base import diffusers_twin, host_twin, moving_box, random_first_latent, random_motion


@pytest.fixture(scope="module")
def model(host):
    return host_twin(diffusers_twin())


@pytest.mark.parametrize(("family", "name"), [("SDXL", "SDXL"), ("Flux", "Flux"), ("WAN21_T2V", "WAN21")])
def test_a_model_of_another_family_is_named(host, family, name):
    from maskvideo.adapters.comfy.host_model import require_sd1

    from .other_models import other_model

    cure = r".*needs an SD1.x model: load one with Load Checkpoint"
    with pytest.raises(MaskVideoError, match=f"this MODEL is {name} {cure}"):
        require_sd1(other_model(family))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"in_channels": 9}, "9 input channels"),
        ({"transformer_depth_middle": 2}, r"block mid\.0 has 2 transformer layers"),
    ],
)
def test_a_model_of_the_family_that_is_built_otherwise_is_named(host, change, message):
    from maskvideo.adapters.comfy.host_model import require_sd1

    from .other_models import other_model

    with pytest.raises(MaskVideoError, match=message):
        require_sd1(other_model("SD15", **change))


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
