"""J and F against their definitions, counted by hand and by a slow loop."""

import numpy as np
import pytest
from maskvideo.core.errors import MaskVideoError
from maskvideo.evaluation.mask_iou import iou
from maskvideo.evaluation.region_boundary import boundary_f, outline, score_masks


def square(x0, x1, size=(60, 80)):
    mask = np.zeros(size, bool)
    mask[20:40, x0:x1] = True
    return mask


def test_j_is_intersection_over_union():
    assert iou(square(10, 30), square(20, 40)) == pytest.approx(1 / 3)
    assert iou(square(10, 30), square(10, 30)) == 1 and iou(square(0, 5), square(50, 60)) == 0


def test_nothing_where_there_is_nothing_is_perfect():
    empty = np.zeros((60, 80), bool)
    assert iou(empty, empty) == 1 and boundary_f(empty, empty) == 1
    assert iou(empty, square(10, 30)) == 0 and boundary_f(empty, square(10, 30)) == 0


def test_f_forgives_the_tolerance_and_no_more():
    # The diagonal is 100 pixels, so the tolerance is 1.
    assert boundary_f(square(11, 31), square(10, 30)) == 1
    assert boundary_f(square(14, 34), square(10, 30)) < 0.9


def test_f_matches_a_loop_over_the_outlines_points():
    random = np.random.default_rng(0)
    a, b = random.random((2, 30, 40)) > 0.9
    points = [np.argwhere(outline(mask)) for mask in (a, b)]

    def near(some, others):
        return np.mean([np.min(np.sum((others - point) ** 2, axis=1)) <= 1 for point in some])

    precision, recall = near(points[0], points[1]), near(points[1], points[0])
    assert boundary_f(a, b) == pytest.approx(2 * precision * recall / (precision + recall))


def test_scores_are_means_over_frames():
    truth = np.stack([square(10, 30), square(20, 40)])
    scores = score_masks(np.stack([square(10, 30), square(30, 50)]), truth)
    assert scores.j_frames == pytest.approx((1, 1 / 3)) and scores.j == pytest.approx(2 / 3)
    assert scores.f_frames[0] == 1 and scores.f == pytest.approx(np.mean(scores.f_frames))


def test_unlike_shapes_are_refused_with_both():
    with pytest.raises(MaskVideoError, match=r"\[2, 4, 4\].*\[3, 4, 4\]"):
        score_masks(np.zeros((2, 4, 4)), np.zeros((3, 4, 4)))
