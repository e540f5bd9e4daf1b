"""Which stream of a video is read, and that its alpha and its depth are kept."""

import os

import av
import numpy as np
import pytest
from maskvideo.core.errors import MaskVideoError
from maskvideo.files.seekable_video import SeekableVideo
from maskvideo.files.video import read_video, video_pictures

from .picture_files import encode_video, pages

SIZE = (48, 64)
TELLS = pytest.mark.skipif(not hasattr(av.stream, "Disposition"), reason="this PyAV writes no disposition")


def cut_out(count=5):
    """An object on black, in [T, H, W, 4]: soft alpha from 0 to 255 along the picture, moving down."""
    made = np.zeros((count, *SIZE, 4), np.uint8)
    made[..., :3] = (200, 40, 90)
    for index in range(count):
        made[index, 8 * index : 8 * index + 16, :, 3] = np.linspace(0, 255, SIZE[1]).astype(np.uint8)
    return made


ALPHA_CODECS = [
    ("a.mov", "prores_ks", "yuva444p10le", {"profile": "4"}, np.uint16, 1),
    ("a.mov", "qtrle", "argb", {}, np.uint8, 0),
    ("a.mov", "png", "rgba", {}, np.uint8, 0),
    ("a.mov", "png", "rgba64be", {}, np.uint16, 0),
    ("a.webm", "libvpx-vp9", "yuva420p", {"auto-alt-ref": "0", "crf": "4", "b": "0"}, np.uint8, 6),
    ("a.webm", "libvpx", "yuva420p", {"auto-alt-ref": "0", "crf": "4", "b": "4M"}, np.uint8, 6),
    ("a.mkv", "ffv1", "bgra", {}, np.uint8, 0),
    ("a.mkv", "ffv1", "yuva444p10le", {}, np.uint16, 1),
    ("a.mkv", "ffv1", "gbrap16le", {}, np.uint16, 0),
    ("a.mkv", "ffv1", "gbrap12le", {}, np.uint16, 1),
    ("a.mkv", "ffv1", "ya8", {}, np.uint8, 1),
    ("a.avi", "utvideo", "gbrap", {}, np.uint8, 1),
    ("a.avi", "huffyuv", "bgra", {}, np.uint8, 0),
    ("a.mov", "cfhd", "gbrap12le", {}, np.uint16, 4),
]


@pytest.mark.parametrize("name, codec, form, options, dtype, tolerance", ALPHA_CODECS)
def test_alpha_of_a_video_is_read_in_its_depth(tmp_path, name, codec, form, options, dtype, tolerance):
    if codec not in av.codecs_available:
        pytest.skip(f"this FFmpeg writes no {codec}")
    path = encode_video(tmp_path / name, cut_out(), codec, form, **options)
    found = list(video_pictures(path))
    assert len(found) == 5 and {picture.values.dtype.name for picture in found} == {np.dtype(dtype).name}
    for picture, want in zip(found, cut_out(), strict=True):
        alpha = picture.alpha() / (1 if dtype == np.uint8 else 257)
        assert np.abs(alpha - want[..., 3]).max() <= tolerance + 0.5
    shares = found[0].alpha() / np.iinfo(dtype).max  # the encoder's own conversion makes 65532 of 255
    assert shares.max() > 0.9999 and shares.min() < 0.002


@pytest.mark.parametrize("name, codec, form, options", [one[:4] for one in ALPHA_CODECS if one[2] != "ya8"])
def test_colours_are_not_mixed_with_anything(tmp_path, name, codec, form, options):
    if codec not in av.codecs_available:
        pytest.skip(f"this FFmpeg writes no {codec}")
    path = encode_video(tmp_path / name, cut_out(2), codec, form, **options)
    for picture, rgb in zip(video_pictures(path), read_video(path), strict=True):
        assert np.abs(picture.rgb().astype(int) - (200, 40, 90)).max() <= 5
        assert np.abs(picture.rgb().astype(int) - rgb).max() <= 1


def test_a_video_with_alpha_reads_from_any_frame_on(tmp_path):
    if "libvpx-vp9" not in av.codecs_available:
        pytest.skip("this FFmpeg writes no VP9")
    path = encode_video(tmp_path / "a.webm", cut_out(12), "libvpx-vp9", "yuva420p", **{"auto-alt-ref": "0", "g": "4"})
    video, whole = SeekableVideo(path), list(read_video(path))
    assert video.count == 12 == len(whole)
    assert all(np.array_equal(a, b) for a, b in zip(video.read(7, 10), whole[7:10], strict=True))


