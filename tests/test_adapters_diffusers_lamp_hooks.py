"""A U-Net with a converted motion is LAMP's U-Net."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import torch
from maskvideo.adapters.diffusers.video_unet import DiffusersVideoModel
from maskvideo.core.motion_module import MotionConfig, MotionModule
from maskvideo.core.video_model import Guide
from maskvideo.files.lamp_layout import base_key, convert_lamp, is_added

from .lamp_base import UNET, lamp_checkpoint, tiny_base

FRAMES = 5


def model_with(motion_of) -> DiffusersVideoModel:
    model = DiffusersVideoModel(tiny_base(), None, None, None)
    model.set_motion(motion_of(model))
    return model


def converted(model: DiffusersVideoModel) -> MotionModule:
    return convert_lamp(lamp_checkpoint(model.unet), model.unet.state_dict(), model.architecture)


def predict(model: DiffusersVideoModel, x_t: torch.Tensor) -> torch.Tensor:
    text = torch.ones(len(x_t), 7, UNET["cross_attention_dim"])
    return model.predict_noise(x_t, torch.tensor([300] * len(x_t)), text, Guide(x_t.shape[2]))


def video(count: int = 1) -> torch.Tensor:
    return torch.randn(count, 4, FRAMES, 8, 12, generator=torch.Generator().manual_seed(4))


@torch.no_grad()
def test_a_video_of_one_frame_with_untrained_lamp_layers_is_the_base_s_image():
    config = {"temporal_layers": "lamp", "projections": "none", "mask_branch": False}
    model = model_with(lambda model: MotionModule(model.architecture, MotionConfig(**config)))
    image = video()[:, :, :1]
    with_layers = predict(model, image)
    model.set_motion(None)
    torch.testing.assert_close(with_layers, predict(model, image), atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_two_videos_in_a_batch_do_not_mix():
    model, both = model_with(converted), video(2)
    together = predict(model, both)
    for index in range(2):
        torch.testing.assert_close(together[index], predict(model, both[index : index + 1])[0], atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_after_removal_the_unet_is_bit_equal_and_holds_no_hook():
    model = DiffusersVideoModel(tiny_base(), None, None, None)
    before = predict(model, video())
    model.set_motion(converted(model))
    changed = predict(model, video())
    model.set_motion(None)
    assert torch.equal(predict(model, video()), before)
    assert not torch.allclose(changed, before, atol=1e-2)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.unet.modules())


def test_checkpointing_keeps_every_gradient():
    model = model_with(converted)
    model.motion.requires_grad_(True)
    gradients = []
    for enabled in (False, True):
        model.enable_gradient_checkpointing(enabled)
        model.unet.train(enabled)  # diffusers' blocks are computed twice in training mode alone
        model.motion.zero_grad()
        predict(model, video()).square().mean().backward()
        gradients.append({name: parameter.grad.clone() for name, parameter in model.motion.named_parameters()})
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], gradient, msg=name)
    assert all(gradient.any() for gradient in gradients[0].values())


@torch.no_grad()
def test_the_converted_motion_predicts_what_lamp_s_own_code_predicts(tmp_path):
    lamp, python = os.environ.get("MASKVIDEO_LAMP"), os.environ.get("MASKVIDEO_LAMP_PYTHON")
    if not lamp or not python:
        pytest.skip("needs MASKVIDEO_LAMP, a checkout of LAMP, and MASKVIDEO_LAMP_PYTHON, an interpreter that runs it")
    script, out = Path(__file__).with_name("lamp_reference.py"), tmp_path / "reference.pt"
    command = [python, str(script), str(out), json.dumps(UNET)]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": lamp}, timeout=300)
    reference = torch.load(out, weights_only=True)
    state = reference["state"]
    model = DiffusersVideoModel(tiny_base(), None, None, None)
    tuned = {base_key(key): weight for key, weight in state.items() if not is_added(key)}
    queries = {key: weight for key, weight in model.unet.state_dict().items() if key.endswith("attn1.to_q.weight")}
    model.unet.load_state_dict({**tuned, **queries})  # the base that LAMP's queries were tuned from is another one
    model.set_motion(convert_lamp(state, model.unet.state_dict(), model.architecture))
    found = model.predict_noise(
        reference["x_t"], reference["timestep"], reference["text"], Guide(reference["x_t"].shape[2])
    )
    error = torch.dist(found, reference["predicted"]) / reference["predicted"].norm()
    print(f"relative error {error:.1e}")
    assert error < 1e-5
