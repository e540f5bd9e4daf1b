"""Frame numbers of a video file: reading from any frame on gives what reading from the start gives."""

import av
import numpy as np
import pytest
from maskvideo.core.errors import MaskVideoError
from maskvideo.files.seekable_video import SeekableVideo


def write_with_key_frames(path, count=30, every=6, size=(32, 48)):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10, options={"g": str(every)})
        stream.height, stream.width, stream.pix_fmt = *size, "yuv420p"
        for index in range(count):
            frame = np.full((*size, 3), 8 * index, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())


@pytest.mark.parametrize("start", [0, 1, 5, 6, 7, 17, 29])
def test_reading_from_any_frame_starts_at_that_frame(tmp_path, start):
    write_with_key_frames(tmp_path / "clip.mp4")
    video = SeekableVideo(tmp_path / "clip.mp4")
    whole = list(video.read(0, 30))
    part = list(video.read(start, min(30, start + 3)))
    assert video.count == 30 and len(part) == min(3, 30 - start)
    assert all(np.array_equal(a, b) for a, b in zip(part, whole[start:], strict=False))


def test_a_seek_decodes_from_the_key_frame_and_not_from_the_start(tmp_path):
    write_with_key_frames(tmp_path / "clip.mp4")
    video = SeekableVideo(tmp_path / "clip.mp4")
    first, _ = next(video._from(20))
    assert first == max(key for key in video._keys if key <= 20) > 0


def test_sound_alone_is_no_video(tmp_path):
    with av.open(str(tmp_path / "sound.wav"), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
    with pytest.raises(MaskVideoError, match="no video stream"):
        SeekableVideo(tmp_path / "sound.wav")
