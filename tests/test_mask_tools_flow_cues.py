"""Each cue of the flow tracker by itself, where the answer is known."""

import cv2
import numpy as np
import pytest
from maskvideo.mask_tools.flow_colour import BINS, ColourModel, colour_bins
from maskvideo.mask_tools.flow_histogram import Cells, count, log_ratio, spread
from maskvideo.mask_tools.flow_motion import DenseFlow, camera_motion, carry, homography_flow, object_motion
from maskvideo.mask_tools.flow_motion_cue import motion_evidence
from maskvideo.mask_tools.flow_outline import drop_strays, guided_filter
from maskvideo.mask_tools.flow_plate import LEVELS, Plate, PlateEvidence
from maskvideo.mask_tools.flow_settings import FlowSettings
from maskvideo.mask_tools.flow_step import View

from .flow_base import SIZE, disk_clip, step_between

SETTINGS = FlowSettings()


def test_counting_and_spreading_keep_the_total():
    bins = np.array([0, 3, 3, 11])
    counts = count(bins, np.array([1.0, 2.0, 0.5, 4.0]), (3, 4))
    assert counts[0, 3] == 2.5 and counts.sum() == 7.5
    assert spread(counts).sum() == pytest.approx(7.5) and spread(counts)[1, 3] > 0


def test_cells_take_what_lies_outside_to_the_nearest():
    cells = Cells((30, 50), 10)
    assert cells.of(np.array([-99.0]), np.array([-99.0])) == 0
    assert cells.of(np.array([999.0]), np.array([999.0])) == cells.count - 1


def test_a_ratio_is_zero_where_neither_side_has_seen_anything():
    assert log_ratio(np.zeros(2), np.zeros(2), 1e-5).tolist() == [0, 0]
    assert log_ratio(np.ones(1), np.zeros(1), 1e-5, limit=2) == 2


def test_every_colour_has_a_bin():
    corners = np.array([[[0, 0, 0], [255, 255, 255], [128, 0, 255]]], np.uint8)
    assert colour_bins(corners).min() >= 0 and colour_bins(corners).max() < BINS


def test_flow_and_camera_of_a_shift_are_the_shift():
    frames, masks = disk_clip(2, pan=2, speed=3)
    step = step_between(frames, masks)
    assert np.median(step.flow.forward[..., 0]) == pytest.approx(-2, abs=0.2)
    assert np.allclose(step.camera, [[1, 0, -2], [0, 1, 0], [0, 0, 1]], atol=0.5)
    moved = object_motion(step.flow.forward, masks[0].astype(np.float32), step.camera)
    assert (moved @ [35, 48, 1])[0] - 35 == pytest.approx(3, abs=0.7)


def test_the_flow_of_a_homography_moves_every_point_as_it_does():
    homography = np.array([[1.1, 0.02, 3], [0.01, 0.95, -2], [1e-4, 2e-4, 1]])
    flow = homography_flow(homography, (20, 30))
    point = homography @ [7, 11, 1]
    assert np.allclose(flow[11, 7], point[:2] / point[2] - [7, 11], atol=1e-4)


def test_too_little_background_leaves_the_camera_still():
    assert np.array_equal(camera_motion(np.ones((*SIZE, 2), np.float32), np.ones(SIZE)), np.eye(3))


def test_agreement_falls_where_the_disk_uncovers_the_wall():
    frames, masks = disk_clip(2, speed=6, pan=0)
    flow = step_between(frames, masks).flow
    uncovered = masks[0] & ~masks[1]
    assert flow.agreement[uncovered].mean() < 0.5 < flow.agreement[~masks[0] & ~masks[1]].mean()


def test_carrying_a_mask_back_along_the_flow_lands_on_the_object():
    frames, masks = disk_clip(2, pan=0)
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames]
    carried = carry(masks[0].astype(np.float32), DenseFlow().between(*grey).backward) > 0.5
    assert np.count_nonzero(carried ^ masks[1]) < 0.1 * np.count_nonzero(masks[1])


def test_colour_speaks_for_the_disk_inside_it_and_against_it_outside():
    frames, masks = disk_clip(2)
    step, mask = step_between(frames, masks), masks[0].astype(np.float32)
    evidence = ColourModel(step.previous, mask, SETTINGS).evidence(step, mask)
    assert evidence[masks[1]].mean() > 0.5 and evidence[~masks[1]].mean() < -0.5


