"""The loss as a picture, from the first moment on."""

import numpy as np
from maskvideo.training.loss_plot import draw_loss
from maskvideo.training.run import StepReport


def test_a_run_that_has_not_begun_has_a_plot_and_steps_change_it():
    empty = draw_loss([], 10, "memory: about 1 GB")
    reports = [StepReport(step, 10, 1 / step, 1 / step, 1e-3) for step in range(1, 6)]
    some = draw_loss(reports, 10, "memory: about 1 GB")
    assert empty.dtype == np.uint8 and empty.shape == some.shape and empty.shape[2] == 3
    assert (empty != some).any() and (draw_loss([], 10, "another") != empty).any()
