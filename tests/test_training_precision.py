"""In what precision a step computes, and how float16 keeps its small gradients."""

from dataclasses import replace

import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.training.precision import FIRST_SCALE, build_scaler, check_precision, restore_scaler, update_scaler
from maskvideo.training.run import TrainingRun
from maskvideo.training.set_up import set_up_training

from .training_base import tiny_dataset, tiny_model

CPU = torch.device("cpu")


def test_float16_is_refused_where_it_does_not_train_with_the_nearest_that_does():
    check_precision("bfloat16", torch.device("mps"))
    check_precision("float16", torch.device("cuda:1"))
    with pytest.raises(MaskVideoError, match=r"precision is float16, .* not train on mps .*: set it to float32"):
        check_precision("float16", torch.device("mps"))


@pytest.mark.parametrize(("precision", "scale"), [("float32", 1.0), ("bfloat16", 1.0), ("float16", FIRST_SCALE)])
def test_only_float16_scales_its_loss(precision, scale):
    assert build_scaler(precision, CPU).scale(torch.tensor(1.0)) == scale


@pytest.mark.parametrize(("gradient", "scale"), [(1.0, 2.0**10), (torch.inf, 2.0**9)])
def test_the_scale_halves_where_a_gradient_was_too_large(gradient, scale):
    weight = torch.nn.Parameter(torch.zeros(1))
    optimiser, scaler = torch.optim.AdamW([weight], fused=True), build_scaler("float16", CPU)
    restore_scaler(scaler, 2.0**10, 0)
    scaler.scale(weight * gradient).backward()
    scaler.unscale_(optimiser)
    scaler.step(optimiser)
    assert update_scaler(scaler, "float16", CPU) == scale
    assert (weight == 0) == (gradient == torch.inf)


def test_a_step_whose_gradient_is_too_large_for_float16_changes_no_weight_and_training_goes_on():
    model = tiny_model()
    dataset = tiny_dataset(model, precision="float16")
    run = TrainingRun(model, dataset.config, CPU)
    before = {name: weight.detach().clone() for name, weight in run.parameters.items()}
    run.restore(run_with_scale(run, 2.0**100))
    with set_up_training(model, run.motion, run.config):
        run.train_step(model, dataset)
        run.check()
        assert all(torch.equal(before[name], weight) for name, weight in run.parameters.items())
        assert (run.step, run.state("").scale) == (1, 2.0**99)
        run.restore(run_with_scale(run, 2.0**10))
        run.train_step(model, dataset)
        run.check()
    assert run.step == 2 and not all(torch.equal(before[name], weight) for name, weight in run.parameters.items())


def run_with_scale(run, scale):
    return replace(run.state(""), scale=scale)
