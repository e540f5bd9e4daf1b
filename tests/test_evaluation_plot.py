import numpy as np
from maskvideo.evaluation.plot import draw_panels, plot_bars, plot_per_frame
from maskvideo.files.images import read_image


def test_a_line_is_drawn_for_each_video_and_a_gap_for_each_missing_score(tmp_path):
    plot_per_frame(tmp_path / "gap.png", {"full": [1.0, 0.9, None, 0.8]})
    plot_per_frame(tmp_path / "whole.png", {"full": [1.0, 0.9, 0.85, 0.8]})
    gap, whole = read_image(tmp_path / "gap.png"), read_image(tmp_path / "whole.png")
    assert gap.shape == whole.shape and not np.array_equal(gap, whole)


def test_a_bar_plot_grows_with_its_rows(tmp_path):
    plot_bars(tmp_path / "two.png", {"full": [0.9, 0.8], "without masks": [0.2]})
    plot_bars(tmp_path / "four.png", {name: [0.5] for name in "abcd"})
    assert read_image(tmp_path / "four.png").shape[0] > read_image(tmp_path / "two.png").shape[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["four.png", "two.png"]


def test_panels_are_a_picture_in_memory_that_grows_with_its_figures_and_shows_them():
    one, two = draw_panels({"colour": [0, 0.1]}), draw_panels({"colour": [0, 0.1], "sharpness": [1, None]})
    assert one.dtype == np.uint8 and one.shape[2] == 3
    assert two.shape[0] == 2 * one.shape[0] and two.shape[1] == one.shape[1]
    assert not np.array_equal(one, draw_panels({"colour": [0.1, 0]}))
