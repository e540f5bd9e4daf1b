"""Deltas start at nothing, and both ways of adding them agree."""

from __future__ import annotations

import pytest
import torch
from maskvideo.core.lora import FullDelta, LowRankDelta, project_with_delta
from torch import nn

IN, OUT, RANK, ALPHA = 6, 10, 3, 1.5


class Counting(nn.Linear):
    """A projection that is more than its weight: a host's cast or offload may sit in ``forward``."""

    calls = 0

    def forward(self, x):
        self.calls += 1
        return super().forward(x)


def make(kind: type[nn.Module], trained: bool = True, bias: bool = False) -> nn.Module:
    torch.manual_seed(0)
    delta = LowRankDelta(IN, OUT, RANK, ALPHA, bias) if kind is LowRankDelta else FullDelta(IN, OUT, bias)
    if trained:
        for parameter in delta.parameters():
            nn.init.normal_(parameter)
    return delta.double()


@pytest.mark.parametrize("kind", [LowRankDelta, FullDelta])
def test_a_new_delta_changes_no_bit(kind):
    base, x = nn.Linear(IN, OUT).double(), torch.randn(4, IN, dtype=torch.float64)
    assert torch.equal(project_with_delta(base, make(kind, trained=False), x), base(x))


def test_the_low_rank_delta_is_alpha_over_rank_times_up_times_down():
    delta, x = make(LowRankDelta), torch.randn(4, IN, dtype=torch.float64)
    expected = torch.zeros(4, OUT, dtype=torch.float64)
    for token in range(4):
        for out in range(OUT):
            for r in range(RANK):
                inner = sum(delta.down.weight[r, i] * x[token, i] for i in range(IN))
                expected[token, out] += ALPHA / RANK * delta.up.weight[out, r] * inner
    torch.testing.assert_close(delta(x), expected)


@pytest.mark.parametrize("kind", [LowRankDelta, FullDelta])
def test_the_merged_weight_gives_the_same_output(kind):
    delta, x = make(kind), torch.randn(2, 4, IN, dtype=torch.float64)
    assert delta.merged_weight().shape == (OUT, IN)
    torch.testing.assert_close(x @ delta.merged_weight().T, delta(x))


@pytest.mark.parametrize("kind", [LowRankDelta, FullDelta])
@pytest.mark.parametrize("tokens", [1, 100])
@pytest.mark.parametrize("grad", [True, False])
@pytest.mark.parametrize("base_kind", [nn.Linear, Counting])
def test_projecting_is_the_base_plus_the_delta_in_every_way_of_computing_it(kind, tokens, grad, base_kind):
    base, delta = base_kind(IN, OUT).double(), make(kind)
    x = torch.randn(tokens, IN, dtype=torch.float64)
    with torch.set_grad_enabled(grad):
        projected = project_with_delta(base, delta, x)
    torch.testing.assert_close(projected, x @ base.weight.T + base.bias + x @ delta.merged_weight().T)


@pytest.mark.parametrize("kind", [LowRankDelta, FullDelta])
@pytest.mark.parametrize("has_bias", [True, False])
@pytest.mark.parametrize("tokens", [1, 100])
@torch.no_grad()
def test_a_trained_bias_is_added_once_whether_the_base_has_one_or_not(kind, has_bias, tokens):
    base, delta, x = nn.Linear(IN, OUT, has_bias).double(), make(kind, bias=True), torch.randn(tokens, IN).double()
    expected = base(x) + x @ delta.merged_weight().T + delta.bias
    torch.testing.assert_close(project_with_delta(base, delta, x), expected)
    assert delta.bias.shape == (OUT,) and make(kind).bias is None
    assert not make(kind, trained=False, bias=True).bias.any()


@pytest.mark.parametrize("kind", [LowRankDelta, FullDelta])
def test_a_base_that_is_no_plain_linear_is_called(kind):
    base = Counting(IN, OUT).double()
    with torch.no_grad():
        project_with_delta(base, make(kind), torch.randn(100, IN, dtype=torch.float64))
    assert base.calls == 1


def test_a_hook_on_a_plain_base_still_runs():
    base, calls = nn.Linear(IN, OUT).double(), []
    base.register_forward_hook(lambda *_: calls.append(1))
    with torch.no_grad():
        project_with_delta(base, make(LowRankDelta), torch.randn(100, IN, dtype=torch.float64))
    assert calls == [1]


def test_a_delta_below_the_step_of_bfloat16_is_not_lost():
    base, delta = nn.Linear(IN, OUT).bfloat16(), FullDelta(IN, OUT).bfloat16()
    nn.init.ones_(base.weight)
    nn.init.constant_(delta.delta.weight, 1e-3)
    x = torch.zeros(100, IN, dtype=torch.bfloat16)
    x[:, 0], x[:, 1] = 1, -1
    delta.delta.weight.data[:, 1] = 0
    base.bias.data.zero_()
    with torch.no_grad():
        torch.testing.assert_close(project_with_delta(base, delta, x), torch.full((100, OUT), 1e-3).bfloat16())


@pytest.mark.parametrize("kind", [LowRankDelta, FullDelta])
def test_a_new_delta_learns_although_its_output_is_zero(kind):
    base, delta = nn.Linear(IN, OUT).double().requires_grad_(False), make(kind, trained=False)
    project_with_delta(base, delta, torch.randn(100, IN, dtype=torch.float64)).square().sum().backward()
    assert any(parameter.grad.abs().sum() > 0 for parameter in delta.parameters())
