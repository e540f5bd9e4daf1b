"""Whatever ends a run, the last save loads, and the run that goes on from it is the uninterrupted one bit for bit."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.files.motion_file import load_motion
from maskvideo.training.checkpoint import read_state, state_path
from maskvideo.training.loop import train_motion
from safetensors.torch import load_file

from .training_base import PROMPT, tiny_dataset, tiny_model

resource = pytest.importorskip("resource") if os.name == "posix" else None

WORKER = Path(__file__).parent / "training_until_killed.py"
KILLS = 20


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes fork on POSIX only")
def test_kill_9_leaves_a_readable_save_and_the_resumed_run_is_the_uninterrupted_one(tmp_path):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(WORKER), str(tmp_path), str(KILLS)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    steps = [int(line) for line in done.stdout.split()]
    assert len(steps) == KILLS and steps == sorted(steps) and len(set(steps)) > 2
    assert_same_run(tmp_path / "killed.safetensors", tmp_path / "whole.safetensors")


@pytest.fixture(scope="module")
def model():
    return tiny_model()


def train(model, path, meet=None, dataset=None):
    """Save every second step; ``meet(steps)`` is called after each."""
    on_step = None if meet is None else lambda report: meet(report.step)
    dataset = dataset or tiny_dataset(model, save_every=2)
    train_motion(model, dataset, PROMPT, path, resume=True, on_step=on_step, progress=False)


@pytest.mark.skipif(resource is None, reason="file sizes are limited on POSIX only")
def test_a_full_disk_is_named_and_keeps_the_last_save(model, tmp_path):
    whole, stopped = tmp_path / "whole.safetensors", tmp_path / "stopped.safetensors"
    train(model, whole)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill_the_disk(steps):
        if steps == 2:
            resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))  # less than a state takes

    try:
        with pytest.raises(MaskVideoError, match=r"the save after 4 steps failed .*; 2 steps are saved: make room on"):
            train(model, stopped, fill_the_disk)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert read_state(state_path(stopped)).step == load_motion(stopped, model.architecture).metadata.step == 2
    assert sorted(path.name for path in tmp_path.glob("*stopped*")) == sorted(kept(stopped))
    assert not list(tmp_path.glob(".writing*"))
    train(model, stopped)
    assert_same_run(stopped, whole)


def kept(path):
    return [path.name, state_path(path).name, path.with_suffix(".training.toml").name]


@pytest.mark.parametrize("error", [torch.cuda.OutOfMemoryError, RuntimeError, KeyboardInterrupt])
def test_an_error_within_a_step_saves_those_before_it(model, tmp_path, error):
    whole, stopped = tmp_path / "whole.safetensors", tmp_path / "stopped.safetensors"
    train(model, whole)
    dataset = tiny_dataset(model, save_every=100)
    sample, drawn = dataset.sample, []

    def sample_or_fail(generator):
        drawn.append(sample(generator))
        if len(drawn) == 4:
            raise error("no memory")
        return drawn[-1]

    dataset.sample = sample_or_fail
    shown, message = (
        (MaskVideoError, "out of memory; 3 steps are saved") if "Memory" in error.__name__ else (error, "no")
    )
    with pytest.raises(shown, match=message):
        train(model, stopped, dataset=dataset)
    assert read_state(state_path(stopped)).step == 3
    train(model, stopped)
    assert_same_run(stopped, whole)


def assert_same_run(path, whole):
    assert_same_tensors(load_file(path), load_file(whole))
    first, second = read_state(state_path(path)), read_state(state_path(whole))
    assert first.step == second.step and torch.equal(first.generator, second.generator)
    assert_same_tensors(first.optimiser, second.optimiser)


def assert_same_tensors(first, second):
    assert first.keys() == second.keys()
    assert [name for name in first if not torch.equal(first[name], second[name])] == []
