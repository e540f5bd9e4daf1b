"""One set of weights under every name that SD1.x files give them."""

import pytest
import torch
from maskvideo.adapters.diffusers.key_variants import published_names, vae_names
from maskvideo.adapters.diffusers.ldm_layout import to_ldm_layout

from .checkpoint_base import tiny_components

TEXT = "cond_stage_model.transformer."
EARLY = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}


@pytest.fixture(scope="module")
def components():
    return tiny_components()


@pytest.fixture(scope="module")
def published(components):
    return to_ldm_layout(*components)


def assert_same(found: dict, expected: dict) -> None:
    assert found.keys() == expected.keys()
    for key, weight in expected.items():
        assert torch.equal(found[key].flatten(), weight.flatten()), key


def test_the_published_names_stay(published):
    assert_same(published_names(published), published)


def test_a_text_encoder_without_its_level_gets_it(published):
    """NovelAI's model and the merges with it."""
    flat = {key.replace(f"{TEXT}text_model.", TEXT): weight for key, weight in published.items()}
    assert flat.keys() != published.keys()
    assert_same(published_names(flat), published)


def test_a_vae_in_diffusers_layout_within_a_checkpoint_is_renamed(components, published):
    state = {key: weight for key, weight in published.items() if not key.startswith("first_stage_model.")}
    state |= {f"first_stage_model.{key}": weight for key, weight in components[1].state_dict().items()}
    assert_same(published_names(state), published)


def test_the_early_names_of_the_vaes_attention_are_known(components, published):
    early = {}
    for key, weight in components[1].state_dict().items():
        for late, name in EARLY.items():
            key = key.replace(f".attentions.0.{late}.", f".attentions.0.{name}.")
        early[key] = weight
    assert early.keys() != components[1].state_dict().keys()
    vae = {key: weight for key, weight in published.items() if key.startswith("first_stage_model.")}
    assert_same(vae_names(early), vae)


def test_a_vae_file_may_hold_what_training_left_in_it(components, published):
    vae = {key: weight for key, weight in published.items() if key.startswith("first_stage_model.")}
    bare = {key.removeprefix("first_stage_model."): weight for key, weight in vae.items()}
    left = {"model_ema.decay": torch.ones(1), "loss.logvar": torch.ones(1)}
    assert_same(vae_names(bare | left), vae)
