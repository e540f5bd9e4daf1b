"""Image files that are odd, cut short or something else: read where they can be, else named in one kind of error."""

import zlib

import numpy as np
import pytest
from maskvideo.core.errors import MaskVideoError
from maskvideo.files.images import count_pictures, open_picture, pictures, read_image
from PIL import Image, PngImagePlugin

from .picture_files import encode_float, insert_chunks, pages, photo, png_chunk, save_pages

FORMATS = ["png", "jpg", "webp", "bmp", "tif", "gif", "tga", "jp2", "ppm", "exr"]


def saved(path):
    if path.suffix == ".exr":
        return encode_float(path, {"y": photo(1, np.float32, (40, 60))[..., 0]}, "grayf32le", format="float")
    Image.fromarray(photo(size=(40, 60))).save(path)
    return path


@pytest.mark.parametrize("share", [0, 0.02, 0.3, 0.6])
@pytest.mark.parametrize("suffix", FORMATS)
def test_a_file_cut_short_is_named(tmp_path, suffix, share):
    path = saved(tmp_path / f"cut.{suffix}")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(MaskVideoError, match=rf"cut\.{suffix} is not a readable image \(.+\)"):
        read_image(path)


@pytest.mark.parametrize("suffix", FORMATS)
def test_bytes_that_are_no_image_are_named(tmp_path, suffix):
    for content in (b"", b"just text, saved under the wrong name\n" * 20, bytes(range(256)) * 30):
        (tmp_path / f"bad.{suffix}").write_bytes(content)
        for read in (read_image, count_pictures):
            with pytest.raises(MaskVideoError, match=rf"bad\.{suffix} is not a readable image"):
                read(tmp_path / f"bad.{suffix}")


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp", "tif", "gif", "tga", "ppm", "exr"])
def test_damage_anywhere_is_either_read_or_named(tmp_path, suffix):
    whole = saved(tmp_path / f"whole.{suffix}").read_bytes()
    random = np.random.default_rng(0)
    for _ in range(40):
        damaged = bytearray(whole)
        for place in random.integers(0, min(len(whole), 400), 6):
            damaged[place] = random.integers(256)
        (tmp_path / f"damaged.{suffix}").write_bytes(damaged)
        try:
            read_image(tmp_path / f"damaged.{suffix}")
        except MaskVideoError as error:
            assert f"damaged.{suffix}" in str(error)


def test_an_animation_cut_short_is_named_when_its_end_is_asked_for(tmp_path):
    path = save_pages(tmp_path / "a.png", pages())
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) - 200])
    with pytest.raises(MaskVideoError, match=r"a\.png is not a readable image"):
        list(pictures(path))


def test_a_file_under_another_formats_name_is_read(tmp_path):
    Image.fromarray(photo()).save(tmp_path / "a.png", format="JPEG")
    assert open_picture(tmp_path / "a.png").lossy and read_image(tmp_path / "a.png").shape == photo().shape


@pytest.mark.parametrize("name", ["tEXt", "zTXt", "iTXt", "iCCP"])
def test_long_texts_and_profiles_are_passed_over(tmp_path, name):
    path = saved(tmp_path / "workflow.png")
    long = zlib.compress(b"{}" * 2_000_000)
    body = {
        "tEXt": b"workflow\0" + b"x" * 70_000_000,
        "zTXt": b"workflow\0\0" + long,
        "iTXt": b"workflow\0\1\0\0\0" + long,
        "iCCP": b"profile\0\0" + long,
    }[name]
    before = PngImagePlugin.MAX_TEXT_CHUNK, PngImagePlugin.MAX_TEXT_MEMORY
    insert_chunks(path, png_chunk(name.encode(), body))
    assert np.array_equal(read_image(path), photo(size=(40, 60))) and count_pictures(path) == 1
    assert before == (PngImagePlugin.MAX_TEXT_CHUNK, PngImagePlugin.MAX_TEXT_MEMORY)


def test_a_picture_larger_than_pillow_reads_is_refused_in_words(tmp_path):
    path = saved(tmp_path / "huge.png")
    whole = bytearray(path.read_bytes())
    head = b"IHDR" + (30_000).to_bytes(4, "big") * 2 + whole[24:29]
    path.write_bytes(whole[:12] + head + zlib.crc32(head).to_bytes(4, "big") + whole[33:])
    with pytest.raises(MaskVideoError, match=r"huge\.png is too large to read .*make it smaller"):
        read_image(path)


def test_a_folder_and_a_missing_file_are_named(tmp_path):
    with pytest.raises(MaskVideoError, match=r"there is no image .*gone\.png"):
        read_image(tmp_path / "gone.png")
    with pytest.raises(MaskVideoError, match="is not a readable image"):
        read_image(tmp_path)
