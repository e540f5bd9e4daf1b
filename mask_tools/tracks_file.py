"""Tracks on disk: a folder of indexed PNGs, one for each frame, with ``tracks.json`` beside them.

The PNGs are label images as DAVIS has them: index 0 is the background, index n the n-th object from the front, the
palette holds the objects' colours, so any viewer and any DAVIS tool shows them. Where objects overlap, a further index
stands for all that are there, so that nothing is lost. ``tracks.json`` says what each index means::

    {"format": "maskvideo tracks", "version": 1, "width": 512, "height": 288, "frames": 40, "fps": 24.0,
     "objects": [{"name": "rider", "colour": [230, 75, 53]}, {"name": "horse", "colour": [77, 187, 213]}],
     "labels": {"1": ["rider"], "2": ["horse"], "3": ["rider", "horse"]}}

``objects`` go from front to back, as do the names of a label.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from ..core.errors import MaskVideoError
from ..files.atomic_folder import atomic_folder
from ..files.images import open_picture
from .tracks import Colour, Track, Tracks, check_colour, check_fps, check_name, check_names

JSON_NAME = "tracks.json"
FORMAT, VERSION = "maskvideo tracks", 1
LEFT_BEHIND = (".DS_Store", "._.DS_Store", "Thumbs.db", "desktop.ini", f"._{JSON_NAME}")
MOST_LABELS = 255
"""What a palette of 256 holds besides the background."""


def is_track_file(name: str) -> bool:
    """Whether a file of that name belongs to a folder of tracks, or was left there by a file manager."""
    return name in (JSON_NAME, *LEFT_BEHIND) or re.fullmatch(r"(\._)?\d{5,}\.png", name) is not None


def frame_name(index: int) -> str:
    return f"{index:05d}.png"


def write_tracks(folder: str | Path, tracks: Tracks) -> None:
    """Write tracks that `read_tracks` reads back bit for bit; all or nothing. Raises as `tracks_writer` does."""
    with tracks_writer(folder, tracks.names, tracks.colours, tracks.fps) as writer:
        for index in range(tracks.count):
            writer.write(tracks.batch([index])[0])


def read_tracks(folder: str | Path) -> Tracks:
    """The tracks of a folder that `tracks_writer` wrote, in memory. Raises as `StoredTracks` does."""
    stored = StoredTracks(folder)
    masks = np.empty((len(stored.names), stored.count, *stored.size), np.uint8)
    for index in range(stored.count):
        masks[:, index] = stored.batch([index])[0]
    tracks = zip(stored.names, stored.colours, masks, strict=True)
    return Tracks(tuple(Track(*track) for track in tracks), stored.fps)


@contextmanager
def tracks_writer(
    folder: str | Path, names: Sequence[str], colours: Sequence[Colour], fps: float | None = None
) -> Iterator[TracksWriter]:
    """A writer that takes one frame at a time; the folder appears, whole, when the block ends well.

    names, colours: the objects from front to back. A folder of tracks that is there already is replaced.
    Raises MaskVideoError for names or colours that do not fit, for a folder that holds other files or cannot be
    written, and where no frame was written.
    """
    check_names(names)
    for name, colour in zip(names, colours, strict=True):
        check_name(name)
        check_colour(name, colour)
    check_fps(fps)
    if len(names) > MOST_LABELS:
        raise MaskVideoError(f"{len(names)} objects came, a palette holds {MOST_LABELS}: write them in two folders")
    with atomic_folder(folder, is_track_file) as temporary:
        writer = TracksWriter(temporary, tuple(names), tuple(tuple(colour) for colour in colours), fps)
        yield writer
        writer.finish()


class TracksWriter:
    """Frames to PNGs, one at a time; made by `tracks_writer`."""

    def __init__(self, folder: Path, names: tuple[str, ...], colours: tuple[Colour, ...], fps: float | None):
        self.folder, self.names, self.colours, self.fps = folder, names, colours, fps
        self.count, self.size = 0, None
        self.labels = {(index,): index + 1 for index in range(len(names))}

    def write(self, masks: np.ndarray) -> None:
        """The next frame: uint8 or bool [N, H, W], the objects from front to back, not 0 = there."""
        masks = np.asarray(masks)
        size = tuple(masks.shape[1:])
        self.size = self.size or size
        if masks.ndim != 3 or len(masks) != len(self.names) or size != self.size:
            wanted = [len(self.names), *(self.size if len(self.size) == 2 else ("height", "width"))]
            raise MaskVideoError(f"masks of shape {list(masks.shape)} came for frame {self.count}: give {wanted}")
        image = Image.fromarray(self._indices(masks != 0))
        image.putpalette(self._palette())
        image.save(self.folder / frame_name(self.count), compress_level=3)
        self.count += 1

    def finish(self) -> None:
        """Write the JSON."""
        if not self.count:
            raise MaskVideoError("no frames of tracks were written: give at least one")
        objects = [
            {"name": name, "colour": list(colour)} for name, colour in zip(self.names, self.colours, strict=True)
        ]
        labels = {str(label): [self.names[i] for i in members] for members, label in self.labels.items()}
        height, width = self.size
        about = {"format": FORMAT, "version": VERSION, "width": width, "height": height, "frames": self.count}
        text = json.dumps(about | {"fps": self.fps, "objects": objects, "labels": labels}, ensure_ascii=False, indent=1)
        (self.folder / JSON_NAME).write_text(text + "\n", encoding="utf-8")

    def _indices(self, masks: np.ndarray) -> np.ndarray:
        """bool [N, H, W] -> palette indices uint8 [H, W]; where several are, who is there decides."""
        indices = np.zeros(self.size, np.uint8)
        for index in reversed(range(len(masks))):
            indices[masks[index]] = index + 1
        several = np.count_nonzero(masks, axis=0) > 1 if len(masks) > 1 else np.zeros(self.size, bool)
        if several.any():
            present, places = np.unique(masks[:, several], axis=1, return_inverse=True)  # [N, kinds], [pixels]
            labels = np.array([self._label(np.flatnonzero(kind)) for kind in present.T], np.uint8)
            indices[several] = labels[places.reshape(-1)]
        return indices

    def _label(self, members: Iterable[int]) -> int:
        members = tuple(int(member) for member in members)
        if members not in self.labels:
            if len(self.labels) == MOST_LABELS:
                raise MaskVideoError(
                    f"the objects overlap in more than {MOST_LABELS - len(self.names)} ways, which a palette cannot "
                    "hold: write fewer objects in one folder"
                )
            self.labels[members] = len(self.labels) + 1
        return self.labels[members]

    def _palette(self) -> list[int]:
        colours = [(0, 0, 0)] * (MOST_LABELS + 1)
        for members, label in self.labels.items():
            colours[label] = self.colours[members[0]]
        return [value for colour in colours for value in colour]


class StoredTracks:
    """Tracks in a folder, read a frame at a time.

    names, colours: the objects from front to back. count: frames. size: (height, width). fps: or None.
    Raises MaskVideoError where the JSON is missing, broken or newer, or a frame is missing or does not fit it.
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        about = _read_json(self.folder / JSON_NAME)
        try:
            self.size = int(about["height"]), int(about["width"])
            self.count, self.fps = int(about["frames"]), about["fps"]
            self.names = tuple(one["name"] for one in about["objects"])
            self.colours = tuple(tuple(one["colour"]) for one in about["objects"])
            members = {
                int(label): [self.names.index(name) for name in names] for label, names in about["labels"].items()
            }
            self._known = np.isin(np.arange(256), [0, *members])
            self._there = _membership(members, len(self.names))
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise MaskVideoError(
                f"{self.folder / JSON_NAME} does not say what it should ({type(error).__name__}: {error}): write the "
                "tracks anew, or remove it to read the images as labels"
            ) from error
        self._check()

    def batch(self, frames: Sequence[int]) -> np.ndarray:
        """The masks of those frames: uint8 [K, N, H, W] of 0 and 1."""
        masks = np.empty((len(frames), len(self.names), *self.size), np.uint8)
        for place, index in enumerate(frames):
            indices = self._indices(index)
            for which, table in enumerate(self._there):
                cv2.LUT(indices, table, masks[place, which])
        return masks

    def _indices(self, index: int) -> np.ndarray:
        path = self.folder / frame_name(index)
        picture = open_picture(path)
        indices = picture.values
        if indices.ndim > 2 or indices.dtype != np.uint8 or picture.size != self.size:
            channels = "1 channel" if indices.ndim < 3 else f"{indices.shape[2]} channels"
            raise MaskVideoError(
                f"{path} is {picture.size[1]}x{picture.size[0]} ({channels} of {indices.dtype}), {JSON_NAME} says an "
                f"indexed PNG of {self.size[1]}x{self.size[0]}: write the tracks anew"
            )
        if not self._known[indices].all():
            raise MaskVideoError(
                f"{path} has index {indices[~self._known[indices]][0]}, which {JSON_NAME} does not list"
            )
        return indices

    def _check(self) -> None:
        if not self.names or self.count < 1 or min(self.size) < 1 or len(self._there) > MOST_LABELS:
            raise MaskVideoError(f"{self.folder / JSON_NAME} lists no object or no frame: write the tracks anew")
        check_names(self.names)
        for name, colour in zip(self.names, self.colours, strict=True):
            check_name(name)
            check_colour(name, colour)
        check_fps(self.fps)
        missing = [index for index in range(self.count) if not (self.folder / frame_name(index)).is_file()]
        if missing:
            raise MaskVideoError(
                f"{self.folder} lacks {frame_name(missing[0])}"
                + (f" and {len(missing) - 1} more" if len(missing) > 1 else "")
                + f": {JSON_NAME} says {self.count} frames"
            )


def _membership(members: dict[int, list[int]], objects: int) -> np.ndarray:
    """uint8 [objects, 256]: 1 where that index shows that object."""
    there = np.zeros((objects, 256), np.uint8)
    for label, indices in members.items():
        if not 1 <= label <= MOST_LABELS:
            raise ValueError(f"label {label} is not 1 to {MOST_LABELS}")
        there[indices, label] = 1
    return there


def _read_json(path: Path) -> dict[str, Any]:
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MaskVideoError(f"there is no {path}: give a folder of tracks that MaskVideo wrote") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise MaskVideoError(f"{path} is not readable JSON ({error}): write the tracks anew") from error
    if not isinstance(about, dict) or about.get("format") != FORMAT or not isinstance(about.get("version"), int):
        raise MaskVideoError(f'{path} does not describe tracks: it needs "format": "{FORMAT}" and a version')
    if about["version"] > VERSION:
        raise MaskVideoError(
            f"{path} is of format version {about['version']}, this MaskVideo reads {VERSION}: update MaskVideo"
        )
    return about
