"""``maskvideo train`` holds what a step needs and no more."""

import pytest
import torch
from maskvideo.commands.train import keep_what_trains

from .training_base import tiny_config, tiny_model


def base_dtypes(model) -> set[torch.dtype]:
    return {weight.dtype for weight in model.unet.parameters() if weight.ndim > 1}


def test_in_half_precision_the_base_lies_in_half_precision_but_for_its_vectors():
    model = tiny_model()
    keep_what_trains(model, tiny_config(precision="bfloat16"), decodes=False)
    assert base_dtypes(model) == {torch.bfloat16}
    assert {weight.dtype for weight in model.unet.parameters() if weight.ndim == 1} == {torch.float32}


def test_in_float32_the_base_stays_as_it_is():
    model = tiny_model()
    keep_what_trains(model, tiny_config(), decodes=False)
    assert base_dtypes(model) == {torch.float32}


@pytest.mark.parametrize("decodes", [False, True])
def test_the_encoders_stay_where_samples_are_decoded(decodes):
    model = tiny_model()
    keep_what_trains(model, tiny_config(), decodes)
    assert (model.vae is not None, model.text_encoder is not None) == (decodes, decodes)
