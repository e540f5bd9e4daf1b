import numpy as np
from maskvideo.evaluation.track_plot import draw_check, plot_check
from maskvideo.files.images import read_image
from maskvideo.mask_tools.measure import check_tracks

from .tracks_base import moving_disc, tracks_of


def reddest_column(picture):
    """The largest part of a column of pixels that is red."""
    red = (picture[..., 0] > 200) & (picture[..., 1] < 150) & (picture[..., 2] < 150)
    return float(red.mean(axis=0).max())


def test_a_suspicious_frame_is_a_red_line_through_every_panel(tmp_path):
    masks = moving_disc(9)
    clean = check_tracks(tracks_of(masks, moving_disc(9, start=(15, 20))))
    masks[4] = 0
    report = check_tracks(tracks_of(masks, moving_disc(9, start=(15, 20))))
    assert reddest_column(draw_check(report)) > 0.6 > 0.3 > reddest_column(draw_check(clean))
    plot_check(tmp_path / "check.png", report)
    assert np.array_equal(read_image(tmp_path / "check.png"), draw_check(report))
