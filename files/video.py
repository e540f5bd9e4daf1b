"""Video files through PyAV: any that decodes is read, one frame at a time; H.264 is written."""

from dataclasses import replace
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import numpy as np

from ..core.errors import MaskVideoError
from .atomic import atomic_path
from .display_matrix import as_shown
from .frame_picture import frame_picture

ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
ATTACHED_PICTURE = 1024
"""FFmpeg's AV_DISPOSITION_ATTACHED_PIC."""
ANY_TITLE = {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}
"""Players write titles in any encoding, and PyAV wants UTF-8 unless it is told; from 19 on it takes any."""
TILED_PHOTOS = (".heic", ".heif", ".hif")
VIDEO_SUFFIXES = (
    ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".mts", ".m2ts", ".mxf", ".wmv", ".flv",
    ".ogv", ".3gp",
)  # fmt: skip
"""What is looked for as a video, by its name. A file that is named is read whatever it is called."""
CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
"""What is written, by its suffix."""


def read_video(path):
    """The frames of a video file, decoded one at a time, so that memory does not grow with its length.

    Yields uint8 RGB [H, W, 3]. Raises MaskVideoError, at the first frame asked for, where the file is missing, holds
    no video or does not decode.
    """
    for _, frame in decode_video(path):
        yield upright(frame)


def video_pictures(path):
    """The frames of a video file as pictures, each a `Picture` in its own depth, with alpha where the video has it.

    One at a time, upright. Raises as `read_video` does.
    """
    for stream, frame in decode_video(path):
        yield upright_picture(frame, is_lossy(stream))


def decode_video(path, seek_to=None):
    """(stream, frame) for each frame of a video file, as PyAV has them: not yet pictures.

    seek_to: begins at the key frame at or before this time stamp. Raises as `read_video` says.
    """
    if not Path(path).is_file():
        raise MaskVideoError(f"there is no video file {path}: give an existing file that FFmpeg can decode")
    if Path(path).suffix.lower() in TILED_PHOTOS:
        raise MaskVideoError(f"{path} is a HEIC photo, of which FFmpeg reads one tile: save it as JPEG or PNG")
    count = 0
    try:
        # "file:", since FFmpeg takes "a:b.mp4" for a protocol
        with av.open(f"file:{path}", **ANY_TITLE) as container:
            stream = _video_stream(container, path)
            if seek_to is not None:
                container.seek(seek_to, stream=stream)
            for frame in _decode(container, stream):
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


def upright_picture(frame, lossy):
    """A decoded frame as players show it, as a `Picture` in its own depth."""
    stored = frame_picture(frame, lossy)
    return replace(stored, values=np.ascontiguousarray(as_shown(stored.values, frame)))


def is_lossy(stream):
    """Whether its coder may change values; H.264 can do both, and a file does not say which."""
    return stream.codec.lossy or not stream.codec.lossless


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
    """The stream that players show: by its disposition and frames, not the first one. A cover picture is none."""
    shown = [stream for stream in container.streams.video if not _is_cover(stream)]
    if not shown:
        cover = ", only a cover picture" if container.streams.video else ""
        raise MaskVideoError(f"{path} has no video stream{cover}: give a video file, not sound alone")
    best = container.streams.best("video")
    stream = best if best in shown else shown[0]
    stream.thread_type = "AUTO"
    return stream


def _is_cover(stream):
    """Older PyAV does not tell."""
    return bool(getattr(stream, "disposition", 0) & ATTACHED_PICTURE)


def _decode(container, stream):
    """The frames of a stream. FFmpeg's own decoders of VP8 and VP9 leave alpha out; libvpx's read it."""
    name = ALPHA_DECODERS.get(stream.codec_context.name)
    if stream.metadata.get("alpha_mode") != "1" or name not in av.codecs_available:
        yield from container.decode(stream)
        return
    decoder = av.CodecContext.create(name, "r")
    decoder.extradata = stream.codec_context.extradata
    for packet in container.demux(stream):
        yield from decoder.decode(packet)


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
