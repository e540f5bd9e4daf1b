"""A run that begins from an existing motion file."""

import hashlib
from dataclasses import replace

import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.core.motion_module import MotionConfig
from maskvideo.files.motion_file import load_motion
from maskvideo.training.checkpoint import read_state, state_path
from maskvideo.training.loop import train_motion
from maskvideo.training.start import settings_of

from .training_base import FRAMES, PROMPT, tiny_config, tiny_dataset, tiny_model


@pytest.fixture(scope="module")
def model():
    return tiny_model()


@pytest.fixture(scope="module")
def first(model, tmp_path_factory):
    """A trained motion file."""
    path = tmp_path_factory.mktemp("first") / "first.safetensors"
    train_motion(model, tiny_dataset(model, steps=3, seed=7), PROMPT, path, progress=False)
    return path


def train(model, path, **options):
    given = {name: options.pop(name) for name in ("start", "resume", "on_step") if name in options}
    return train_motion(model, tiny_dataset(model, **options), PROMPT, path, progress=False, **given)


def test_it_begins_with_the_weights_of_the_file_and_its_own_first_step(model, first, tmp_path):
    path = tmp_path / "second.safetensors"
    train(model, path, start=first, steps=1, learning_rate=1e-9)
    begun, loaded = (load_motion(one, model.architecture) for one in (path, first))
    for name, value in loaded.module.state_dict().items():
        torch.testing.assert_close(begun.module.state_dict()[name], value, rtol=0, atol=1e-6)
    assert begun.metadata.step == 1 and read_state(state_path(path)).optimiser
    assert dict(loaded.metadata.start) == {}
    digest = hashlib.sha256(first.read_bytes()).hexdigest()
    assert dict(begun.metadata.start) == {"file": "first.safetensors", "sha256": digest}


def test_resumed_it_is_the_uninterrupted_run_whether_the_start_is_given_again_or_not(model, first, tmp_path):
    whole, again, alone = (tmp_path / f"{name}.safetensors" for name in ("whole", "again", "alone"))
    train(model, whole, start=first, ema_decay=0.9)
    for path, given in ((again, {"start": first}), (alone, {})):
        with pytest.raises(KeyboardInterrupt):
            train(model, path, start=first, ema_decay=0.9, on_step=interrupt)
        train(model, path, resume=True, ema_decay=0.9, **given)
        ours, uninterrupted = (load_motion(one, model.architecture) for one in (path, whole))
        assert ours.metadata == uninterrupted.metadata
        weights = uninterrupted.module.state_dict()
        assert all(torch.equal(value, weights[name]) for name, value in ours.module.state_dict().items())


def interrupt(report):
    raise KeyboardInterrupt


def test_resumed_from_another_start_it_is_refused(model, first, tmp_path):
    path, other = tmp_path / "second.safetensors", tmp_path / "other.safetensors"
    train(model, path, start=first, steps=1)
    train(model, other, steps=1)
    with pytest.raises(MaskVideoError, match=r"the motion file to start from differ.*: give first\.safetensors"):
        train(model, path, start=other, resume=True, steps=2)


def test_a_motion_of_another_kind_is_refused_with_all_that_differs(model, first, tmp_path):
    motion = MotionConfig(frames=FRAMES, mask_width=16, rank=4)
    message = (
        r"start first\.safetensors has motion\.mask_width 8, this run 16; motion\.rank 2, this run 4: "
        r"set motion\.mask_width to 8 and motion\.rank to 2, or start anew"
    )
    with pytest.raises(MaskVideoError, match=message):
        train(model, tmp_path / "a.safetensors", start=first, motion=motion)
    assert list(tmp_path.iterdir()) == []


def test_a_start_of_another_base_is_refused(first, tmp_path):
    other = tiny_model()
    blocks = tuple(replace(block, channels=2 * block.channels) for block in other.architecture.blocks)
    other.architecture = replace(other.architecture, blocks=blocks)
    with pytest.raises(MaskVideoError, match=r"first\.safetensors: this motion was trained on another base"):
        train(other, tmp_path / "a.safetensors", start=first)


def test_the_file_to_write_is_no_start(model, first):
    with pytest.raises(MaskVideoError, match=r"start .*first\.safetensors is the file that is written: give another"):
        train(model, first, start=first)


def test_the_settings_of_a_motion_file_are_those_of_its_run(first):
    assert settings_of(first) == tiny_config(steps=3, seed=7)


def test_a_resumed_run_that_is_pulled_to_its_start_needs_it_again(model, first, tmp_path):
    whole, path, pulled = tmp_path / "whole.safetensors", tmp_path / "a.safetensors", {"consistency_weight": 0.5}
    train(model, whole, start=first, **pulled)
    with pytest.raises(KeyboardInterrupt):
        train(model, path, start=first, **pulled, on_step=interrupt)
    with pytest.raises(MaskVideoError, match=rf"give {first.name} as start too"):
        train(model, path, resume=True, **pulled)
    train(model, path, start=first, resume=True, **pulled)
    ours, uninterrupted = (load_motion(one, model.architecture).module.state_dict() for one in (path, whole))
    assert all(torch.equal(value, uninterrupted[name]) for name, value in ours.items())
