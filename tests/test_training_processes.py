"""Several processes on one run: the same weights as one, and none of them is left waiting."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.training.checkpoint import read_state, state_path
from maskvideo.training.processes import Processes, launched
from safetensors.torch import load_file

WORKER = Path(__file__).parent / "training_in_processes.py"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A folder with all runs of the worker."""
    if not hasattr(os, "fork"):
        pytest.skip("accelerate's CPU launcher forks, on POSIX only")
    folder = tmp_path_factory.mktemp("runs")
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(WORKER), str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return folder


def met(runs, name):
    return [(runs / f"{name}.{index}.txt").read_text() for index in range(2)]


def step_of(runs, name):
    return read_state(state_path(runs / f"{name}.safetensors")).step


def assert_same_weights(runs, name):
    ours, whole = (load_file(runs / f"{one}.safetensors") for one in (name, "alone"))
    assert ours.keys() == whole.keys()
    for key in whole:
        torch.testing.assert_close(ours[key], whole[key], rtol=1e-3, atol=1e-5)


def test_two_processes_give_the_weights_of_one(runs):
    assert met(runs, "together") == ["the end"] * 2
    assert_same_weights(runs, "together")


def test_their_loss_is_that_of_the_whole_batch(runs):
    first, second = (read_state(state_path(runs / f"{name}.safetensors")) for name in ("together", "alone"))
    assert first.running_loss == pytest.approx(second.running_loss, rel=1e-5)
    assert torch.equal(first.generator, second.generator)


@pytest.mark.parametrize("name", ["cancelled", "stopped"])
def test_a_run_goes_on_in_another_number_of_processes(runs, name):
    """``cancelled`` was begun by two and ended by one, ``stopped`` the other way."""
    assert step_of(runs, name) == 4
    assert_same_weights(runs, name)


def test_cancel_in_the_main_process_ends_the_other(runs):
    main, other = met(runs, "cancelled")
    assert main.startswith("KeyboardInterrupt")
    assert other.startswith("MaskVideoError: another process failed after 2 steps")


def test_ctrl_c_in_either_process_stops_both_at_the_same_step_and_saves(runs):
    assert [one.split(":")[0] for one in met(runs, "interrupted")] == ["KeyboardInterrupt"] * 2
    assert step_of(runs, "interrupted") == 2


def test_an_error_in_one_process_ends_both_and_the_good_steps_are_saved(runs):
    main, other = met(runs, "crashed")
    assert other == "RuntimeError: the driver is gone"
    assert main.startswith("MaskVideoError: another process failed after 2 steps: its own message says why")
    state = read_state(state_path(runs / "crashed.safetensors"))
    assert state.step == 2 and all(value.isfinite().all() for value in state.weights.values())


def test_a_batch_that_cannot_be_shared_alike_is_refused_by_all(runs):
    message = "batch_size is 3 for 2 processes, and counts the clips of all of them together: set it to 4"
    assert met(runs, "uneven") == [f"MaskVideoError: {message}"] * 2


def test_a_batch_smaller_than_the_processes_names_their_number():
    with pytest.raises(MaskVideoError, match=r"batch_size is 1 for 4 processes, .*: set it to 4"):
        Processes(4, 0).check_batch_size(1)


def test_every_process_computes_its_own_part_of_the_batch():
    parts = [list(range(6))[Processes(3, index).share(6)] for index in range(3)]
    assert parts == [[0, 1], [2, 3], [4, 5]]


def test_a_program_that_nobody_launched_runs_alone(monkeypatch):
    for name in ("LOCAL_RANK", "ACCELERATE_MIXED_PRECISION"):
        monkeypatch.delenv(name, raising=False)
    assert launched("auto") is None


def test_a_launched_process_takes_the_device_that_it_is_given(monkeypatch):
    monkeypatch.setenv("LOCAL_RANK", "0")
    with pytest.raises(MaskVideoError, match="device is cuda:1, and each launched process has its own: leave it out"):
        launched("cuda:1")
