"""Video files through PyAV: any that decodes is read, one frame at a time; H.264 is written."""

from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import numpy as np

from ..core.errors import MaskVideoError
from .atomic import atomic_path
from .display_matrix import as_shown

CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}


def read_video(path):
    """The frames of a video file, decoded one at a time, so that memory does not grow with its length.

    Yields uint8 RGB [H, W, 3]. Raises MaskVideoError, at the first frame asked for, where the file is missing, holds
    no video or does not decode.
    """
    for _, frame in decode_video(path):
        yield upright(frame)


def decode_video(path, seek_to=None):
    """(stream, frame) for each frame of a video file, as PyAV has them: not yet pictures.

    seek_to: begins at the key frame at or before this time stamp. Raises as `read_video` says.
    """
    if not Path(path).is_file():
        raise MaskVideoError(f"there is no video file {path}: give an existing file that FFmpeg can decode")
    count = 0
    try:
        with av.open(str(path)) as container:
            stream = _video_stream(container, path)
            if seek_to is not None:
                container.seek(seek_to, stream=stream)
            for frame in container.decode(stream):
                count += 1
                yield stream, frame
    except av.error.FFmpegError as error:
        raise MaskVideoError(
            f"{path} does not decode after {count} frames ({error.strerror}): give a whole video file, such as .mp4"
        ) from error
    if not count and seek_to is None:
        raise MaskVideoError(f"{path} holds no frames: give a video with at least one")


def upright(frame):
    """A decoded frame as players show it, uint8 RGB [H, W, 3]: phones store it lying, selfie cameras mirrored."""
    return np.ascontiguousarray(as_shown(frame.to_ndarray(format="rgb24"), frame))


def write_video(path, frames, fps=8):
    """Write frames as H.264 (yuv420p, near lossless), or MPEG-4 where FFmpeg lacks that encoder; all or nothing.

    frames: iterable of uint8 RGB [H, W, 3] of one size; an odd side is extended by one repeated row or column, which
    4:2:0 colour needs. fps: frames per second. Raises MaskVideoError on no frames, unlike sizes or a foreign suffix.
    """
    path, frames = Path(path), iter(frames)
    if path.suffix.lower() not in CONTAINERS:
        raise MaskVideoError(f"video files end in {', '.join(CONTAINERS)}, not {path.suffix!r}: {path}")
    first = next(frames, None)
    if first is None:
        raise MaskVideoError(f"no frames came for {path}: give at least one")
    kind = CONTAINERS[path.suffix.lower()]
    with atomic_path(path) as temporary, av.open(str(temporary), "w", format=kind) as container:
        stream = _add_stream(container, first.shape, fps)
        for frame in chain([first], frames):
            _check_same_size(frame, first)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(_even(frame), format="rgb24")))
        container.mux(stream.encode())


def _video_stream(container, path):
    if not container.streams.video:
        raise MaskVideoError(f"{path} has no video stream: give a video file, not sound alone")
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    return stream


def _add_stream(container, shape, fps):
    fps = Fraction(fps).limit_denominator(65535)  # PyAV takes no float; 23.976 is 24000/1001
    if "libx264" in av.codecs_available:
        stream = container.add_stream("libx264", rate=fps, options={"crf": "12"})
    else:
        stream = container.add_stream("mpeg4", rate=fps, options={"qscale": "2", "qmin": "2", "qmax": "2"})
    height, width = shape[0] + shape[0] % 2, shape[1] + shape[1] % 2
    stream.height, stream.width, stream.pix_fmt = height, width, "yuv420p"
    return stream


def _even(frame):
    return np.ascontiguousarray(np.pad(frame, ((0, frame.shape[0] % 2), (0, frame.shape[1] % 2), (0, 0)), mode="edge"))


def _check_same_size(frame, first):
    if frame.shape != first.shape:
        raise MaskVideoError(f"a video has one size, but frames of {_size(first)} and {_size(frame)} came: resize them")


def _size(frame):
    return f"{frame.shape[1]}x{frame.shape[0]}"
