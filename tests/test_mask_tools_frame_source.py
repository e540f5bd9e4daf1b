"""The same clip reads the same from a video, a folder and memory, forwards, backwards and by number."""

import tracemalloc
from fractions import Fraction

import av
import numpy as np
import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.files.images import write_image
from maskvideo.files.video import read_video, write_video
from maskvideo.mask_tools import frame_source
from maskvideo.mask_tools.frame_source import open_frames
from PIL import Image

from .picture_files import pages, photo, save_pages, with_orientation


def clip(count=12, size=(32, 48)):
    """Frames that differ, each by its own brightness."""
    ramp = np.linspace(0, 60, size[1], dtype=np.uint8)
    return np.stack([np.full((*size, 3), 4 * index, np.uint8) + ramp[None, :, None] for index in range(count)])


def save_variable_rate(path, frames, stamps):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=30, options={"g": "4"})
        stream.height, stream.width, stream.pix_fmt = *frames.shape[1:3], "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for pixels, stamp in zip(frames, stamps, strict=True):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = stamp, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def sources(tmp_path):
    frames = clip()
    (tmp_path / "images").mkdir()
    for index, frame in enumerate(frames):
        write_image(tmp_path / "images" / f"{index}.png", frame)
    tensor = torch.from_numpy(frames).permute(3, 0, 1, 2)[None] / 255
    return frames, [open_frames(frames), open_frames(tmp_path / "images"), open_frames(tensor)]


def test_a_folder_an_array_and_a_tensor_give_the_same_frames(tmp_path):
    frames, found = sources(tmp_path)
    for source in found:
        assert source.size == (32, 48) and source.count == 12 and source.fps is None
        assert np.array_equal(np.stack(list(source)), frames)
        assert np.array_equal(np.stack(list(source.iterate(7, -1, -1))), frames[7::-1])
        assert np.array_equal(source.frame(5), frames[5])


def test_a_video_reads_by_number_and_backwards_as_it_reads_forwards(tmp_path):
    write_video(tmp_path / "clip.mp4", clip(40), fps=24)
    source = open_frames(tmp_path / "clip.mp4")
    forwards = np.stack(list(read_video(tmp_path / "clip.mp4")))
    assert source.count == 40 and source.size == (32, 48) and source.fps == 24
    assert np.array_equal(np.stack(list(source)), forwards)
    assert np.array_equal(np.stack(list(source.iterate(30, 9, -1))), forwards[30:9:-1])
    for index in (39, 3, 4, 5, 0):
        assert np.array_equal(source.frame(index), forwards[index])


def test_reading_backwards_holds_a_chunk_and_not_the_clip(tmp_path, monkeypatch):
    monkeypatch.setattr(frame_source, "CHUNK_BYTES", 5 * 32 * 48 * 3)
    write_video(tmp_path / "clip.mp4", clip(23))
    source = open_frames(tmp_path / "clip.mp4")
    asked = []
    read = source._video.read
    source._video.read = lambda start, stop: asked.append(stop - start) or read(start, stop)
    backwards = np.stack(list(source.iterate(22, -1, -1)))
    assert max(asked) == 5 and sum(asked) == 23
    assert np.array_equal(backwards[::-1], np.stack(list(source)))


def test_a_variable_frame_rate_gives_every_decoded_frame_once(tmp_path):
    stamps = [0, 10, 300, 310, 320, 900, 905, 1500, 2500, 2501, 2600, 4000]
    save_variable_rate(tmp_path / "vfr.mkv", clip(), stamps)
    source = open_frames(tmp_path / "vfr.mkv")
    forwards = np.stack(list(source))
    assert source.count == len(forwards) == 12
    assert all(np.array_equal(source.frame(index), forwards[index]) for index in (11, 8, 2))
    assert np.array_equal(np.stack(list(source.iterate(11, -1, -1))), forwards[::-1])


@pytest.mark.skipif("libsvtav1" not in av.codecs_available, reason="this FFmpeg writes no AV1")
def test_av1_reads_by_number(tmp_path):
    with av.open(str(tmp_path / "clip.mp4"), "w") as container:
        stream = container.add_stream("libsvtav1", rate=24)
        stream.height, stream.width, stream.pix_fmt = 64, 96, "yuv420p"
        for frame in clip(10, (64, 96)):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    source = open_frames(tmp_path / "clip.mp4")
    assert source.count == 10
    assert np.array_equal(source.frame(7), list(source)[7])