def test_motion_speaks_for_what_moves_like_the_disk_and_says_nothing_where_all_moves_alike():
    frames, masks = disk_clip(2, speed=4, pan=1)
    evidence = motion_evidence(step_between(frames, masks), masks[0].astype(np.float32), SETTINGS)
    core = cv2.erode(masks[1].astype(np.uint8), np.ones((9, 9))) > 0
    assert evidence[core].mean() > 0.5 and evidence[~masks[1]].mean() < -0.1
    frames, masks = disk_clip(2, speed=-1, pan=1)
    still = motion_evidence(step_between(frames, masks), masks[0].astype(np.float32), SETTINGS)
    assert abs(still[masks[1]].mean()) < 0.5


def test_the_plate_fits_the_background_and_not_the_object_that_covers_it():
    frames, masks = disk_clip(6, speed=8, pan=1)
    plate, evidence = Plate(View(frames[0], SIZE), masks[0].astype(np.float32), SETTINGS), PlateEvidence()
    for index in range(1, 6):
        step = step_between(frames, masks, index - 1)
        mask = masks[index].astype(np.float32)
        levels = plate.compare(step, mask)
        speaks = evidence.evidence(levels, plate.known)
        evidence.learn(levels, plate.known, mask, 10)
        plate.learn(step.current, mask, np.zeros(SIZE, bool))
    known = plate.known & cv2.erode(masks[5].astype(np.uint8), np.ones((5, 5))).astype(bool)
    assert levels.min() >= 0 and levels.max() < LEVELS
    assert speaks[known].mean() > 0.5 and speaks[~masks[5]].mean() < -0.5


def test_the_plate_forgets_what_a_new_object_covers():
    frames, masks = disk_clip(1)
    plate = Plate(View(frames[0], SIZE), np.zeros(SIZE, np.float32), SETTINGS)
    assert plate.known.all()
    plate.hide(masks[0].astype(np.float32))
    assert not plate.known[masks[0]].any() and plate.known[0, 0]


def test_what_looks_like_an_object_is_not_taken_into_the_plate():
    frames, masks = disk_clip(1)
    start = View(np.full_like(frames[0], 90), SIZE)
    open_plate, guarded = (Plate(start, np.zeros(SIZE, np.float32), SETTINGS) for _ in range(2))
    open_plate.learn(View(frames[0], SIZE), np.zeros(SIZE, np.float32), np.zeros(SIZE, bool))
    guarded.learn(View(frames[0], SIZE), np.zeros(SIZE, np.float32), masks[0])
    apart = np.abs(guarded._colour - open_plate._colour).max(axis=-1)
    assert (
        (guarded._colour[masks[0]] == start.lab[0, 0]).all() and not apart[:, :5].any() and apart[masks[0]].mean() > 1
    )


def test_the_camera_explains_the_wall_and_not_the_disk():
    frames, masks = disk_clip(2, speed=4, pan=-1)
    still = step_between(frames, masks).still
    core = cv2.erode(masks[1].astype(np.uint8), np.ones((13, 13))) > 0
    assert still[core].mean() < 0.4 and still[:, 80:].mean() > 0.8


def test_the_guided_filter_is_the_ridge_regression_of_each_window():
    random = np.random.default_rng(1)
    image = random.integers(0, 256, (7, 7, 3), dtype=np.uint8)
    values = random.random((7, 7)).astype(np.float32)
    radius, smoothness = 1, 0.01
    fits = {}
    for y in range(1, 6):
        for x in range(1, 6):
            colours = image[y - 1 : y + 2, x - 1 : x + 2].reshape(9, 3) / 255.0
            patch = values[y - 1 : y + 2, x - 1 : x + 2].ravel()
            centred = colours - colours.mean(axis=0)
            matrix = centred.T @ centred / 9 + smoothness * np.eye(3)
            slope = np.linalg.solve(matrix, centred.T @ patch / 9)
            fits[y, x] = (slope, patch.mean() - slope @ colours.mean(axis=0))
    around = [fits[y, x] for y in range(2, 5) for x in range(2, 5)]
    wanted = np.mean([slope for slope, _ in around], axis=0) @ (image[3, 3] / 255.0) + np.mean([b for _, b in around])
    found = guided_filter(image, values, radius, smoothness)[3, 3]
    assert found == pytest.approx(np.clip(wanted, 0, 1), abs=1e-3)


def test_strays_become_doubtful_and_the_object_stays():
    mask, expected = np.zeros((2, 60, 80), np.float32)
    mask[10:30, 10:30] = expected[10:30, 10:30] = 0.9
    mask[45:55, 60:70] = 0.9  # from nowhere
    mask[10:30, 50:54] = expected[10:30, 50:54] = 0.9  # carried, yet outside the remembered shape
    shape = np.zeros_like(mask)
    shape[10:30, 10:30] = 1
    kept = drop_strays(mask, expected, shape) > 0.5
    assert kept[10:30, 10:30].all() and np.count_nonzero(kept) == 400
