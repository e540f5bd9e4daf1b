"""Killing the process at any moment loses no more than the steps since the last save."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from maskvideo.training.checkpoint import read_state, state_path
from safetensors.torch import load_file

WORKER = Path(__file__).parent / "training_until_killed.py"
KILLS = 6


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes fork on POSIX only")
def test_kill_9_leaves_a_readable_save_and_the_resumed_run_is_the_uninterrupted_one(tmp_path):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(WORKER), str(tmp_path), str(KILLS)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    steps = [int(line) for line in done.stdout.split()]
    assert len(steps) == KILLS and steps == sorted(steps) and len(set(steps)) > 2
    killed, whole = tmp_path / "killed.safetensors", tmp_path / "whole.safetensors"
    assert_same_tensors(load_file(killed), load_file(whole))
    first, second = read_state(state_path(killed)), read_state(state_path(whole))
    assert first.step == second.step and torch.equal(first.generator, second.generator)
    assert_same_tensors(first.optimiser, second.optimiser)


def assert_same_tensors(first, second):
    assert first.keys() == second.keys()
    assert [name for name in first if not torch.equal(first[name], second[name])] == []
