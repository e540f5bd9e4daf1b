"""Run by ``test_training_processes.py``: one tiny run in one process and in two, whole and stopped in every way.

Each leaves its motion file and state in the folder, and ``NAME.PROCESS.txt``: what the process met at its end.
"""

import itertools
import signal
import sys
from pathlib import Path

import torch
from accelerate import debug_launcher
from maskvideo.training.loop import train_motion
from maskvideo.training.processes import ALONE, launched

sys.path.insert(0, str(Path(__file__).parent))
from training_base import PROMPT, moving_square, tiny_dataset, tiny_model

LAST_GOOD = 2
FOLDER = Path(sys.argv[1])


def crash():
    raise RuntimeError("the driver is gone")


def stop(report):
    if report.step == LAST_GOOD:
        raise KeyboardInterrupt


MEETINGS = {"crashed": crash, "interrupted": lambda: signal.raise_signal(signal.SIGINT)}
"""What the second process meets within the step after ``LAST_GOOD``."""


def train(name, processes=ALONE, dataset=None, on_step=None):
    path = FOLDER / f"{name}.safetensors"
    dataset = dataset or DATASET
    train_motion(MODEL, dataset, PROMPT, path, resume=True, on_step=on_step, progress=False, processes=processes)


def in_one_of_two(name, dataset, on_step):
    processes, _ = launched("auto")
    if processes.index == 1 and name in MEETINGS:
        meet_in_a_step(dataset, MEETINGS[name])
    met = "the end"
    try:
        train(name, processes, dataset, on_step)
    except (Exception, KeyboardInterrupt) as error:
        met = f"{type(error).__name__}: {error}"
    (FOLDER / f"{name}.{processes.index}.txt").write_text(met)


def meet_in_a_step(dataset, meet):
    sample, calls = dataset.sample, itertools.count()

    def sample_or_meet(generator):
        if next(calls) == LAST_GOOD:
            meet()
        return sample(generator)

    dataset.sample = sample_or_meet


def in_two(name, dataset=None, on_step=None):
    debug_launcher(in_one_of_two, (name, dataset or DATASET, on_step), num_processes=2)


def stopped_alone(name):
    try:
        train(name, on_step=stop)
    except KeyboardInterrupt:
        return


def main():
    train("alone")
    in_two("together")
    in_two("crashed")
    in_two("interrupted")
    in_two("cancelled", on_step=stop)  # by the main process, between two steps
    train("cancelled")  # goes on alone
    stopped_alone("stopped")
    in_two("stopped")  # goes on in two
    in_two("uneven", dataset=UNEVEN)


if __name__ == "__main__":
    torch.set_num_threads(1)  # a fork inherits no thread pool
    MODEL = tiny_model()
    CLIPS = [moving_square("first"), moving_square("second", colour=120)]
    SETTINGS = {"save_every": 100, "ema_decay": 0.9, "mask_weight": 0.5, "text_drop": 0.5}
    DATASET = tiny_dataset(MODEL, CLIPS, batch_size=2, **SETTINGS)
    UNEVEN = tiny_dataset(MODEL, CLIPS, batch_size=3, **SETTINGS)
    main()
