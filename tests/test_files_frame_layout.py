import numpy as np
import torch
from maskvideo.files.frame_layout import masks_to_uint8, to_tensor, to_uint8


def test_uint8_frames_survive_the_way_there_and_back():
    frames = np.random.default_rng(0).integers(0, 256, (3, 4, 5, 3), dtype=np.uint8)
    tensor = to_tensor(iter(frames))
    assert tensor.shape == (1, 3, 3, 4, 5) and tensor[0, 2, 1, 3, 4] == frames[1, 3, 4, 2] / np.float32(255)
    assert np.array_equal(to_uint8(tensor), frames)


def test_values_outside_the_range_are_clamped():
    assert to_uint8(torch.tensor([-0.5, 0.5, 1.5]).view(1, 3, 1, 1, 1)).flatten().tolist() == [0, 128, 255]


def test_masks_become_black_and_white():
    assert masks_to_uint8(torch.tensor([0.2, 0.7]).view(1, 1, 1, 1, 2)).tolist() == [[[0, 255]]]
