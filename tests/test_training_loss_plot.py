"""The loss as a picture, from the first moment on."""

import numpy as np
from maskvideo.training.loss_plot import draw_loss, draw_progress
from maskvideo.training.run import StepReport
from maskvideo.training.samples import Sample


def test_a_run_that_has_not_begun_has_a_plot_and_steps_change_it():
    empty = draw_loss([], 10, "memory: about 1 GB")
    reports = [StepReport(step, 10, 1 / step, 1 / step, 1e-3) for step in range(1, 6)]
    some = draw_loss(reports, 10, "memory: about 1 GB")
    assert empty.dtype == np.uint8 and empty.shape == some.shape and empty.shape[2] == 3
    assert (empty != some).any() and (draw_loss([], 10, "another") != empty).any()


def test_the_latest_sample_stands_below_the_plot_with_its_masks():
    plot, masks = draw_loss([], 10), np.zeros((7, 32, 48), np.uint8)
    masks[:, 8:24, 8:24] = 1
    sample = Sample(4, np.full((7, 32, 48, 3), 90, np.uint8))
    assert draw_progress(plot, None) is plot
    outlined, plain = draw_progress(plot, sample, masks), draw_progress(plot, sample)
    assert np.array_equal(outlined[: len(plot), : plot.shape[1]], plot)
    assert len(outlined) > len(plot) + 40 and outlined.shape[1] < 1.1 * plot.shape[1]
    assert (outlined != plain).any() and outlined.max() == 255
    later = draw_progress(plot, Sample(80, sample.frames))
    assert (later != plain).any(), "the step of the sample is told"
