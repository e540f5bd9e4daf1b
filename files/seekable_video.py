"""A video file by frame number: counted once, then read from any frame on, with memory that no length changes."""

from bisect import bisect_right
from itertools import pairwise
from pathlib import Path

from ..core.errors import MaskVideoError
from .display_matrix import is_mirrored, shown_size
from .video import decode_video, is_lossy, upright, upright_picture


class SeekableVideo:
    """Frame numbers for a file that has only time stamps: every decoded frame is one frame, whatever its duration.

    Opening decodes the whole file once without keeping a picture. So the count is the decoder's own (containers lie),
    a file that does not decode is refused before any work, and variable frame rates need no special case.

    size: (H, W) in pixels of the first frame. count: frames. fps: mean frames a second, or None where the file has no
    clock. mirrored: whether the file stores its pictures mirrored; those that are read are not. Raises MaskVideoError
    where the file is missing, holds no video, does not decode or changes its size.
    """

    def __init__(self, path):
        self.path = Path(path)
        self._stamps, self._keys, self.size, self.mirrored = [], [], None, False
        for stream, frame in decode_video(self.path):
            rate, self._lossy = stream.average_rate or stream.guessed_rate, is_lossy(stream)
            self._note(frame)
        self.fps = float(rate) if rate else None
        known = None not in self._stamps
        self._seekable = known and all(a < b for a, b in pairwise(self._stamps))

    @property
    def count(self):
        return len(self._stamps)

    def read(self, start, stop):
        """Frames start..stop - 1, decoded one at a time: uint8 RGB [H, W, 3] each."""
        return map(upright, self._between(start, stop))

    def pictures(self, start, stop):
        """The same frames, each as a `Picture` in its own depth, with alpha where the video has it."""
        return (upright_picture(frame, self._lossy) for frame in self._between(start, stop))

    def _between(self, start, stop):
        for index, frame in self._from(start):
            if index >= stop:
                return
            if index >= start:
                yield frame

    def _note(self, frame):
        size = shown_size(frame)
        if self.size not in (None, size):
            raise MaskVideoError(
                f"{self.path} changes its size from {self.size[1]}x{self.size[0]} to {size[1]}x{size[0]} at frame "
                f"{len(self._stamps)}: give a video of one size"
            )
        self.size, self.mirrored = size, is_mirrored(frame)
        if frame.key_frame:
            self._keys.append(len(self._stamps))
        self._stamps.append(frame.pts)

    def _from(self, start):
        """(index, frame) from the last key frame at or before `start`; from frame 0 where seeking misses it."""
        before = bisect_right(self._keys, start) - 1
        key = self._keys[before] if self._seekable and before >= 0 else 0
        if key:
            frames = (frame for _, frame in decode_video(self.path, self._stamps[key]))
            first = next(frames, None)
            if first is not None and first.pts in self._stamps[: start + 1]:
                yield (index := self._stamps.index(first.pts)), first
                yield from enumerate(frames, index + 1)
                return
        yield from enumerate(frame for _, frame in decode_video(self.path))
