"""The training loop: it learns, it loses nothing, and it leaves the base as it was."""

import itertools

import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.files.motion_file import load_motion
from maskvideo.training.checkpoint import read_state, state_path
from maskvideo.training.config import TrainConfig
from maskvideo.training.loop import train_motion
from safetensors.torch import load_file

from .training_base import FRAMES, HEIGHT, PROMPT, WIDTH, moving_square, tiny_dataset, tiny_model


@pytest.fixture(scope="module")
def model():
    return tiny_model()


def train(model, path, clips=None, **options):
    """Train quietly; options that are no config fields go to ``train_motion``."""
    given = {name: options.pop(name) for name in ("resume", "overwrite", "on_step") if name in options}
    return train_motion(model, tiny_dataset(model, clips, **options), PROMPT, path, progress=False, **given)


def stop_after(step, error=KeyboardInterrupt):
    def on_step(report):
        if report.step == step:
            raise error("stopped")

    return on_step


def same_tensors(first, second):
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def assert_same_run(first, second):
    assert same_tensors(load_file(first), load_file(second))
    one, other = read_state(state_path(first)), read_state(state_path(second))
    for fact in ("step", "running_loss", "scale", "growth"):
        assert getattr(one, fact) == getattr(other, fact)
    assert torch.equal(one.generator, other.generator)
    for name in ("weights", "optimiser", "average"):
        assert same_tensors(getattr(one, name) or {}, getattr(other, name) or {})


def test_training_on_one_clip_lowers_the_loss(model, tmp_path):
    losses = []
    settings = {"flips": False, "mask_drop": 0.0, "timestep_sampling": "high_noise", "learning_rate": 1e-2}
    train(
        model, tmp_path / "a.safetensors", steps=40, save_every=100, **settings, on_step=lambda r: losses.append(r.loss)
    )
    assert len(losses) == 40
    assert sum(losses[-10:]) < 0.93 * sum(losses[:10])


@pytest.mark.parametrize(
    "settings",
    [
        {"schedule": "constant"},
        {"ema_decay": 0.9, "noise_prior": "random", "batch_size": 2, "consistency_weight": 0.1, "save_every": 2},
        {"precision": "bfloat16", "gradient_checkpointing": True},
        {"precision": "float16"},
    ],
)
def test_a_resumed_run_is_bit_for_bit_the_uninterrupted_one(model, tmp_path, settings):
    whole, stopped = tmp_path / "whole.safetensors", tmp_path / "stopped.safetensors"
    train(model, whole, **settings)
    with pytest.raises(KeyboardInterrupt):
        train(model, stopped, on_step=stop_after(1), **settings)
    assert read_state(state_path(stopped)).step == 1
    with pytest.raises(OSError):
        train(model, stopped, resume=True, on_step=stop_after(3, OSError), **settings)
    train(model, stopped, resume=True, **settings)
    assert_same_run(whole, stopped)


def test_a_crash_within_a_step_saves_the_steps_before_it(model, tmp_path):
    whole, crashed = tmp_path / "whole.safetensors", tmp_path / "crashed.safetensors"
    train(model, whole)
    calls, predict = itertools.count(), model.predict_noise

    def crash_in_the_third_step(*args):
        if next(calls) == 2:
            raise RuntimeError("the driver is gone")
        return predict(*args)

    model.predict_noise = crash_in_the_third_step
    with pytest.raises(RuntimeError, match="the driver is gone"):
        train(model, crashed)
    del model.predict_noise
    assert read_state(state_path(crashed)).step == 2
    train(model, crashed, resume=True)
    assert_same_run(whole, crashed)


def test_a_crash_within_the_update_keeps_the_last_whole_save(model, tmp_path, monkeypatch):
    whole, crashed = tmp_path / "whole.safetensors", tmp_path / "crashed.safetensors"
    train(model, whole, save_every=2)
    updates, update = itertools.count(), torch.optim.AdamW.step

    def crash_in_the_fourth_update(optimiser):
        update(optimiser)
        if next(updates) == 3:
            raise torch.cuda.OutOfMemoryError("no memory")

    monkeypatch.setattr(torch.optim.AdamW, "step", crash_in_the_fourth_update)
    with pytest.raises(MaskVideoError, match="out of memory; 2 steps are saved: resume with gradient_checkpointing"):
        train(model, crashed, save_every=2)
    monkeypatch.undo()
    assert read_state(state_path(crashed)).step == 2
    train(model, crashed, save_every=2, resume=True)
    assert_same_run(whole, crashed)


