import numpy as np
import pytest
from maskvideo.core.errors import MaskVideoError
from maskvideo.files.image_folder import list_images
from maskvideo.files.images import read_image, write_image
from PIL import Image

PICTURE = np.random.default_rng(0).integers(0, 256, (6, 9, 3), dtype=np.uint8)


def test_a_png_reads_back_exactly(tmp_path):
    write_image(tmp_path / "a.png", PICTURE)
    assert np.array_equal(read_image(tmp_path / "a.png"), PICTURE)


def test_a_jpg_reads_back_nearly(tmp_path):
    flat = np.full((16, 16, 3), (200, 80, 40), np.uint8)
    write_image(tmp_path / "a.jpg", flat)
    assert np.abs(read_image(tmp_path / "a.jpg").astype(int) - flat).max() < 6


def test_grey_images_read_as_rgb(tmp_path):
    write_image(tmp_path / "a.png", PICTURE[..., 0])
    assert np.array_equal(read_image(tmp_path / "a.png")[..., 2], PICTURE[..., 0])


def test_images_are_listed_in_natural_order_without_other_files(tmp_path):
    for name in ("f10.png", "f2.PNG", "f1.jpg", ".hidden.png", "f3.txt"):
        (tmp_path / name).write_bytes(b"")
    assert [path.name for path in list_images(tmp_path)] == ["f1.jpg", "f2.PNG", "f10.png"]


def test_an_image_cut_short_is_named(tmp_path):
    Image.fromarray(np.tile(PICTURE, (20, 20, 1))).save(tmp_path / "a.png")
    whole = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MaskVideoError, match=r"a\.png is not a readable image"):
        read_image(tmp_path / "a.png")


def test_a_missing_image_is_named(tmp_path):
    with pytest.raises(MaskVideoError, match=r"there is no image .*gone\.png"):
        read_image(tmp_path / "gone.png")


def test_another_suffix_is_refused_before_writing(tmp_path):
    with pytest.raises(MaskVideoError, match=r"written as \.png or \.jpg, not \.gif"):
        write_image(tmp_path / "a.gif", PICTURE)
    assert not list(tmp_path.iterdir())