@pytest.mark.parametrize("form, values", [("gray", [0, 1, 254, 255]), ("gray16le", [0, 1002, 2001, 65535])])
def test_grey_videos_keep_their_numbers(tmp_path, form, values):
    frame = np.repeat(np.repeat(np.array(values).reshape(2, 2), 16, 0), 16, 1)
    with av.open(str(tmp_path / "a.mkv"), "w") as container:
        stream = container.add_stream("ffv1", rate=8)
        stream.height, stream.width, stream.pix_fmt = 32, 32, form
        pixels = frame.astype(np.uint8 if form == "gray" else np.uint16)
        container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format=form)))
        container.mux(stream.encode())
    (picture,) = video_pictures(tmp_path / "a.mkv")
    assert np.array_equal(picture.values, frame) and not picture.lossy


def test_ordinary_videos_have_no_alpha_and_are_lossy(tmp_path):
    encode_video(tmp_path / "a.mp4", pages(3)[:, :12, :16], "mpeg4", "yuv420p")
    for picture, rgb in zip(video_pictures(tmp_path / "a.mp4"), read_video(tmp_path / "a.mp4"), strict=True):
        assert picture.lossy and picture.alpha() is None and np.array_equal(picture.rgb(), rgb)


def write_two(path, dispositions, codecs=("mjpeg", "mpeg4"), frames=(1, 6)):
    """Two streams of 64x64 and 32x32, in this order."""
    with av.open(str(path), "w") as container:
        streams = [container.add_stream(codec, rate=8) for codec in codecs]
        for stream, side, kind in zip(streams, (64, 32), dispositions, strict=True):
            stream.height = stream.width = side
            stream.pix_fmt = {"mjpeg": "yuvj420p", "png": "rgb24"}.get(stream.codec_context.name, "yuv420p")
            stream.disposition = kind
        for stream, count in zip(streams, frames, strict=True):
            for _ in range(count):
                grey = np.full((stream.height, stream.width, 3), 90, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
            container.mux(stream.encode())


@TELLS
@pytest.mark.parametrize("name, cover", [("a.mkv", "mjpeg"), ("a.mp4", "png"), ("a.mov", "mjpeg")])
def test_a_cover_picture_is_not_the_video(tmp_path, name, cover):
    write_two(tmp_path / name, (av.stream.Disposition.attached_pic, av.stream.Disposition.default), (cover, "mpeg4"))
    assert [frame.shape for frame in read_video(tmp_path / name)] == [(32, 32, 3)] * 6


@TELLS
def test_the_stream_marked_as_default_is_read_and_not_the_first(tmp_path):
    write_two(tmp_path / "a.mkv", (0, av.stream.Disposition.default), ("mpeg4", "mpeg4"), (6, 6))
    assert next(read_video(tmp_path / "a.mkv")).shape == (32, 32, 3)
    assert SeekableVideo(tmp_path / "a.mkv").size == (32, 32)


@TELLS
def test_sound_with_a_cover_is_no_video(tmp_path):
    with av.open(str(tmp_path / "a.m4a"), "w", format="mp4") as container:
        cover, sound = container.add_stream("png", rate=8), container.add_stream("aac", rate=8000)
        cover.height, cover.width, cover.pix_fmt = 16, 16, "rgb24"
        cover.disposition = av.stream.Disposition.attached_pic
        container.mux(cover.encode(av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24")))
        samples = av.AudioFrame.from_ndarray(np.zeros((1, 2048), np.float32), format="fltp", layout="mono")
        samples.sample_rate = 8000
        container.mux([*cover.encode(), *sound.encode(samples), *sound.encode()])
    with pytest.raises(MaskVideoError, match="no video stream, only a cover picture"):
        next(read_video(tmp_path / "a.m4a"))


def test_a_title_in_any_encoding_is_no_hindrance(tmp_path):
    with av.open(str(tmp_path / "a.mkv"), "w") as container:
        container.metadata["title"] = "CAFEx"
        stream = container.add_stream("mpeg4", rate=8)
        stream.height, stream.width, stream.pix_fmt = 32, 32, "yuv420p"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")))
        container.mux(stream.encode())
    (tmp_path / "a.mkv").write_bytes((tmp_path / "a.mkv").read_bytes().replace(b"CAFEx", b"CAF\xe9x"))
    assert next(read_video(tmp_path / "a.mkv")).shape == (32, 32, 3)


@pytest.mark.skipif(os.name == "nt", reason="no such names on Windows")
def test_a_file_whose_name_looks_like_an_address_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    encode_video(tmp_path / "a.mkv", pages(3)[:, :12, :16], "ffv1", "bgr0")
    for name in ("shot:1.mkv", "http:x.mkv", "%03d.mkv"):
        os.link("a.mkv", name)
        assert len(list(read_video(name))) == 3


def test_a_phones_heic_photo_is_refused_in_words_and_not_read_as_a_tile(tmp_path):
    (tmp_path / "IMG_1.HEIC").write_bytes(b"\0\0\0\x18ftypheic")
    with pytest.raises(MaskVideoError, match=r"IMG_1\.HEIC is a HEIC photo.*save it as JPEG or PNG"):
        next(read_video(tmp_path / "IMG_1.HEIC"))
