"""One resumable stage of the demo model's recipe."""

import pytest
import torch
from maskvideo.training.demo_model.stage import Stage, run_stage
from torch import nn

STAGE = Stage("toy", steps=12, learning_rate=0.3, warmup_steps=2, ema_decay=0.8, save_every=4)


def train(folder, stop_after=None):
    torch.manual_seed(0)
    module = nn.Linear(3, 1)

    def loss_of_step(step):
        if step == stop_after:
            raise KeyboardInterrupt
        x = torch.randn(8, 3, generator=torch.Generator().manual_seed(step))
        return (module(x) - x.sum(1, keepdim=True)).square().mean()

    return run_stage(STAGE, module, loss_of_step, folder)


def test_a_stopped_stage_goes_on_as_if_it_had_never_stopped(tmp_path):
    whole = train(tmp_path / "a") if (tmp_path / "a").mkdir() is None else None
    (tmp_path / "b").mkdir()
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "b", stop_after=7)
    resumed = train(tmp_path / "b")
    assert torch.equal(whole.weight, resumed.weight)


def test_a_stage_learns_and_a_finished_one_is_only_read(tmp_path):
    learnt = train(tmp_path)
    assert (learnt.weight - 1).abs().max() < 0.7
    assert torch.equal(train(tmp_path, stop_after=0).weight, learnt.weight)
