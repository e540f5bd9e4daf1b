import av
import numpy as np
import pytest
from maskvideo.files.display_matrix import as_shown, shown_size
from maskvideo.files.seekable_video import SeekableVideo
from maskvideo.files.video import read_video, write_video

from .orientation_base import ORIENTATIONS, STORED, quartered, quarters, write_oriented

SEEN = [(name, quarters_seen) for name, (_, quarters_seen) in ORIENTATIONS.items()]


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
@pytest.mark.parametrize("name, seen", SEEN)
def test_a_clip_is_read_as_players_show_it(tmp_path, name, seen, suffix):
    path = tmp_path / f"clip{suffix}"
    write_oriented(path, [quartered()] * 3, name)
    size = (96, 64) if "left" in name or "right" in name else (64, 96)
    frames = list(read_video(path))
    assert [(frame.shape, quarters(frame)) for frame in frames] == [((*size, 3), seen)] * 3
    assert all(frame.flags.c_contiguous for frame in frames)


@pytest.mark.parametrize("name, seen", SEEN)
def test_a_clip_read_from_its_middle_has_the_size_and_the_picture_that_players_show(tmp_path, name, seen):
    write_oriented(tmp_path / "clip.mp4", [quartered()] * 30, name)
    video = SeekableVideo(tmp_path / "clip.mp4")
    frame = next(video.read(20, 21))
    assert (video.count, video.size) == (30, frame.shape[:2])
    assert quarters(frame) == seen
    (a, b, c, d), _ = ORIENTATIONS[name]
    assert video.mirrored == (a * d - b * c < 0)


@pytest.mark.parametrize("name", ORIENTATIONS)
def test_each_pixel_lands_where_the_matrix_sends_it(tmp_path, name):
    write_oriented(tmp_path / "clip.mp4", [quartered()], name)
    a, b, c, d = ORIENTATIONS[name][0]
    with av.open(str(tmp_path / "clip.mp4")) as container:
        frame = next(container.decode(video=0))
    stored = np.arange(4 * 6).reshape(4, 6)
    where = {(a * x + c * y, b * x + d * y): stored[y, x] for y in range(4) for x in range(6)}
    rows = sorted({y for _, y in where})
    expected = [[where[x, y] for x in sorted({x for x, _ in where})] for y in rows]
    assert as_shown(stored, frame).tolist() == expected
    assert (shown_size(frame) == (64, 96)) == (len(rows) == 4)


def test_pictures_without_a_matrix_stay_as_they_are_stored(tmp_path):
    write_video(tmp_path / "clip.mkv", [quartered()])
    assert quarters(next(read_video(tmp_path / "clip.mkv"))) == STORED
