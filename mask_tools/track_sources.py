"""Tracks from whatever a user has: a folder of tracks, label images, mattes, a sequence an object, a video."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from ..core.errors import MaskVideoError
from ..files.numbered_files import missing_text
from ..files.picture import Picture
from .mask_files import PictureSource, picture_file
from .mask_folder import find_masks
from .mask_plane import Reading
from .mask_reading import read_values
from .retime import MOST_FRAMES, at_positions
from .sequence import Derived, PerMask, check_frames
from .tracks import Colour, track_colour
from .tracks_file import JSON_NAME, StoredTracks


@dataclass(frozen=True)
class SourceTracks(Derived):
    """Tracks as they were read.

    reading: what was read, such as "values 16 and 235: matte; every 5th from 0 to 15". numbers: of the frames, from the
    file names, rising; None where the names have none.
    """

    reading: str
    numbers: tuple[int, ...] | None = None

    @property
    def gaps(self) -> str:
        """Which numbers are missing, in words; "" for none."""
        return missing_text(self.numbers or ())

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Errors within say what was read, too."""
        try:
            yield
        except MaskVideoError as error:
            raise MaskVideoError(f"{error} (read: {self.reading})") from error


def open_tracks(path: str | Path, invert: bool = False, channel: str = "auto", fill_gaps: bool = False) -> SourceTracks:
    """Tracks, read a few frames at a time.

    path: a folder of tracks (or its tracks.json); a folder of mask or label images, in the order of their numbers; one
    with a sequence of files, or a folder, for each object; a file of one or several images; a video.
    invert: the object is what would be ground; for one object only. channel: where in the pictures the masks are, one
    of `mask_plane.CHANNELS`. fill_gaps: new shapes in between where numbers are missing.
    What the values mean is judged by `read_values`. Raises MaskVideoError where there is nothing, sizes differ, a file
    does not fit, or a folder holds several sequences that are not the masks of objects.
    """
    opened = _open(Path(path), channel)
    if fill_gaps and opened.numbers:
        opened = _filled(opened)
    if not invert:
        return opened
    if len(opened.names) > 1:
        raise MaskVideoError(
            f"{path} holds {len(opened.names)} objects, which cannot all be inverted: invert works on plain masks"
        )
    return replace(opened, base=PerMask(opened.base, _inverted, (0,)), reading=f"{opened.reading}; inverted")


@dataclass(frozen=True)
class ReadTracks:
    """The objects that a reading finds in the pictures of a source."""

    source: PictureSource
    reading: Reading
    size: tuple[int, int]

    @property
    def names(self) -> tuple[str, ...]:
        return self.reading.names

    @property
    def colours(self) -> tuple[Colour, ...]:
        return self.reading.colours

    @property
    def count(self) -> int:
        return self.source.count

    @property
    def fps(self) -> float | None:
        return self.source.fps

    def batch(self, frames: Sequence[int]) -> np.ndarray:
        """uint8 [K, N, H, W] of 0 and 1."""
        ordered = sorted(set(frames))  # a video is read forwards
        labels = {frame: self.reading.labels_of(self.source.picture(frame)) for frame in ordered}
        objects = np.arange(1, len(self.names) + 1, dtype=np.uint8)[:, None, None]
        return np.stack([labels[frame] == objects for frame in frames]).astype(np.uint8)


@dataclass(frozen=True)
class ObjectSources:
    """An object for each source: wherever its pictures show one. places: of each frame in each source, or None."""

    members: Mapping[str, ReadTracks]
    places: tuple[tuple[int | None, ...], ...]
    size: tuple[int, int]
    fps: float | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.members)

    @property
    def colours(self) -> tuple[Colour, ...]:
        return tuple(map(track_colour, range(len(self.members))))

    @property
    def count(self) -> int:
        return len(self.places[0])

    def batch(self, frames: Sequence[int]) -> np.ndarray:
        """uint8 [K, N, H, W] of 0 and 1."""
        masks = np.zeros((len(frames), len(self.members), *self.size), np.uint8)
        for which, (member, places) in enumerate(zip(self.members.values(), self.places, strict=True)):
            for index, frame in enumerate(frames):
                if places[frame] is not None:
                    masks[index, which] = member.batch([places[frame]])[0].max(axis=0)
        return masks


def _open(path: Path, channel: str) -> SourceTracks:
    if path.name == JSON_NAME and path.is_file():
        path = path.parent
    if (path / JSON_NAME).is_file():
        return SourceTracks(StoredTracks(path), "tracks of MaskVideo")
    if not path.is_dir():
        return _read({"": picture_file(path)}, str(path), channel)
    found = find_masks(path)
    opened = _read(found.sources, f"{path} ({found.described})", channel)
    return replace(opened, reading="; ".join(filter(None, (opened.reading, found.note))))


def _read(sources: Mapping[str, PictureSource], where: str, channel: str) -> SourceTracks:
    """Every picture is looked at once: what the values mean, and whether the sizes agree."""
    sizes: dict[tuple[int, int], str] = {}
    reading = read_values(_looked_at(sources, sizes), where, channel)
    size = next(iter(sizes))
    read = {name: ReadTracks(source, reading, size) for name, source in sources.items()}
    if "" in read:
        opened = SourceTracks(read[""], reading.text, sources[""].numbers)
        return replace(opened, reading="; ".join(filter(None, (reading.text, opened.gaps))))
    return _objects(read, sources, reading)


def _looked_at(sources: Mapping[str, PictureSource], sizes: dict) -> Iterator[Picture]:
    for source in sources.values():
        for index in range(source.count):
            picture = source.picture(index)
            sizes.setdefault(picture.values.shape[:2], source.name(index))
            if len(sizes) > 1:
                (first, name), (other, here) = sizes.items()
                raise MaskVideoError(
                    f"masks differ in size: {name} is {_wide(first)}, {here} is {_wide(other)}: make all {_wide(first)}"
                )
            yield picture


def _objects(read: Mapping[str, ReadTracks], sources: Mapping[str, PictureSource], reading: Reading) -> SourceTracks:
    """Sources side by side, by number; where an object has no file, it is not there."""
    by_name = {name: source.numbers or tuple(range(source.count)) for name, source in sources.items()}
    numbers = tuple(sorted(set().union(*by_name.values())))
    places = tuple(
        tuple({number: place for place, number in enumerate(own)}.get(number) for number in numbers)
        for own in by_name.values()
    )
    absent = [f"{name} in {len(own)} of {len(numbers)} frames" for name, own in by_name.items() if own != numbers]
    text = "; ".join(filter(None, (f"{reading.text.split(':')[0]}, a sequence each: {', '.join(read)}", *absent)))
    size = next(iter(read.values())).size
    return SourceTracks(ObjectSources(read, places, size), text, numbers)


def _filled(opened: SourceTracks) -> SourceTracks:
    first, last = opened.numbers[0], opened.numbers[-1]
    check_frames("frames with the gaps filled", last - first + 1, most=MOST_FRAMES)
    numbers = np.arange(first, last + 1)
    positions = np.interp(numbers, opened.numbers, np.arange(opened.count))
    made = len(numbers) - opened.count
    note = f"; {made} filled in between" if made else ""
    return SourceTracks(at_positions(opened.base, positions), opened.reading + note, tuple(numbers.tolist()))


def _inverted(mask: np.ndarray) -> np.ndarray:
    return cv2.bitwise_xor(mask, np.ones_like(mask))


def _wide(size: tuple[int, int]) -> str:
    return f"{size[1]}x{size[0]}"
