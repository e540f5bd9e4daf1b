"""The frames of a clip from wherever they lie: a video file, a folder of images, an array. One at a time, both ways."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import torch

from ..core.errors import MaskVideoError
from ..files.frame_layout import to_uint8
from ..files.image_folder import check_one_each, image_sequence
from ..files.images import IMAGE_SUFFIXES, count_pictures, read_image
from ..files.numbered_files import FileSequence
from ..files.picture_file import PictureFile
from ..files.seekable_video import SeekableVideo

CHUNK_BYTES = 256 * 2**20  # of a video read backwards: a group of pictures is decoded a few times, not once a frame


class FrameSource(Protocol):
    """A clip by frame number. Frames are uint8 RGB [H, W, 3] of one size; only those asked for are in memory.

    size: (H, W) in pixels. count: frames, at least 1. fps: frames a second, None where the source has no clock.
    numbers: the frames' own, from file names, rising; None where they have none.
    """

    size: tuple[int, int]
    count: int
    fps: float | None
    numbers: tuple[int, ...] | None

    def __iter__(self) -> Iterator[np.ndarray]: ...

    def iterate(self, start: int, stop: int, step: int = 1) -> Iterator[np.ndarray]:
        """The frames of range(start, stop, step), step 1 or -1; iterate(k, -1, -1) goes from k back to 0."""

    def frame(self, index: int) -> np.ndarray: ...


def open_frames(source, fps: float | None = None) -> FrameSource:
    """Open a clip: a video file, a folder of images (natural order), an image file, or frames in memory.

    An image file with several pictures (an animation, pages) is a clip of them, also where it is alone in its folder.

    source: path; or uint8 array [T, H, W, 3]; or float tensor [1, 3, T, H, W], 0..1 (the core layout).
    fps: for sources without a clock (folders, arrays); a video or an animation brings its own.
    Raises MaskVideoError where there is nothing, or frames differ in size.
    """
    if isinstance(source, torch.Tensor):
        _check_tensor(source)
        return ArrayFrames(to_uint8(source), fps)
    if isinstance(source, np.ndarray):
        return ArrayFrames(source, fps)
    path = Path(source)
    if path.is_dir():
        sequence = _images_in(path)
        if len(sequence.paths) == 1:
            return _open_image(sequence.paths[0], fps)
        return ImageFrames(sequence.paths, fps, sequence.numbers)
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return _open_image(path, fps)
    return FileFrames(SeekableVideo(path))


class _Numbered:
    """What every source shares: walking by frame number, in either direction, checked before the first frame."""

    numbers = None

    def __iter__(self) -> Iterator[np.ndarray]:
        return self.iterate(0, self.count)

    def iterate(self, start: int, stop: int, step: int = 1) -> Iterator[np.ndarray]:
        if step not in (1, -1):
            raise MaskVideoError(f"frames are walked one at a time, step 1 or -1, not {step}")
        wanted = range(start, stop, step)
        for index in (wanted[0], wanted[-1]) if wanted else ():
            self._check(index)
        return self._walk(wanted)

    def _walk(self, wanted: range) -> Iterator[np.ndarray]:
        return (self.frame(index) for index in wanted)

    def _check(self, index: int) -> None:
        if not 0 <= index < self.count:
            nearest = min(max(index, 0), self.count - 1)
            raise MaskVideoError(f"the clip has frames 0 to {self.count - 1}, not {index}: the nearest is {nearest}")


class ArrayFrames(_Numbered):
    """Frames in memory: uint8 RGB [T, H, W, 3]."""

    def __init__(self, frames: np.ndarray, fps: float | None = None) -> None:
        if frames.ndim != 4 or frames.shape[-1] != 3 or frames.dtype != np.uint8 or not frames.size:
            raise MaskVideoError(
                f"frames in memory are uint8 RGB [T, H, W, 3] with T at least 1, not {frames.dtype} "
                f"{list(frames.shape)}: convert them"
            )
        self._frames, self.fps = frames, fps
        self.count, self.size = len(frames), tuple(frames.shape[1:3])

    def frame(self, index: int) -> np.ndarray:
        self._check(index)
        return self._frames[index]


class ImageFrames(_Numbered):
    """One image file for each frame, all of the first one's size."""

    def __init__(self, paths: Sequence[Path], fps: float | None = None, numbers: tuple[int, ...] | None = None) -> None:
        self._paths, self.fps, self.count, self.numbers = paths, fps, len(paths), numbers
        check_one_each(paths)
        self.size = read_image(paths[0]).shape[:2]

    def frame(self, index: int) -> np.ndarray:
        self._check(index)
        image = read_image(self._paths[index])
        if image.shape[:2] != self.size:
            raise MaskVideoError(
                f"frames differ in size: {self._paths[0].name} is {_wide(self.size)}, {self._paths[index].name} is "
                f"{_wide(image.shape)}: make all {_wide(self.size)}"
            )
        return image


class FileFrames(_Numbered):
    """A video or an animation. Walking is one decoding pass; backwards it decodes in chunks, each from the key frame
    before, which is an animation's first.

    mirrored: as `SeekableVideo` says; an animation is not.
    """

    def __init__(self, clip: SeekableVideo | PictureFile, fps: float | None = None) -> None:
        self._video = clip
        self.size, self.count, self.fps = clip.size, clip.count, clip.fps or fps
        self.mirrored = isinstance(clip, SeekableVideo) and clip.mirrored
        self._next, self._ahead = 0, None  # asked for 5, then 6, then 7: one pass, not three

    def frame(self, index: int) -> np.ndarray:
        self._check(index)
        if self._ahead is None or index != self._next:
            self._ahead = self._video.read(index, self.count)
        self._next = index + 1
        return next(self._ahead)

    def _walk(self, wanted: range) -> Iterator[np.ndarray]:
        if wanted.step > 0:
            yield from self._video.read(wanted.start, wanted.stop)
            return
        chunk = max(1, CHUNK_BYTES // (3 * self.size[0] * self.size[1]))
        for last in range(wanted.start, wanted.stop, -chunk):
            first = max(last - chunk + 1, wanted.stop + 1)
            yield from reversed(list(self._video.read(first, last + 1)))


class ChosenFrames(_Numbered):
    """Some frames of another source. indices: which, rising."""

    def __init__(self, source: FrameSource, indices: Sequence[int]) -> None:
        self._source, self._indices = source, tuple(indices)
        self.size, self.count, self.fps = source.size, len(self._indices), source.fps
        self.numbers = source.numbers and tuple(source.numbers[index] for index in self._indices)

    def frame(self, index: int) -> np.ndarray:
        self._check(index)
        return self._source.frame(self._indices[index])


def _open_image(path: Path, fps: float | None) -> FrameSource:
    return FileFrames(PictureFile(path), fps) if count_pictures(path) > 1 else ImageFrames([path], fps)


def _check_tensor(frames: torch.Tensor) -> None:
    if frames.ndim != 5 or frames.shape[:2] != (1, 3):
        raise MaskVideoError(f"frames as a tensor are [1, 3, T, H, W], 0..1, not {list(frames.shape)}: reorder them")


def _images_in(folder: Path) -> FileSequence:
    sequence = image_sequence(folder)
    if sequence is None:
        raise MaskVideoError(f"no frames in {folder}: it needs images ({', '.join(IMAGE_SUFFIXES)}), one per frame")
    return sequence


def _wide(size) -> str:
    return f"{size[1]}x{size[0]}"
