"""A motion on the host's layers: the same results, and nothing that the host cannot move or cast."""

import copy

import pytest
import torch
from maskvideo.core.video_model import Guide

from .test_reversible import carrying
from .video_base import FRAMES, diffusers_twin, host_twin, moving_box, random_motion, relative_error, sample


@pytest.fixture(scope="module")
def module(host):
    return random_motion(diffusers_twin().architecture).module


def after(module, dtype=torch.float32) -> torch.Tensor:
    hidden = torch.randn(FRAMES, 32, 6, 8, generator=torch.Generator().manual_seed(1)).to(dtype)
    return module.after_block("down.0.0", hidden, Guide(FRAMES, module.mask_features(moving_box())))


def test_the_layers_compute_the_same(module):
    from maskvideo.adapters.comfy.host_layers import with_host_layers

    replaced = with_host_layers(copy.deepcopy(module))
    assert torch.equal(after(replaced), after(module))
    assert replaced.state_dict().keys() == module.state_dict().keys()


def test_every_layer_with_weights_is_the_hosts(module):
    from comfy.ops import CastWeightBiasOp
    from maskvideo.adapters.comfy.host_layers import with_host_layers

    replaced = with_host_layers(copy.deepcopy(module))
    owners = [layer for layer in replaced.modules() if list(layer.parameters(recurse=False))]
    assert owners and all(isinstance(layer, CastWeightBiasOp) for layer in owners)


def test_layers_that_the_host_has_not_loaded_give_the_same_video(module):
    """As in low-memory modes: the weights stay where they are and are cast when a layer is called."""
    from maskvideo.adapters.comfy.run_state import KEY

    model = host_twin(diffusers_twin())
    expected, carrier = sample(carrying(model)), carrying(model)
    (layers,) = carrier.get_additional_models_with_key(KEY)
    layers.load(torch.device("cpu"), lowvram_model_memory=1)
    assert relative_error(sample(carrier), expected) < 1e-5


def test_a_model_in_half_precision_carries_its_motion_in_half_precision(module):
    from maskvideo.adapters.comfy.motion import motion_layers

    model = host_twin(diffusers_twin())
    model.set_model_compute_dtype(torch.bfloat16)
    carrier = carrying(model)
    assert {parameter.dtype for parameter in motion_layers(carrier).parameters()} == {torch.bfloat16}
    video = sample(carrier)
    assert video.dtype == torch.float32 and video.isfinite().all()
