"""Images that shapes are taken from."""

import numpy as np
import pytest
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.trajectory_bitmap import read_bitmap
from PIL import Image

from .picture_files import with_orientation


def test_bright_is_the_object_and_transparent_is_not(tmp_path):
    grey = np.array([[0, 255], [255, 128]], np.uint8)
    Image.fromarray(grey).save(tmp_path / "grey.png")
    assert (read_bitmap(tmp_path / "grey.png") == grey).all()
    colours = np.zeros((2, 2, 4), np.uint8) + 255
    colours[0, 0, 3] = 0
    Image.fromarray(colours).save(tmp_path / "alpha.png")
    assert read_bitmap(tmp_path / "alpha.png").tolist() == [[0, 255], [255, 255]]


def test_what_is_missing_or_no_image_is_told(tmp_path):
    (tmp_path / "text.png").write_text("no image")
    for name in ("none.png", "text.png"):
        with pytest.raises(MaskVideoError, match=name):
            read_bitmap(tmp_path / name)


def test_a_bitmap_is_upright_and_deep_ones_are_not_cut_at_255(tmp_path):
    grey = np.zeros((4, 6), np.uint8)
    grey[0] = 200
    with_orientation(tmp_path / "phone.png", grey, 6)
    assert (read_bitmap(tmp_path / "phone.png") == np.rot90(grey, -1)).all()
    Image.fromarray(grey.astype(np.uint16) * 257).save(tmp_path / "deep.png")
    assert (read_bitmap(tmp_path / "deep.png") == grey).all()