def test_a_run_that_diverges_stops_with_its_good_steps_saved(model, tmp_path):
    path, dataset = tmp_path / "a.safetensors", tiny_dataset(model, text_drop=0.0)

    def poison(report):
        if report.step == 2:
            dataset.text.fill_(float("nan"))

    with pytest.raises(
        MaskVideoError, match=r"loss is nan.* after 2 steps: training diverged; set learning_rate to 0\.001"
    ):
        train_motion(model, dataset, PROMPT, path, on_step=poison, progress=False)
    state = read_state(state_path(path))
    assert state.step == 2 and all(value.isfinite().all() for value in state.weights.values())


def test_the_motion_file_loads_and_says_how_it_was_trained(model, tmp_path):
    trained = train(model, tmp_path / "a.safetensors", noise_prior="first_frame_vp", alpha=0.3)
    loaded = load_motion(tmp_path / "a.safetensors", model.architecture)
    assert same_tensors(dict(loaded.module.state_dict()), dict(trained.state_dict()))
    metadata = loaded.metadata
    assert (metadata.motion_prompt, metadata.frames, metadata.resolution) == (PROMPT, FRAMES, (WIDTH, HEIGHT))
    assert (metadata.noise_prior, metadata.alpha, metadata.step) == ("first_frame_vp", 0.3, 4)
    assert TrainConfig.from_dict(metadata.training) == TrainConfig.from_toml(tmp_path / "a.training.toml")


def test_the_base_model_is_bit_equal_afterwards_and_its_motion_is_put_back(model, tmp_path):
    before = {name: value.clone() for name, value in model.unet.state_dict().items()}
    hooks = sum(len(module._forward_hooks) for module in model.unet.modules())
    train(model, tmp_path / "a.safetensors", steps=2, gradient_checkpointing=True)
    assert same_tensors(before, model.unet.state_dict())
    assert sum(len(module._forward_hooks) for module in model.unet.modules()) == hooks
    assert model.motion is None and not model.unet.is_gradient_checkpointing


def test_training_touches_no_other_random_state(model, tmp_path):
    torch.manual_seed(7)
    before = torch.get_rng_state()
    train(model, tmp_path / "a.safetensors", steps=2)
    assert torch.equal(before, torch.get_rng_state())


def test_the_seed_decides_everything(model, tmp_path):
    first, again, other = (tmp_path / f"{name}.safetensors" for name in ("first", "again", "other"))
    train(model, first, seed=3, steps=2)
    torch.manual_seed(99)
    train(model, again, seed=3, steps=2)
    train(model, other, seed=4, steps=2)
    assert_same_run(first, again)
    assert not same_tensors(load_file(first), load_file(other))


def test_an_existing_file_is_not_lost_by_accident(model, tmp_path):
    path = tmp_path / "a.safetensors"
    train(model, path, steps=1)
    with pytest.raises(MaskVideoError, match="exists: give resume to continue it, overwrite, or another file"):
        train(model, path, steps=1)
    train(model, path, steps=2, overwrite=True)
    assert read_state(state_path(path)).step == 2
    state_path(path).unlink()
    with pytest.raises(MaskVideoError, match=r"has no training state a\.state\.safetensors"):
        train(model, path, steps=2, resume=True)


def test_resuming_another_run_names_what_differs(model, tmp_path):
    path = tmp_path / "a.safetensors"
    train(model, path, steps=1)
    with pytest.raises(MaskVideoError, match=r"has learning_rate 0\.003, this one 0\.1: set learning_rate to 0\.003"):
        train(model, path, resume=True, learning_rate=0.1)
    with pytest.raises(MaskVideoError, match="clips, masks or prompts differ"):
        train(model, path, [moving_square(colour=200)], resume=True, steps=1)


def test_a_kill_between_the_two_files_of_the_last_save_is_mended(model, tmp_path):
    whole, killed = tmp_path / "whole.safetensors", tmp_path / "killed.safetensors"
    train(model, whole)
    train(model, killed, save_every=3)
    killed.write_bytes(b"as if the motion file of the last save were missing")
    train(model, killed, resume=True)
    assert same_tensors(load_file(whole), load_file(killed))


def test_a_finished_run_goes_on_with_more_steps(model, tmp_path):
    path = tmp_path / "a.safetensors"
    train(model, path, steps=1)
    train(model, path, steps=3, resume=True)
    assert load_motion(path, model.architecture).metadata.step == 3


def test_a_motion_file_of_another_suffix_is_refused(model, tmp_path):
    with pytest.raises(MaskVideoError, match=r"must end in \.safetensors: a\.safetensors"):
        train(model, tmp_path / "a.ckpt")
