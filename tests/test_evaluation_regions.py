import numpy as np
import torch
from maskvideo.evaluation.regions import as_bool, as_pixels, exterior, interior


def disc(radius, size=40):
    y, x = np.mgrid[:size, :size] - size // 2
    return x**2 + y**2 <= radius**2


def test_the_interior_keeps_its_margin_from_the_outline():
    mask = disc(10)
    core = interior(mask, margin_px=2)
    assert core.any() and not (core & ~disc(8.1)).any()


def test_a_mask_thinner_than_the_margin_keeps_a_core():
    line = np.zeros((20, 20), bool)
    line[10, 3:17] = True
    assert np.array_equal(interior(line, margin_px=2), line)
    assert interior(disc(2), margin_px=5).any()


def test_the_exterior_keeps_its_margin_from_the_mask_and_reaches_the_pictures_border():
    outside = exterior(disc(10), margin_px=2)
    assert not (outside & disc(11)).any()
    assert outside[0].all() and outside[:, -1].all()


def test_tensors_become_arrays_with_frames_first():
    frames = torch.arange(2 * 3 * 4 * 5).reshape(1, 2, 3, 4, 5).float()
    assert as_pixels(frames).shape == (3, 4, 5, 2)
    assert as_pixels(frames)[1, 2, 3, 1] == frames[0, 1, 1, 2, 3]
    assert as_bool(torch.tensor([0.2, 0.8]).reshape(1, 1, 1, 1, 2)).tolist() == [[[False, True]]]
