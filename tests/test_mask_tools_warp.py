import cv2
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from maskvideo.mask_tools.warp import warp_mask, warp_masks, warp_tensor

from .tracks_base import differ_only_at_outlines, disc, few, random_tracks

SIZE = (40, 56)


def matrix_of(scale, degrees, dx, dy, about=(28.0, 20.0)):
    turn = np.deg2rad(degrees)
    linear = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix = np.eye(3)
    matrix[:2, :2], matrix[:2, 2] = linear, np.array(about) - linear @ about + (dx, dy)
    return matrix


def slowly(mask, matrix):
    """The definition, pixel by pixel: bilinear between the pixels' centres, more than half is foreground."""
    inverse, padded = np.linalg.inv(matrix), np.pad(mask.astype(float), 2)
    warped = np.zeros_like(mask)
    for y, x in np.ndindex(mask.shape):
        u, v = (inverse @ (x + 0.5, y + 0.5, 1))[:2] - 0.5
        j, i = int(np.floor(u)), int(np.floor(v))
        if -2 <= i <= mask.shape[0] and -2 <= j <= mask.shape[1]:
            a, b = u - j, v - i
            four = padded[i + 2 : i + 4, j + 2 : j + 4]
            warped[y, x] = np.array([1 - b, b]) @ four @ np.array([1 - a, a]) > 0.5
    return warped


matrices = st.builds(matrix_of, st.floats(0.55, 3), st.floats(-180, 180), st.floats(-20, 20), st.floats(-20, 20))


@few
@given(matrices)
def test_every_pixel_is_where_the_definition_puts_it(matrix):
    mask = disc(SIZE, 24, 18, 11) | disc(SIZE, 40, 25, 6)
    wrong = warp_mask(mask, matrix) != slowly(mask, matrix)
    assert wrong.sum() <= 0.03 * slowly(mask, matrix).sum() + 3  # OpenCV counts in 1/32 pixel


@few
@given(matrices, random_tracks(objects=1, frames=st.just(1)))
def test_the_tensor_path_agrees_with_the_cpu_path_but_for_outlines(matrix, tracks):
    mask = tracks.objects[0].masks
    on_cpu = warp_mask(mask[0], matrix)
    as_tensor = warp_tensor(torch.from_numpy(mask), torch.from_numpy(matrix)[None])[0].numpy()
    assert differ_only_at_outlines(on_cpu[None], as_tensor[None])


def test_a_batch_with_many_scales_is_that_of_each_mask_alone():
    masks = np.stack([disc(SIZE, 28, 20, 8)] * 5)
    scales = np.stack([matrix_of(scale, 10, 1, 2) for scale in (1, 0.4, 2, 0.2, 0.4)])
    batch = warp_tensor(torch.from_numpy(masks), torch.from_numpy(scales)).numpy()
    assert differ_only_at_outlines(warp_masks(masks, scales), batch)
    assert [round(np.sqrt(mask.sum() / masks[0].sum()), 1) for mask in batch] == [1, 0.4, 2, 0.2, 0.4]


@pytest.mark.parametrize("shift", [(3, -2), (-28, 0), (0, 39)])
def test_whole_pixels_move_exactly_and_what_leaves_is_gone(shift):
    mask = disc(SIZE, 28, 20, 9)
    expected = np.zeros_like(mask)
    rows, columns = np.nonzero(mask)
    rows, columns = rows + shift[1], columns + shift[0]
    inside = (rows >= 0) & (rows < SIZE[0]) & (columns >= 0) & (columns < SIZE[1])
    expected[rows[inside], columns[inside]] = 1
    assert (warp_mask(mask, matrix_of(1, 0, *shift)) == expected).all()


def test_the_identity_is_exact_and_an_empty_mask_stays_empty():
    mask = (np.random.default_rng(0).random(SIZE) > 0.5).astype(np.uint8)
    assert (warp_mask(mask, np.eye(3)) == mask).all() and not warp_mask(mask * 0, matrix_of(2, 5, 1, 1)).any()


def test_shrinking_goes_by_the_area_so_that_a_grid_of_bars_does_not_flicker():
    bars = np.zeros((64, 64), np.uint8)
    bars[:, ::4] = bars[:, 1::4] = bars[:, 2::4] = 1  # three of four
    shrunk = [warp_mask(bars, np.array([[0.25, 0, dx], [0, 0.25, 0], [0, 0, 1]])) for dx in (0, 0.1, 0.25)]
    assert all(one[2:14, 2:14].all() for one in shrunk)


def test_masks_at_the_far_edge_of_opencvs_integers_are_gone():
    assert not warp_mask(disc(SIZE, 28, 20, 9), matrix_of(1, 0, 1e7, 0)).any()
    assert cv2.countNonZero(warp_mask(disc(SIZE, 28, 20, 9), matrix_of(1000, 0, 0, 0))) == SIZE[0] * SIZE[1]
