"""``accelerate launch -m maskvideo train``: two processes, one run."""

import os
import socket
import subprocess
import sys

import pytest
import torch
from maskvideo.cli import main
from maskvideo.files.images import write_image
from maskvideo.training.checkpoint import read_state, state_path
from safetensors.torch import load_file

from .training_base import PROMPT, moving_square

SETTINGS = ["--width=48", "--height=32", "--frames=3", "--batch-size=2", "--device=cpu"]


@pytest.fixture
def train(tmp_path):
    """The arguments of ``train`` on a written clip."""
    clip = moving_square("square")
    for kind in ("frames", "masks"):
        (tmp_path / "data" / "square" / kind).mkdir(parents=True)
    for index in range(len(clip.frames)):
        frame, mask = clip.frames[index].movedim(0, -1).numpy(), 255 * clip.masks[index].numpy()
        write_image(tmp_path / "data" / "square" / "frames" / f"{index}.png", frame)
        write_image(tmp_path / "data" / "square" / "masks" / f"{index}.png", mask)
    given = ["--data", str(tmp_path / "data"), "--motion-prompt", PROMPT, *SETTINGS]

    return lambda name, *flags: ["train", *given, "--out", str(tmp_path / name), *flags]


def free_port() -> int:
    """Port 0 would mean any free one, but not to every release of accelerate with every torch."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def launch(arguments):
    launcher = ["-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes=2"]
    launcher.append(f"--main_process_port={free_port()}")
    command = [sys.executable, *launcher, "-m", "maskvideo", *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(os.name != "posix", reason="torch's launcher needs a store that Windows builds lack")
def test_two_launched_processes_share_a_run_that_one_then_continues(train, tmp_path):
    said = launch(train("shared.safetensors", "--steps=2"))
    assert [said.count(line) for line in ("memory: about", "wrote ")] == [1, 1]  # by the main process alone
    assert read_state(state_path(tmp_path / "shared.safetensors")).step == 2
    assert main(train("alone.safetensors", "--steps=2")) == 0
    shared, alone = (load_file(tmp_path / f"{name}.safetensors") for name in ("shared", "alone"))
    for key, value in alone.items():
        torch.testing.assert_close(shared[key], value, rtol=1e-3, atol=1e-6)
    assert main(train("shared.safetensors", "--steps=3", "--resume")) == 0
    assert read_state(state_path(tmp_path / "shared.safetensors")).step == 3
