"""Where the pictures of a mask sequence lie: image files, one file of several pictures, a video. One at a time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from ..core.errors import MaskVideoError
from ..files.image_folder import check_one_each
from ..files.images import IMAGE_SUFFIXES, count_pictures, open_picture
from ..files.picture import Picture
from ..files.picture_file import PictureFile
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
        check_one_each(paths)
        self._paths, self.numbers, self.count = tuple(paths), numbers, len(paths)

    def picture(self, index: int) -> Picture:
        return open_picture(self._paths[index])

    def name(self, index: int) -> str:
        return self._paths[index].name


class InOrder:
    """The pictures of one file. Asked for the next one, the decoding goes on; for any other, it begins there."""

    numbers = None

    def __init__(self, file: SeekableVideo | PictureFile) -> None:
        self._file, self.count, self.fps = file, file.count, file.fps
        self._next, self._ahead = 0, None

    def picture(self, index: int) -> Picture:
        if self._ahead is None or index != self._next:
            self._ahead = self._file.pictures(index, self.count)
        self._next = index + 1
        return next(self._ahead)

    def name(self, index: int) -> str:
        return f"frame {index} of {self._file.path.name}"


def picture_file(path: Path) -> PictureSource:
    """The pictures of one image file or of a video. Raises MaskVideoError where there are none."""
    if not path.is_file():
        raise MaskVideoError(f"there are no masks at {path}: give a folder of tracks or masks, an image or a video")
    is_image = path.suffix.lower() in IMAGE_SUFFIXES
    if is_image and count_pictures(path) == 1:
        return ImageFiles([path])
    return InOrder(PictureFile(path) if is_image else SeekableVideo(path))