def test_one_image_is_a_clip_of_one_frame(tmp_path):
    write_image(tmp_path / "one.png", clip()[3])
    source = open_frames(tmp_path / "one.png", fps=12)
    assert source.count == 1 and source.fps == 12 and np.array_equal(source.frame(0), clip()[3])


def test_frames_outside_the_clip_are_refused_with_the_nearest():
    source = open_frames(clip())
    with pytest.raises(MaskVideoError, match="frames 0 to 11, not 12: the nearest is 11"):
        source.frame(12)
    with pytest.raises(MaskVideoError, match="not -1: the nearest is 0"):
        source.iterate(3, -2, -1)
    with pytest.raises(MaskVideoError, match="step 1 or -1, not 2"):
        source.iterate(0, 4, 2)


def test_a_cut_video_and_an_empty_folder_are_refused_when_they_are_opened(tmp_path):
    write_video(tmp_path / "whole.mp4", clip(30))
    (tmp_path / "cut.mp4").write_bytes((tmp_path / "whole.mp4").read_bytes()[:600])
    with pytest.raises(MaskVideoError, match="does not decode"):
        open_frames(tmp_path / "cut.mp4")
    (tmp_path / "empty").mkdir()
    with pytest.raises(MaskVideoError, match="no frames in"):
        open_frames(tmp_path / "empty")
    with pytest.raises(MaskVideoError, match="there is no video file"):
        open_frames(tmp_path / "absent.mp4")


def test_unlike_sizes_and_foreign_arrays_are_refused(tmp_path):
    write_image(tmp_path / "0.png", clip()[0])
    write_image(tmp_path / "1.png", clip(size=(16, 48))[0])
    with pytest.raises(MaskVideoError, match=r"0\.png is 48x32, 1\.png is 48x16: make all 48x32"):
        list(open_frames(tmp_path))
    with pytest.raises(MaskVideoError, match=r"uint8 RGB \[T, H, W, 3\]"):
        open_frames(np.zeros((2, 4, 4), np.float32))
    with pytest.raises(MaskVideoError, match=r"\[1, 3, T, H, W\]"):
        open_frames(torch.zeros(2, 3, 4, 4))


@pytest.mark.parametrize("name", ["a.webp", "a.apng", "a.gif", "a.tif"])
def test_an_image_file_with_several_pictures_is_a_clip(tmp_path, name):
    made = pages(7)
    options = {"lossless": True} if name == "a.webp" else {}
    path = save_pages(tmp_path / name, made, **options | ({} if name == "a.tif" else {"duration": 40}))
    source = open_frames(path)
    assert source.count == 7 and source.size == made.shape[1:3]
    assert source.fps is None if name == "a.tif" else source.fps == pytest.approx(25)
    forwards = np.stack(list(source))
    assert np.abs(forwards.astype(int) - made).mean() < (4 if name == "a.gif" else 1e-9)
    assert np.array_equal(np.stack(list(source.iterate(6, -1, -1))), forwards[::-1])
    assert all(np.array_equal(source.frame(index), forwards[index]) for index in (6, 2, 3, 0))
    assert open_frames(tmp_path).count == 7  # alone in its folder


def test_an_animation_among_images_is_refused_by_name(tmp_path):
    save_pages(tmp_path / "b.webp", pages(3), lossless=True)
    write_image(tmp_path / "a.png", pages(1)[0])
    with pytest.raises(MaskVideoError, match=r"b\.webp holds 3 pictures and is one of 2 images in its folder"):
        open_frames(tmp_path)


def test_pages_of_several_sizes_are_no_clip(tmp_path):
    made = [Image.fromarray(one) for one in pages(2)]
    made[0].save(tmp_path / "a.tif", save_all=True, append_images=[made[1].resize((9, 6))])
    with pytest.raises(MaskVideoError, match=r"a\.tif changes its size from 18x12 to 9x6 at picture 1"):
        open_frames(tmp_path / "a.tif")


def test_an_animation_is_read_with_a_few_pictures_in_memory(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (1, 200, 300, 3), dtype=np.uint8)
    save_pages(tmp_path / "a.webp", [np.roll(noise[0], step, 1) for step in range(60)], quality=20)
    source = open_frames(tmp_path / "a.webp")
    tracemalloc.start()
    assert sum(1 for _ in source) == 60
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * noise.nbytes  # the file itself, and no third of its pictures


def test_photos_of_a_phone_are_frames_upright(tmp_path):
    for index in range(3):
        with_orientation(tmp_path / f"IMG_{index}.jpg", photo(size=(24, 36)), 6, quality=95)
    source = open_frames(tmp_path)
    assert source.size == (36, 24) and source.frame(2).shape == (36, 24, 3)
