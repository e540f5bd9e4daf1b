import math

import numpy as np
import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.draw import (
    SHAPES,
    Keyframe,
    Trajectory,
    default_trajectory,
    draw_masks,
    place_at,
    shape_outline,
    unseen_trajectories,
)

SIZE = (80, 128)


def centre_of(mask):
    rows, columns = torch.nonzero(mask, as_tuple=True)
    return float(columns.float().mean()) + 0.5, float(rows.float().mean()) + 0.5


def test_a_circle_has_its_centre_and_area_where_the_keyframe_says():
    masks = draw_masks(Trajectory("circle", (Keyframe(0, 0.25, 0.5, scale=0.25),)), 1, SIZE)
    assert masks.shape == (1, 1, 1, *SIZE) and set(masks.unique().tolist()) == {0.0, 1.0}
    assert centre_of(masks[0, 0, 0]) == pytest.approx((32, 40), abs=0.2)
    assert float(masks.sum()) == pytest.approx(math.pi * 20**2, rel=0.02)


def test_it_passes_through_every_keyframe_and_holds_before_and_after():
    keyframes = (Keyframe(0.2, 0.2, 0.3, 0.1, 0), Keyframe(0.5, 0.6, 0.7, 0.3, 90), Keyframe(0.8, 0.8, 0.2, 0.2, 30))
    for easing in ("linear", "smooth"):
        moments = place_at(Trajectory("star", keyframes, easing=easing), np.array([0, 0.2, 0.5, 0.8, 1]))
        expected = [[key.x, key.y, key.scale, key.rotation] for key in keyframes]
        assert moments == pytest.approx(np.array([expected[0], *expected, expected[2]]))


def test_linear_motion_has_constant_steps_and_smooth_motion_no_corner():
    keyframes = (Keyframe(0, 0.2, 0.5), Keyframe(0.5, 0.2, 0.9), Keyframe(1, 0.8, 0.9))
    times = np.linspace(0, 1, 401)
    straight = place_at(Trajectory("circle", keyframes, easing="linear"), times)[:, :2]
    smooth = place_at(Trajectory("circle", keyframes), times)[:, :2]
    bend = [
        np.abs(np.diff(path, n=2, axis=0)).max() / np.abs(np.diff(path, axis=0)).max() for path in (straight, smooth)
    ]
    assert bend[0] > 0.5 > 20 * bend[1]


def test_a_positive_rotation_turns_clockwise():
    narrow = Trajectory("polygon", (Keyframe(0, 0.5, 0.5, 0.4, rotation=90),), corners=3)
    upright = Trajectory("polygon", (Keyframe(0, 0.5, 0.5, 0.4, rotation=0),), corners=3)
    columns = draw_masks(narrow, 1, SIZE)[0, 0, 0].nonzero()[:, 1]
    assert columns.max() - 63 > 63 - columns.min()  # the tip that pointed up points right
    rows = draw_masks(upright, 1, SIZE)[0, 0, 0].nonzero()[:, 0]
    assert 39 - rows.min() > rows.max() - 39


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_fits_its_radius(shape):
    radius = np.linalg.norm(shape_outline(Trajectory(shape, (Keyframe(0, 0.5, 0.5),), seed=3)), axis=1)
    assert radius.max() == pytest.approx(1)


def test_blobs_differ_by_seed_and_repeat_with_it():
    draw = [draw_masks(Trajectory("blob", (Keyframe(0, 0.5, 0.5, 0.4),), seed=seed), 1, SIZE) for seed in (1, 1, 2)]
    assert torch.equal(draw[0], draw[1]) and not torch.equal(draw[0], draw[2])


def test_a_shape_that_leaves_the_picture_is_cut_off():
    masks = draw_masks(Trajectory("circle", (Keyframe(0, 0.5, 0.5), Keyframe(1, 1.5, 0.5)), easing="linear"), 3, SIZE)
    inside, border, outside = masks.sum((-1, -2)).flatten().tolist()
    assert border == pytest.approx(inside / 2, rel=0.05) and outside == 0


def test_the_demos_trajectory_moves_turns_and_stays_inside():
    masks = draw_masks(default_trajectory(), 16, (160, 256))[0, 0]
    assert not masks[:, [0, -1]].any() and not masks[..., [0, -1]].any()
    assert centre_of(masks[15])[0] - centre_of(masks[0])[0] > 100


def test_unseen_trajectories_repeat_with_their_seed_and_show_their_object_throughout():
    few, more, other = unseen_trajectories(4, 0), unseen_trajectories(8, 0), unseen_trajectories(4, 1)
    assert more[:4] == few and other != few
    assert {trajectory.shape for trajectory in few} == set(SHAPES)
    for trajectory in more:
        assert draw_masks(trajectory, 8, SIZE).mean((-1, -2)).min() > 0.005


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"shape": "square"}, "shape 'square' is unknown: choose one of circle"),
        ({"easing": "bounce"}, "easing 'bounce' is unknown"),
        ({"keyframes": (Keyframe(1, 0, 0), Keyframe(0, 0, 0))}, "keyframe times must rise"),
        ({"keyframes": ()}, "keyframe times must rise"),
        ({"corners": 2}, "2 corners cannot be drawn"),
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments, message):
    with pytest.raises(MaskVideoError, match=message):
        Trajectory(**{"shape": "star", "keyframes": (Keyframe(0, 0.5, 0.5),), **arguments})
