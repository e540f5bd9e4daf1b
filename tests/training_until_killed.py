"""Run by ``test_training_survival.py``: trains in processes that are killed with SIGKILL at random moments.

Prints one line for each kill: the step of the last save, -1 before the first one. A file that cannot be read ends it.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

import torch
from maskvideo.files.motion_file import load_motion
from maskvideo.training.checkpoint import read_state, state_path
from maskvideo.training.loop import train_motion

sys.path.insert(0, str(Path(__file__).parent))
from training_base import PROMPT, tiny_dataset, tiny_model

STEPS = 30


def train(model, dataset, path, resume=True):
    train_motion(model, dataset, PROMPT, path, resume=resume, progress=False)


def train_and_kill(model, dataset, path, saves, seconds):
    """Kill the training process ``seconds`` after so many ``saves``; it may have ended by then."""
    child = os.fork()
    if child == 0:
        train(model, dataset, path)
        os._exit(0)
    seen = {last_change(path)}
    while len(seen) <= saves and not os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        time.sleep(0.001)
        seen.add(last_change(path))
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def last_change(path):
    return state_path(path).stat().st_mtime_ns if state_path(path).exists() else 0


def last_save(model, path):
    if not state_path(path).exists():
        return -1
    if path.exists():
        load_motion(path, model.architecture)
    return read_state(state_path(path)).step


def main(folder, kills):
    torch.set_num_threads(1)  # a fork inherits no thread pool
    chance = random.Random(0)
    model = tiny_model()
    dataset = tiny_dataset(model, steps=STEPS, save_every=1, ema_decay=0.9)
    for _ in range(kills):
        saves, seconds = chance.randint(0, 2), chance.uniform(0.0, 0.06)
        train_and_kill(model, dataset, folder / "killed.safetensors", saves, seconds)
        print(last_save(model, folder / "killed.safetensors"), flush=True)
    train(model, dataset, folder / "killed.safetensors")
    train(model, dataset, folder / "whole.safetensors", resume=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
