"""One step of a run: it asks the device for nothing, and what it reports is read when somebody wants to know."""

import pytest
import torch
from maskvideo.training.run import StepReport, TrainingRun
from maskvideo.training.set_up import set_up_training
from torch.utils._python_dispatch import TorchDispatchMode

from .training_base import tiny_dataset, tiny_model

CPU = torch.device("cpu")
WAITING = (torch.ops.aten._local_scalar_dense, torch.ops.aten.nonzero, torch.ops.aten.equal)
"""What ``float``, ``if`` and boolean indices come down to: on a GPU each waits for all work before it."""


class Asked(TorchDispatchMode):
    """Counts the times that a tensor's value is asked for."""

    def __init__(self):
        super().__init__()
        self.times = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.times += func.overloadpacket in WAITING
        return func(*args, **(kwargs or {}))


class Drawn:
    """A dataset whose batch is drawn already: what chance decides is asked of the CPU, wherever the model is."""

    def __init__(self, dataset):
        self.batch = dataset.sample(torch.Generator().manual_seed(0))

    def sample(self, generator):
        return self.batch


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
def test_a_step_asks_the_device_for_nothing_until_somebody_reads_its_loss(precision):
    model = tiny_model()
    dataset = tiny_dataset(model, precision=precision, ema_decay=0.9, consistency_weight=0.1, mask_weight=0.1)
    run, drawn = TrainingRun(model, dataset.config, CPU), Drawn(dataset)
    with set_up_training(model, run.motion, run.config), Asked() as asked:
        run.train_step(model, drawn)  # the optimiser makes its state
        report = run.train_step(model, drawn)
        assert asked.times == 0
        assert report.loss > 0
        assert asked.times == 1


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device, which alone can say that it was waited for")
@pytest.mark.parametrize("settings", [{}, {"noise_prior": "random", "consistency_weight": 0.1, "ema_decay": 0.9}])
def test_a_whole_step_on_a_gpu_waits_for_nothing_its_batch_included(settings):
    model = tiny_model().to("cuda")
    dataset = tiny_dataset(model, precision="float16", **settings)
    run = TrainingRun(model, dataset.config, torch.device("cuda"))
    with set_up_training(model, run.motion, run.config):
        run.train_step(model, dataset)
        torch.cuda.set_sync_debug_mode("error")
        try:
            run.train_step(model, dataset)
        finally:
            torch.cuda.set_sync_debug_mode("default")
        run.check()


def test_a_report_reads_a_loss_once():
    loss = torch.tensor(2.0)
    report = StepReport(1, 9, loss, loss + 1, learning_rate=0.1)
    assert (report.loss, report.running_loss) == (2.0, 3.0)
    loss.fill_(7.0)
    assert report.loss == 2.0
