from itertools import islice

import av
import numpy as np
import pytest
from maskvideo.core.errors import MaskVideoError
from maskvideo.files.video import read_video, write_video


def clip(frames=5, height=48, width=64):
    video = np.full((frames, height, width, 3), (45, 80, 200), np.uint8)
    for t in range(frames):
        video[t, 16:32, 8 + 4 * t : 24 + 4 * t] = (215, 40, 40)
    return video


def write_with(path, codec, frames, pixels):
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=5)
        stream.height, stream.width, stream.pix_fmt = *frames.shape[1:3], pixels
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_what_is_written_reads_back_nearly(tmp_path, suffix):
    write_video(tmp_path / f"a{suffix}", clip())
    read = np.stack(list(read_video(tmp_path / f"a{suffix}")))
    assert read.shape == clip().shape and read.dtype == np.uint8
    assert np.abs(read.astype(int) - clip()).mean() < 4


def test_the_frame_rate_is_kept(tmp_path):
    write_video(tmp_path / "a.mp4", clip(), fps=12)
    with av.open(str(tmp_path / "a.mp4")) as container:
        assert container.streams.video[0].average_rate == 12


def test_an_odd_size_is_extended_by_one_and_keeps_its_pixels(tmp_path):
    write_video(tmp_path / "a.mp4", clip(height=47, width=63))
    read = np.stack(list(read_video(tmp_path / "a.mp4")))
    assert read.shape[1:3] == (48, 64)
    assert np.abs(read[:, :47, :63].astype(int) - clip(height=47, width=63)).mean() < 4


@pytest.mark.parametrize("name, codec, pixels", [("a.avi", "mjpeg", "yuvj420p"), ("a.mkv", "ffv1", "bgr0")])
def test_other_codecs_are_read(tmp_path, name, codec, pixels):
    write_with(tmp_path / name, codec, clip(), pixels)
    assert np.abs(np.stack(list(read_video(tmp_path / name))).astype(int) - clip()).mean() < 4


def test_frames_are_written_as_they_come_and_read_as_they_are_asked_for(tmp_path):
    write_video(tmp_path / "a.mp4", (frame for frame in clip(frames=20)))
    assert len(list(islice(read_video(tmp_path / "a.mp4"), 2))) == 2


@pytest.mark.parametrize("content", [b"", b"this is no video", bytes(range(256)) * 40])
def test_a_file_that_does_not_decode_is_named(tmp_path, content):
    (tmp_path / "bad.mp4").write_bytes(content)
    with pytest.raises(MaskVideoError, match=r"bad\.mp4 does not decode"):
        list(read_video(tmp_path / "bad.mp4"))


def test_a_file_cut_short_is_named(tmp_path):
    write_video(tmp_path / "a.mp4", clip())
    whole = (tmp_path / "a.mp4").read_bytes()
    (tmp_path / "a.mp4").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MaskVideoError, match=r"a\.mp4 does not decode"):
        list(read_video(tmp_path / "a.mp4"))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(MaskVideoError, match=r"there is no video file .*gone\.mp4"):
        list(read_video(tmp_path / "gone.mp4"))


def test_a_failure_midway_leaves_the_old_file_and_nothing_else(tmp_path):
    write_video(tmp_path / "a.mp4", clip())
    before = (tmp_path / "a.mp4").read_bytes()
    with pytest.raises(MaskVideoError, match="frames of 64x48 and 32x48 came"):
        write_video(tmp_path / "a.mp4", [*clip(), clip(width=32)[0]])
    assert (tmp_path / "a.mp4").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_no_frames_and_foreign_suffixes_are_refused(tmp_path):
    with pytest.raises(MaskVideoError, match="no frames came"):
        write_video(tmp_path / "a.mp4", [])
    with pytest.raises(MaskVideoError, match=r"not '\.gif'"):
        write_video(tmp_path / "a.gif", clip())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("fps", [12, 12.5, 24000 / 1001])
def test_the_frame_rate_may_have_a_fraction(tmp_path, fps):
    write_video(tmp_path / "a.mp4", np.zeros((3, 16, 16, 3), np.uint8), fps)
    with av.open(str(tmp_path / "a.mp4")) as container:
        assert float(container.streams.video[0].average_rate) == pytest.approx(fps, rel=1e-4)
