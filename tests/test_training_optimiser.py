"""The optimiser, its learning rate and the running average."""

from importlib.util import find_spec

import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.core.motion_module import MotionConfig
from maskvideo.training.checkpoint import read_state, state_path
from maskvideo.training.loop import train_motion
from maskvideo.training.optimiser import (
    FINAL_RATE,
    build_optimiser,
    bytes_of_weight,
    check_optimiser,
    learning_rate_at,
    pack_optimiser,
    unpack_optimiser,
    update_average,
)
from torch import nn

from .training_base import PROMPT, tiny_config, tiny_dataset, tiny_model

CPU = torch.device("cpu")


def layer():
    torch.manual_seed(0)
    return dict(nn.Linear(3, 2).named_parameters())


def follow(parameters, optimiser, steps):
    for index in range(steps):
        for parameter in parameters.values():
            parameter.grad = torch.full_like(parameter, 0.1 * (index + 1))
        optimiser.step()


def test_the_rate_rises_then_follows_half_a_cosine_to_its_final_share():
    config = tiny_config(steps=110, warmup=10, learning_rate=1.0)
    rates = [learning_rate_at(step, config) for step in range(110)]
    assert rates[:10] == sorted(rates[:10]) and rates[0] == pytest.approx(1 / 11)
    assert rates[10] == 1.0 and rates[60] == pytest.approx((1 + FINAL_RATE) / 2)
    assert rates[10:] == sorted(rates[10:], reverse=True) and rates[-1] == pytest.approx(FINAL_RATE, abs=1e-3)


def test_a_constant_rate_stays_after_the_warmup():
    config = tiny_config(steps=50, warmup=5, schedule="constant", learning_rate=0.5)
    assert {learning_rate_at(step, config) for step in range(5, 50)} == {0.5}


def test_biases_do_not_decay_and_matrices_do():
    parameters = layer()
    before = {name: value.detach().clone() for name, value in parameters.items()}
    optimiser = build_optimiser(parameters, tiny_config(learning_rate=0.1, weight_decay=0.5), CPU)
    for parameter in parameters.values():
        parameter.grad = torch.zeros_like(parameter)
    optimiser.step()
    assert torch.equal(parameters["bias"], before["bias"])
    torch.testing.assert_close(parameters["weight"].detach(), before["weight"] * 0.95)


def test_a_packed_optimiser_goes_on_bit_for_bit():
    whole, stopped = layer(), layer()
    config = tiny_config(learning_rate=0.1)
    follow(whole, first := build_optimiser(whole, config, CPU), 5)
    follow(stopped, early := build_optimiser(stopped, config, CPU), 2)
    packed = pack_optimiser(early, {value: name for name, value in stopped.items()})
    late = build_optimiser(stopped, config, CPU)
    unpack_optimiser(late, {value: name for name, value in stopped.items()}, packed)
    for index in range(2, 5):
        for parameter in stopped.values():
            parameter.grad = torch.full_like(parameter, 0.1 * (index + 1))
        late.step()
    assert all(torch.equal(whole[name], stopped[name]) for name in whole)
    assert first.state_dict()["state"].keys() == late.state_dict()["state"].keys()


def test_the_one_of_8_bits_goes_on_bit_for_bit_from_a_file(tmp_path):
    pytest.importorskip("bitsandbytes", reason="bitsandbytes, which has the optimiser of 8 bits, is not installed")
    model = tiny_model()
    whole, stopped = tmp_path / "whole.safetensors", tmp_path / "stopped.safetensors"
    motion = MotionConfig(frames=3, mask_width=32, rank=2)  # some weights large enough for 8 bits
    dataset = tiny_dataset(model, optimiser="adamw8bit", motion=motion)
    train_motion(model, dataset, PROMPT, whole, progress=False)

    def interrupt(report):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_motion(model, dataset, PROMPT, stopped, on_step=interrupt, progress=False)
    train_motion(model, dataset, PROMPT, stopped, resume=True, progress=False)
    first, second = (read_state(state_path(path)) for path in (whole, stopped))
    assert torch.uint8 in {value.dtype for value in first.optimiser.values()}
    for group in ("weights", "optimiser"):
        one, other = getattr(first, group), getattr(second, group)
        assert one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.skipif(find_spec("bitsandbytes") is not None, reason="bitsandbytes is installed")
def test_the_one_of_8_bits_says_how_to_install_what_it_needs():
    with pytest.raises(MaskVideoError, match=r'optimiser adamw8bit needs bitsandbytes .*: pip install "bitsandbytes'):
        check_optimiser("adamw8bit")


def test_memory_counts_what_each_optimiser_keeps():
    plain, small = (bytes_of_weight(tiny_config(optimiser=name)) for name in ("adamw", "adamw8bit"))
    assert (plain, small) == (12, 6)
    assert bytes_of_weight(tiny_config(ema_decay=0.9)) == 16


def test_an_optimiser_before_its_first_step_packs_to_nothing():
    parameters = layer()
    names = {value: name for name, value in parameters.items()}
    optimiser = build_optimiser(parameters, tiny_config(), CPU)
    assert pack_optimiser(optimiser, names) == {}
    unpack_optimiser(optimiser, names, {})
    follow(parameters, optimiser, 1)


def test_the_average_follows_the_weights_at_its_decay_and_forgets_the_start():
    average, weights = {"a": torch.zeros(2)}, {"a": nn.Parameter(torch.ones(2))}
    update_average(average, weights, decay=0.99, step=0)
    torch.testing.assert_close(average["a"], torch.full((2,), 0.9))  # the first weights count 9 to 1
    update_average(average, weights, decay=0.5, step=10_000)
    torch.testing.assert_close(average["a"], torch.full((2,), 0.95))
