"""A base is known by its weights, wherever and however they lie."""

import pytest
import torch
from diffusers import UNet2DConditionModel
from maskvideo.core.errors import MaskVideoError
from maskvideo.training.base_fingerprint import base_fingerprint
from maskvideo.training.checkpoint import read_state, state_path
from maskvideo.training.loop import train_motion
from torch import nn

from .training_base import PROMPT, UNET, tiny_dataset, tiny_model


@pytest.fixture
def unet():
    torch.manual_seed(0)
    return UNet2DConditionModel(**UNET)


def test_the_same_weights_give_the_same_fingerprint_and_others_another(unet):
    torch.manual_seed(0)
    again, other = UNet2DConditionModel(**UNET), UNet2DConditionModel(**UNET)
    assert base_fingerprint(unet) == base_fingerprint(again) != base_fingerprint(other)


@torch.no_grad()
def test_a_weak_lora_on_one_projection_changes_it(unet):
    before = base_fingerprint(unet)
    weight = unet.down_blocks[0].attentions[0].transformer_blocks[0].attn1.to_q.weight
    change = torch.randn(len(weight), 1) @ torch.randn(1, len(weight))
    weight += 0.02 * weight.norm() / change.norm() * change
    assert base_fingerprint(unet) != before


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_a_base_kept_in_half_precision_is_the_same_base(unet, dtype):
    unet.to(dtype).float()  # as a checkpoint in half precision is read
    assert base_fingerprint(unet) == base_fingerprint(unet.to(dtype))


def test_the_layout_in_memory_does_not_count(unet):
    before = base_fingerprint(unet)
    assert base_fingerprint(unet.to(memory_format=torch.channels_last)) == before


def test_neither_names_nor_order_nor_a_convolution_of_one_pixel_for_a_linear_layer_count():
    linear, convolution, norm = nn.Linear(6, 100), nn.Conv2d(6, 100, 1), nn.LayerNorm(6)
    convolution.weight.data, convolution.bias.data = linear.weight.data[..., None, None], linear.bias.data
    first, second = nn.Sequential(linear, norm), nn.ModuleDict({"norm": norm, "proj_in": convolution})
    assert base_fingerprint(first) == base_fingerprint(second)


def test_a_resumed_run_notices_another_base(tmp_path):
    path, model = tmp_path / "a.safetensors", tiny_model()
    train_motion(model, tiny_dataset(model, steps=1), PROMPT, path, progress=False)
    assert read_state(state_path(path)).base == base_fingerprint(model.unet)
    dataset = tiny_dataset(model, steps=2)
    with torch.no_grad():
        model.unet.conv_in.weight.mul_(1.05)
    with pytest.raises(MaskVideoError, match="the base model or the LoRAs on it differ from the saved run's: give"):
        train_motion(model, dataset, PROMPT, path, resume=True, progress=False)
