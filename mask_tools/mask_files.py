"""Where the pictures of a mask sequence lie: image files, one file of several pictures, a video. One at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Protocol

from ..core.errors import MaskVideoError
from ..files.images import IMAGE_SUFFIXES, count_pictures, open_picture, pictures
from ..files.picture import Picture
from ..files.seekable_video import SeekableVideo


class PictureSource(Protocol):
    """Pictures by place, from 0.

    numbers: of their frames, from file names, rising; None without. fps: frames a second, or None.
    """

    count: int
    numbers: tuple[int, ...] | None
    fps: float | None

    def picture(self, index: int) -> Picture: ...

    def name(self, index: int) -> str:
        """Which picture that is, for messages."""


class ImageFiles:
    """A picture in each file."""

    fps = None

    def __init__(self, paths: Sequence[Path], numbers: tuple[int, ...] | None = None) -> None:
        self._paths, self.numbers, self.count = tuple(paths), numbers, len(paths)

    def picture(self, index: int) -> Picture:
        return open_picture(self._paths[index])

    def name(self, index: int) -> str:
        return self._paths[index].name


class InOrder:
    """The pictures of one file, decoded in order.

    start: the pictures from a place on. Asked for the next one, the decoding goes on; for any other, it begins there.
    """

    numbers = None

    def __init__(
        self, path: Path, start: Callable[[int], Iterator[Picture]], count: int, fps: float | None = None
    ) -> None:
        self._path, self._start, self.count, self.fps = path, start, count, fps
        self._next, self._ahead = 0, iter(())

    def picture(self, index: int) -> Picture:
        if index != self._next or index == 0:
            self._ahead = self._start(index)
        self._next = index + 1
        return next(self._ahead)

    def name(self, index: int) -> str:
        return f"frame {index} of {self._path.name}"


def picture_file(path: Path) -> PictureSource:
    """The pictures of one image file or of a video. Raises MaskVideoError where there are none."""
    if not path.is_file():
        raise MaskVideoError(f"there are no masks at {path}: give a folder of tracks or masks, an image or a video")
    if path.suffix.lower() not in IMAGE_SUFFIXES:
        video = SeekableVideo(path)
        return InOrder(path, lambda start: video.pictures(start, video.count), video.count, video.fps)
    count = count_pictures(path)
    return InOrder(path, lambda start: islice(pictures(path), start, None), count) if count > 1 else ImageFiles([path])
