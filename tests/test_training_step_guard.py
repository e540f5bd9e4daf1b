"""The device's own account of the steps, and what is left of a run in which one gave no number."""

from math import inf, nan

import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.training.checkpoint import TrainingState
from maskvideo.training.run import TrainingRun
from maskvideo.training.set_up import set_up_training
from maskvideo.training.step_guard import StepGuard

from .training_base import tiny_dataset, tiny_model

CPU = torch.device("cpu")


def guard_after(*steps, scale=1.0):
    """Each step is (loss, gradient) or (loss, gradient, stop, scale)."""
    guard = StepGuard(CPU, running_loss=2.0, scale=scale)
    for loss, gradient, *more in steps:
        stop, after = more or (0.0, None)
        after = None if after is None else torch.tensor(after)
        guard.note(torch.tensor(loss), torch.tensor(gradient), stop, share=0.5, scale=after)
    return guard


def test_good_steps_are_counted_and_their_loss_runs():
    seen = guard_after((1.0, 3.0), (4.0, 5.0)).look()
    assert (seen.loss, seen.gradient, seen.running_loss, seen.steps, seen.good) == (4.0, 5.0, 2.75, 2, True)


@pytest.mark.parametrize(("loss", "gradient"), [(nan, 1.0), (inf, 1.0), (1.0, nan), (1.0, inf)])
def test_from_the_first_step_that_is_no_number_nothing_counts(loss, gradient):
    guard = guard_after((1.0, 3.0), (loss, gradient), (1.0, 1.0))
    seen = guard.look()
    assert (seen.running_loss, seen.steps, seen.good) == (1.5, 1, False)
    assert repr((seen.loss, seen.gradient)) == repr((loss, gradient))
    assert guard.guarded(torch.tensor(1.0)).isnan() and guard.good == 0


def test_what_the_processes_said_is_kept():
    seen = guard_after((1.0, 1.0), (nan, nan, 3.0, None), (nan, nan, 9.0, None)).look()
    assert (seen.stop, seen.steps) == (3.0, 1)


def test_a_gradient_too_large_for_float16_is_a_good_step_that_was_left_out():
    seen = guard_after((1.0, inf, 0.0, 8.0), (1.0, 1.0, 0.0, 8.0), (1.0, 1.0, 0.0, 8.0), scale=16.0).look()
    assert (seen.good, seen.steps, seen.scale, seen.growth) == (True, 3, 8.0, 2)


def test_a_scale_that_falls_to_nothing_is_no_cure():
    assert not guard_after((1.0, inf, 0.0, 2.0**-20), scale=2.0**-19).look().good


@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_steps_that_the_host_has_not_looked_at_leave_the_last_good_state(precision):
    """As on a GPU, where the host looks every few steps: after two good ones the text is no number any more."""
    model = tiny_model()
    dataset = tiny_dataset(model, text_drop=0.0, ema_decay=0.9, precision=precision, steps=9)
    stopped, diverged = (TrainingRun(model, dataset.config, CPU) for _ in range(2))
    states = [after_steps(model, dataset, stopped, 2), None]
    after_steps(model, dataset, diverged, 2)
    text, dataset.text = dataset.text, torch.full_like(dataset.text, nan)
    reports = [after_step(model, dataset, diverged)]
    dataset.text = text
    reports += [after_step(model, dataset, diverged) for _ in range(2)]
    assert diverged.step == 5 and reports[0].loss != reports[0].loss
    with pytest.raises(MaskVideoError, match="loss is nan, gradient nan after 2 steps: training diverged"):
        diverged.check()
    states[1] = diverged.state("clips")
    assert_same_state(*states)


def after_step(model, dataset, run):
    with set_up_training(model, run.motion, run.config):
        return run.train_step(model, dataset)


def after_steps(model, dataset, run, count):
    for _ in range(count):
        after_step(model, dataset, run)
    run.check()
    return run.state("clips")


def assert_same_state(first: TrainingState, second: TrainingState):
    assert first.step == second.step == 2
    assert (first.running_loss, first.scale, first.growth) == (second.running_loss, second.scale, second.growth)
    assert torch.equal(first.generator, second.generator)
    for group in ("weights", "optimiser", "average"):
        one, other = getattr(first, group), getattr(second, group)
        assert one and one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)
