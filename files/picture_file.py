"""An image file with several pictures by frame number, as `SeekableVideo` has a video: WebP, APNG, GIF, TIFF."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from ..core.errors import MaskVideoError
from .images import pictures
from .picture import Picture


class PictureFile:
    """Frame numbers for an animation or the pages of a file. Every picture is one frame, however long it is shown.

    Opening decodes the whole file once without keeping a picture.
    size: (H, W) in pixels. count: frames. fps: mean frames a second, None where the file has no clock (TIFF).
    Raises MaskVideoError where the file is missing, does not decode or changes its size.
    """

    def __init__(self, path: str | Path) -> None:
        self.path, self.count, self.size = Path(path), 0, None
        seconds = [self._note(picture) for picture in pictures(path)]
        self.fps = len(seconds) / sum(seconds) if all(seconds) else None

    def read(self, start: int, stop: int) -> Iterator[np.ndarray]:
        """Frames start..stop - 1, decoded one at a time: uint8 RGB [H, W, 3] each."""
        return (picture.rgb() for picture in self.pictures(start, stop))

    def pictures(self, start: int, stop: int) -> Iterator[Picture]:
        """The same frames in their own depth."""
        return islice(pictures(self.path, start), max(0, stop - start))

    def _note(self, picture: Picture) -> float | None:
        if self.size not in (None, picture.size):
            (tall, wide), (rows, columns) = self.size, picture.size
            raise MaskVideoError(
                f"{self.path} changes its size from {wide}x{tall} to {columns}x{rows} at picture {self.count}: give "
                "a file of one size"
            )
        self.size = picture.size
        self.count += 1
        return picture.seconds
