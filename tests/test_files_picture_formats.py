"""Every format of image files, each through the same reader: all its pictures, upright, in their own depth."""

import struct
import zlib
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from maskvideo.core.errors import MaskVideoError
from maskvideo.files.images import IMAGE_SUFFIXES, count_pictures, open_picture, pictures, read_image
from PIL import Image, ImageOps, features

from .picture_files import (
    encode_float,
    insert_chunks,
    pages,
    photo,
    plain_tiff,
    png_chunk,
    save_pages,
    with_orientation,
)

ANIMATIONS = {
    "a.webp": {"lossless": True, "duration": 125},
    "a.apng": {"format": "PNG", "duration": 125},
    "a.png": {"duration": 125},
    "a.tiff": {},
    "a.tif": {"compression": "tiff_lzw"},
}
STILLS = ["png", "apng", "jpg", "jpeg", "jfif", "webp", "bmp", "tif", "tiff", "gif", "tga", "jp2", "ppm", "pnm"]


@pytest.mark.parametrize("suffix", STILLS)
def test_every_format_gives_the_picture_that_was_saved(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    kind = {"apng": "PNG", "jfif": "JPEG", "pnm": "PPM"}.get(suffix)
    Image.fromarray(photo(size=(40, 60))).save(path, format=kind)
    picture = open_picture(path)
    assert f".{suffix}" in IMAGE_SUFFIXES and count_pictures(path) == 1
    assert picture.size == (40, 60) and picture.rgb().dtype == np.uint8
    assert np.abs(picture.rgb().astype(int) - photo(size=(40, 60))).mean() < 4


@pytest.mark.parametrize("name", ANIMATIONS)
def test_every_picture_of_a_file_is_read_in_its_turn(tmp_path, name):
    made = pages()
    path = save_pages(tmp_path / name, made, **ANIMATIONS[name])
    assert count_pictures(path) == len(made)
    assert all(np.array_equal(a.rgb(), b) for a, b in zip(pictures(path), made, strict=True))
    assert np.array_equal(open_picture(path, 3).rgb(), made[3])
    assert np.array_equal(read_image(path), made[0])
    with pytest.raises(MaskVideoError, match="holds 5 pictures, so there is no 5: give 0 to 4"):
        open_picture(path, 5)


@pytest.mark.parametrize("name", ["a.webp", "a.apng"])
def test_animations_keep_alpha_and_tell_how_long_each_picture_is_shown(tmp_path, name):
    made = pages(channels=4)
    options = ANIMATIONS[name] | ({"exact": True} if name == "a.webp" else {"disposal": 1, "blend": 0})
    for picture, want in zip(pictures(save_pages(tmp_path / name, made, **options)), made, strict=True):
        assert np.array_equal(picture.alpha(), want[..., 3]) and picture.seconds == pytest.approx(0.125)
        assert np.array_equal(picture.rgb()[want[..., 3] > 0], want[..., :3][want[..., 3] > 0])


def test_a_gif_is_read_as_players_show_it_each_picture_over_those_before(tmp_path):
    shown = []
    for page in range(4):
        one = Image.new("P", (18, 12), 0)
        one.putpalette([0, 0, 0, 200, 40, 40, 40, 200, 40] + [0] * 9)
        one.paste(1 + page % 2, (4 * page, 2, 4 * page + 4, 8))
        shown.append(one)
    shown[0].save(tmp_path / "a.gif", save_all=True, append_images=shown[1:], transparency=0, disposal=1, duration=100)
    found = list(pictures(tmp_path / "a.gif"))
    assert len(found) == 4 == count_pictures(tmp_path / "a.gif")
    assert [int((picture.alpha() > 0).sum()) for picture in found] == [24, 48, 72, 96]
    assert {picture.values.shape for picture in found} == {(12, 18, 4)}
    assert tuple(found[3].values[3, 0]) == (200, 40, 40, 255) and tuple(found[3].values[3, 5]) == (40, 200, 40, 255)


def test_a_picture_for_those_who_know_no_apng_is_not_one_of_the_animation(tmp_path):
    made = pages(4)
    save_pages(tmp_path / "a.png", made, default_image=True)
    assert count_pictures(tmp_path / "a.png") == 3
    assert np.array_equal(read_image(tmp_path / "a.png"), made[1])


def test_the_second_picture_of_a_phones_photo_and_a_tiffs_thumbnail_are_no_frames(tmp_path):
    save_pages(tmp_path / "phone.jpg", pages(2), format="MPO")
    assert count_pictures(tmp_path / "phone.jpg") == 1
    assert cv2.imwritemulti(str(tmp_path / "a.tif"), [photo(), photo(size=(3, 4))])
    before, page, smaller = (tmp_path / "a.tif").read_bytes().rpartition(struct.pack("<HHII", 254, 4, 1, 2))
    (tmp_path / "a.tif").write_bytes(before + page[:8] + struct.pack("<I", 1) + smaller)
    assert count_pictures(tmp_path / "a.tif") == 1 and read_image(tmp_path / "a.tif").shape == photo().shape


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.tif", "lzw.tif", "deep.tif", "deep.png"])
def test_pictures_are_upright_as_the_host_reads_them(tmp_path, name, orientation):
    path = tmp_path / name
    if name == "deep.tif":
        plain_tiff(path, photo(dtype=np.uint16), orientation)
    elif name == "deep.png":
        cv2.imwrite(str(path), cv2.cvtColor(photo(dtype=np.uint16), cv2.COLOR_RGB2BGR))
        exif = Image.Exif()
        exif[0x112] = orientation
        insert_chunks(path, png_chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0")))
    else:
        options = {"a.webp": {"lossless": True}, "a.jpg": {"quality": 95}, "lzw.tif": {"compression": "tiff_lzw"}}
        with_orientation(path, photo(), orientation, **options.get(name, {}))
    with Image.open(path) as image:
        host = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    picture = open_picture(path)
    assert picture.size == host.shape[:2] == ((18, 12) if orientation > 4 else (12, 18))
    assert np.abs(picture.rgb().astype(int) - host).max() <= 1
    assert picture.values.dtype == (np.uint16 if "deep" in name else np.uint8)


@pytest.mark.parametrize("suffix", ["png", "tif"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bits_are_kept(tmp_path, suffix, channels):
    made = photo(channels, np.uint16)
    order = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[channels]
    cv2.imwrite(str(tmp_path / f"a.{suffix}"), made[..., order])
    picture = open_picture(tmp_path / f"a.{suffix}")
    assert picture.values.dtype == np.uint16 and np.array_equal(picture.values, np.squeeze(made))
    assert np.array_equal(picture.rgb(), np.round(made[..., :3] / 257).astype(np.uint8) + np.zeros((1, 1, 3), np.uint8))


def test_grey_and_alpha_of_sixteen_bits_are_kept(tmp_path):
    made = photo(2, np.uint16)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in made)
    head = b"\0\0\0\x12\0\0\0\x0c\x10\x04\0\0\0"
    chunks = png_chunk(b"IHDR", head) + png_chunk(b"IDAT", zlib.compress(rows)) + png_chunk(b"IEND", b"")
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)
    assert np.array_equal(open_picture(tmp_path / "a.png").values, made)


@pytest.mark.parametrize("value", [1002, 2001, 70_000, 4_000_000_000])
def test_whole_numbers_of_16_and_32_bits_are_what_was_written(tmp_path, value):
    labels = np.zeros((12, 18), np.uint16 if value < 65536 else np.uint32)
    labels[3:6] = value
    if value < 65536:
        Image.fromarray(labels).save(tmp_path / "a.tif")
        Image.fromarray(labels).save(tmp_path / "a.png")
        assert np.array_equal(open_picture(tmp_path / "a.png").values, labels)
    else:
        Image.fromarray(labels.view(np.int32)).save(tmp_path / "a.tif")
        signed, unsigned = (struct.pack("<HHIHH", 339, 3, 1, kind, 0) for kind in (2, 1))
        (tmp_path / "a.tif").write_bytes((tmp_path / "a.tif").read_bytes().replace(signed, unsigned))
    assert np.array_equal(open_picture(tmp_path / "a.tif").values, labels)


@pytest.mark.parametrize("kind", ["I;16B", "I", "F"])
def test_pillows_deep_modes_are_read_as_they_are(tmp_path, kind):
    dtype = {"I;16B": ">u2", "I": np.int32, "F": np.float32}[kind]
    made = (photo(1, np.uint16)[..., 0] / (65535 if kind == "F" else 1)).astype(dtype)
    Image.frombytes(kind, (18, 12), made.tobytes()).save(tmp_path / "a.tif")
    values = open_picture(tmp_path / "a.tif").values
    assert np.array_equal(values, made) and values.dtype == np.dtype(dtype).newbyteorder("=")


@pytest.mark.parametrize("channels", [1, 3])
def test_floating_point_tiffs_are_read_and_shown_from_0_to_1(tmp_path, channels):
    made = photo(channels, np.float32)
    cv2.imwrite(str(tmp_path / "a.tif"), made[..., ::-1], [cv2.IMWRITE_TIFF_COMPRESSION, 1])
    picture = open_picture(tmp_path / "a.tif")
    assert picture.values.dtype == np.float32 and not picture.linear
    assert np.abs(picture.rgb() / 255 - made).max() < 0.003


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("channels, dtype, options", [
    (2, np.uint16, {"extra": 2}), (2, np.uint8, {"extra": 2}), (3, np.uint16, {"apart": True}),
    (4, np.uint16, {"extra": 2}), (4, np.uint16, {"extra": 2, "apart": True}), (4, np.uint8, {"extra": 0}),
])  # fmt: skip
def test_every_layout_of_channels_in_a_tiff_is_read_as_stored(tmp_path, channels, dtype, options, orientation):
    made = photo(channels, dtype)
    picture = open_picture(plain_tiff(tmp_path / "a.tif", made, orientation, **options))
    assert picture.values.dtype == dtype and picture.has_alpha == (channels in (2, 4))
    assert np.array_equal(picture.values, made if orientation == 1 else np.rot90(made, -1))


def test_a_tiff_of_more_channels_than_a_picture_has_is_refused(tmp_path):
    with pytest.raises(MaskVideoError, match=r"a\.tif .*it has 5 channels: save it as RGB"):
        open_picture(plain_tiff(tmp_path / "a.tif", photo(5, np.uint16)))


def test_each_page_of_a_tiff_is_turned_as_it_asks(tmp_path):
    images = [Image.fromarray(photo(seed=seed)) for seed in range(3)]
    images[0].save(tmp_path / "a.tif", save_all=True, append_images=images[1:], tiffinfo={274: 6})
    found = list(pictures(tmp_path / "a.tif"))
    with Image.open(tmp_path / "a.tif") as opened:
        for page, picture in enumerate(found):
            opened.seek(page)
            assert np.array_equal(picture.rgb(), np.asarray(ImageOps.exif_transpose(opened)))
    assert found[0].size == (18, 12)


def test_deep_pages_are_read_in_their_turn(tmp_path):
    made = [photo(3, np.uint16, seed=seed) for seed in range(4)]
    assert cv2.imwritemulti(str(tmp_path / "a.tif"), [one[..., ::-1].copy() for one in made])
    assert count_pictures(tmp_path / "a.tif") == 4
    assert all(np.array_equal(a.values, b) for a, b in zip(pictures(tmp_path / "a.tif"), made, strict=True))


@pytest.mark.parametrize("form, letters", [("gbrapf32le", "gbra"), ("gbrpf32le", "gbr"), ("grayf32le", "y")])
@pytest.mark.parametrize("compression", ["none", "rle", "zip1", "zip16"])
@pytest.mark.parametrize("depth", ["half", "float"])
def test_exr_is_light_by_its_channels(tmp_path, form, letters, compression, depth):
    planes = {letter: (3 * photo(1, np.float32, seed=seed))[..., 0] for seed, letter in enumerate(letters)}
    path = encode_float(tmp_path / "a.exr", planes, form, compression=compression, format=depth)
    picture = open_picture(path)
    want = planes["y"] if letters == "y" else np.dstack([planes[letter] for letter in "rgba" if letter in planes])
    assert picture.linear and picture.values.dtype == np.float32 and picture.values.shape == want.shape
    assert np.abs(picture.values - want).max() <= (0 if depth == "float" else 0.002)


def test_exr_is_shown_by_the_curve_of_srgb(tmp_path):
    light = np.tile(np.array([0, 0.0031308, 0.18, 0.2140, 1, 7, -1, np.nan], np.float32), (4, 1))
    picture = open_picture(encode_float(tmp_path / "a.exr", {"y": light}, "grayf32le", format="float"))
    assert picture.rgb()[0, :, 0].tolist() == [0, 10, 118, 127, 255, 255, 0, 0]


def test_ids_in_exr_are_exact(tmp_path):
    ids = np.tile(np.array([0, 1, 1002, 2001, 70001, 16777215], np.float32), (4, 1))
    picture = open_picture(encode_float(tmp_path / "a.exr", {"y": ids}, "grayf32le", format="float"))
    assert np.array_equal(picture.values, ids)


def test_radiance_files_are_light(tmp_path):
    cv2.imwrite(str(tmp_path / "a.hdr"), photo(3, np.float32, (16, 24))[..., ::-1])
    picture = open_picture(tmp_path / "a.hdr")
    assert picture.linear and np.abs(picture.values - photo(3, np.float32, (16, 24))).max() < 0.01


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow reads no AVIF")
def test_avif_is_read_with_all_its_pictures(tmp_path):
    made = np.stack([photo(4, size=(48, 64), seed=seed) for seed in range(3)])
    path = save_pages(tmp_path / "a.avif", made, quality=95)
    assert count_pictures(path) == 3
    for picture, want in zip(pictures(path), made, strict=True):
        assert picture.lossy and np.abs(picture.values.astype(int) - want).mean() < 4


@pytest.mark.parametrize("name, options, lossy", [
    ("a.png", {}, False), ("a.jpg", {}, True), ("a.webp", {"lossless": True}, False), ("a.webp", {}, True),
    ("a.tif", {}, False), ("a.tif", {"compression": "jpeg"}, True), ("a.bmp", {}, False),
])  # fmt: skip
def test_a_coder_that_changes_values_is_told(tmp_path, name, options, lossy):
    Image.fromarray(photo()).save(tmp_path / name, **options)
    assert open_picture(tmp_path / name).lossy is lossy
    if name == "a.webp":
        assert next(pictures(save_pages(tmp_path / name, pages(3), **options))).lossy is lossy


def test_a_palette_stays_one_with_the_files_transparency(tmp_path):
    image = Image.fromarray(np.arange(6, dtype=np.uint8).reshape(2, 3) % 3, "P")
    image.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    image.save(tmp_path / "a.png", transparency=bytes([0, 128, 255]))
    picture = open_picture(tmp_path / "a.png")
    assert picture.values.tolist() == [[0, 1, 2], [0, 1, 2]]
    assert picture.palette[:3].tolist() == [[10, 20, 30, 0], [40, 50, 60, 128], [70, 80, 90, 255]]
    assert picture.alpha().tolist() == [[0, 128, 255]] * 2 and picture.rgb()[0, 1].tolist() == [40, 50, 60]
    image.save(tmp_path / "b.png")
    assert open_picture(tmp_path / "b.png").alpha() is None


@pytest.mark.parametrize("mode, key", [("L", 77), ("RGB", (1, 2, 3))])
def test_one_transparent_colour_is_alpha(tmp_path, mode, key):
    image = Image.new(mode, (4, 2), key)
    image.putpixel((1, 1), 5 if mode == "L" else (5, 5, 5))
    image.save(tmp_path / "a.png", transparency=key)
    assert open_picture(tmp_path / "a.png").alpha().tolist() == [[0, 0, 0, 0], [0, 255, 0, 0]]


def test_colour_under_transparent_pixels_is_as_stored(tmp_path):
    made = pages(1, 4)[0]
    for name in ("a.png", "a.tga", "a.tif"):
        Image.fromarray(made).save(tmp_path / name)
        assert np.array_equal(open_picture(tmp_path / name).values, made)
        assert np.array_equal(read_image(tmp_path / name), made[..., :3])


def test_whole_numbers_in_exr_keep_all_their_bits(tmp_path):
    ids = np.tile(np.array([0, 1, 1002, 2001, 70001, 4_000_000_000], np.uint32), (4, 1))
    path = encode_float(tmp_path / "a.exr", {"y": ids.view(np.float32)}, "grayf32le", format="float")
    whole = path.read_bytes()
    kind = whole.index(b"channels\0chlist\0") + len(b"channels\0chlist\0") + 4 + len(b"Y\0")
    path.write_bytes(whole[:kind] + b"\0\0\0\0" + whole[kind + 4 :])
    assert np.array_equal(open_picture(path).values, ids)


@pytest.mark.parametrize("letter", [b"A", b"Z", b"R"])
def test_the_only_channel_of_an_exr_is_grey_whatever_its_name(tmp_path, letter):
    depth = photo(1, np.float32)[..., 0]
    path = encode_float(tmp_path / "a.exr", {"y": depth}, "grayf32le", format="float")
    path.write_bytes(path.read_bytes().replace(b"chlist\0\x13\0\0\0Y\0", b"chlist\0\x13\0\0\0" + letter + b"\0"))
    assert letter + b"\0" in path.read_bytes() and np.array_equal(open_picture(path).values, depth)


def test_an_exr_of_other_channels_is_refused_by_their_names(tmp_path):
    planes = {letter: photo(1, np.float32)[..., 0] for letter in "gbr"}
    path = encode_float(tmp_path / "a.exr", planes, "gbrpf32le", format="float")
    head = path.read_bytes().index(b"chlist\0")
    whole = path.read_bytes()
    path.write_bytes(whole[:head] + whole[head:].replace(b"B\0\2", b"U\0\2", 1))
    with pytest.raises(MaskVideoError, match=r"a\.exr .*its channels are U, G, R: give R, G, B"):
        open_picture(path)


@pytest.mark.skipif("dpx" not in av.codecs_available, reason="this FFmpeg writes no DPX")
def test_dpx_is_read_in_its_depth(tmp_path):
    encoder = av.CodecContext.create("dpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = 18, 12, "rgb48le", Fraction(1, 1)
    frame = av.VideoFrame.from_ndarray(photo(3, np.uint16), format="rgb48le")
    frame.pts = 0
    (tmp_path / "a.dpx").write_bytes(b"".join(map(bytes, [*encoder.encode(frame), *encoder.encode(None)])))
    assert np.array_equal(open_picture(tmp_path / "a.dpx").values, photo(3, np.uint16))
