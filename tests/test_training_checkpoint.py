"""The training state's file: whole or refused, and only its own run goes on from it."""

import json
from dataclasses import replace

import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.training.checkpoint import (
    TrainingState,
    check_resumable,
    read_progress,
    read_state,
    save_state,
    state_path,
)
from safetensors import safe_open
from safetensors.torch import save_file

from .training_base import tiny_config

STATE = TrainingState(
    step=3,
    running_loss=0.1 + 0.2,
    weights={"a.weight": torch.arange(6.0).view(2, 3).t()},
    average=None,
    optimiser={"a.weight/step": torch.tensor(3.0), "a.weight/exp_avg": torch.ones(3, 2)},
    generator=torch.Generator().manual_seed(5).get_state(),
    config=tiny_config(),
    fingerprint="abc",
    base="def",
    start={"file": "older.safetensors", "sha256": "1f"},
    scale=2.0**15,
    growth=3,
)


def test_a_saved_state_reads_back_the_same(tmp_path):
    save_state(tmp_path / "a.state.safetensors", STATE)
    state = read_state(tmp_path / "a.state.safetensors")
    facts = ("step", "running_loss", "config", "fingerprint", "average", "base", "start", "scale", "growth")
    assert [getattr(state, name) for name in facts] == [getattr(STATE, name) for name in facts]
    for name in ("weights", "optimiser"):
        saved, read = getattr(STATE, name), getattr(state, name)
        assert saved.keys() == read.keys() and all(torch.equal(saved[key], read[key]) for key in saved)
    assert torch.equal(state.generator, STATE.generator)
    assert read_progress(tmp_path / "a.state.safetensors") == (3, STATE.config)


def test_the_running_average_is_kept_where_there_is_one(tmp_path):
    save_state(tmp_path / "a.state.safetensors", replace(STATE, average={"a.weight": torch.full((3, 2), 7.0)}))
    assert read_state(tmp_path / "a.state.safetensors").average["a.weight"].unique().tolist() == [7.0]


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_truncated_file_is_refused(tmp_path, share):
    path = tmp_path / "a.state.safetensors"
    save_state(path, STATE)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(MaskVideoError, match=r"a\.state\.safetensors cannot be read"):
        read_state(path)


def test_a_foreign_file_is_refused(tmp_path):
    save_file({"weight": torch.ones(2)}, tmp_path / "lora.safetensors")
    with pytest.raises(MaskVideoError, match=r"lora\.safetensors is no training state"):
        read_state(tmp_path / "lora.safetensors")


def test_the_state_lies_beside_the_motion_file():
    assert state_path("runs/car.v2.safetensors").name == "car.v2.state.safetensors"


def test_a_state_from_before_bases_and_starts_were_recorded_is_read_and_says_nothing_of_them(tmp_path):
    path = tmp_path / "a.state.safetensors"
    save_state(path, STATE)
    with safe_open(path, framework="pt") as file:
        metadata, tensors = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    facts = {name: json.loads(metadata["facts"])[name] for name in ("step", "running_loss", "fingerprint")}
    config = {name: value for name, value in STATE.config.to_dict().items() if name != "optimiser"}
    save_file(tensors, path, metadata | {"facts": json.dumps(facts), "config": json.dumps(config)})
    state = read_state(path)
    assert (state.step, state.base, state.start, state.config) == (3, "", {}, STATE.config)
    check_resumable(state, STATE.config, "abc", base="of whatever base")


def test_a_run_goes_on_with_more_steps_but_not_with_another_seed():
    check_resumable(STATE, replace(STATE.config, steps=900, save_every=7, gradient_checkpointing=True), "abc")
    with pytest.raises(MaskVideoError, match="has seed 0, this one 1: set seed to 0, or train to another file"):
        check_resumable(STATE, replace(STATE.config, seed=1), "abc")
    motion = replace(STATE.config.motion, rank=5)
    with pytest.raises(MaskVideoError, match=r"has motion\.rank 2, this one 5: set motion\.rank to 2"):
        check_resumable(STATE, replace(STATE.config, motion=motion), "abc")
    with pytest.raises(MaskVideoError, match="clips, masks or prompts differ"):
        check_resumable(STATE, STATE.config, "xyz")


def test_a_run_goes_on_with_its_own_base_and_start_and_no_other():
    check_resumable(STATE, STATE.config, "abc", base="def", start=STATE.start)
    with pytest.raises(MaskVideoError, match="the base model or the LoRAs on it differ from the saved run's"):
        check_resumable(STATE, STATE.config, "abc", base="ghi")
    with pytest.raises(MaskVideoError, match=r"the motion file to start from .*: give older\.safetensors, or"):
        check_resumable(STATE, STATE.config, "abc", start={"file": "other.safetensors", "sha256": "2e"})


def test_every_difference_is_named_at_once():
    config = replace(STATE.config, seed=1, learning_rate=0.1, motion=replace(STATE.config.motion, rank=5))
    with pytest.raises(MaskVideoError) as refusal:
        check_resumable(STATE, config, "xyz", base="ghi")
    assert str(refusal.value) == (
        "resume: the saved run has learning_rate 0.003, this one 0.1; seed 0, this one 1; motion.rank 2, this one 5; "
        "clips, masks or prompts differ from the saved run's; the base model or the LoRAs on it differ from the saved "
        "run's: set learning_rate to 0.003, set seed to 0, set motion.rank to 2, give the same clips, masks and "
        "prompts, give the same base model with the same LoRAs, or train to another file"
    )
