"""Tracks from whatever a user has: a folder of tracks, label images as DAVIS has them, plain masks, a video."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from ..core.errors import MaskVideoError
from ..files.images import IMAGE_SUFFIXES, list_images, open_image
from .frame_source import FrameSource, open_frames
from .read import LABEL_LIMIT, read_mask
from .sequence import PerMask, TrackSequence
from .tracks import ONE_OBJECT, Colour, track_colour
from .tracks_file import JSON_NAME, StoredTracks

VOID = 255
"""The label of pixels that are nobody's, where there are others."""
MOST_LABELS = 64
"""A palette image that uses more entries is a picture."""


def open_tracks(path: str | Path, invert: bool = False) -> TrackSequence:
    """Tracks, read a few frames at a time.

    path: a folder of tracks (or its tracks.json); a folder of label images (palette or grey values below 32), an object
    for each label, named "object 1" and so on, in the palette's colours, label 1 in front, label 255 left out; a folder
    of mask images, a single image, or a video, one object, by the rules of `read_masks`. invert: the object is what is
    black; for one object only.
    Raises MaskVideoError where there is nothing, sizes differ or a file does not fit.
    """
    sequence = _open(Path(path))
    if not invert:
        return sequence
    if len(sequence.names) > 1:
        raise MaskVideoError(
            f"{path} holds {len(sequence.names)} objects, which cannot all be inverted: invert works on plain masks"
        )
    return PerMask(sequence, _inverted, (0,))


@dataclass(frozen=True)
class LabelImages:
    """An object for each label of a folder of label images. labels: as in the images; 0 is the background."""

    paths: tuple[Path, ...]
    labels: tuple[int, ...]
    colours: tuple[Colour, ...]
    size: tuple[int, int]
    fps: float | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"object {label}" for label in self.labels)

    @property
    def count(self) -> int:
        return len(self.paths)

    def batch(self, frames: Sequence[int]) -> np.ndarray:
        """uint8 [K, N, H, W] of 0 and 1."""
        images = [np.asarray(open_image(self.paths[frame])) for frame in frames]
        return np.stack([[image == label for label in self.labels] for image in images]).astype(np.uint8)


@dataclass(frozen=True)
class PlainMasks:
    """One object, a frame at a time. read: the mask of a frame, not 0 = object, [H, W]."""

    read: Callable[[int], np.ndarray]
    count: int
    size: tuple[int, int]
    fps: float | None = None
    names: tuple[str, ...] = (ONE_OBJECT,)
    colours: tuple[Colour, ...] = (track_colour(0),)

    def batch(self, frames: Sequence[int]) -> np.ndarray:
        """uint8 [K, 1, H, W] of 0 and 1."""
        masks = {frame: np.asarray(self.read(frame)) > 0 for frame in sorted(set(frames))}  # a video is read forwards
        return np.stack([masks[frame] for frame in frames]).astype(np.uint8)[:, None]


def _open(path: Path) -> TrackSequence:
    if path.name == JSON_NAME and path.is_file():
        return StoredTracks(path.parent)
    if path.is_dir():
        return StoredTracks(path) if (path / JSON_NAME).is_file() else _open_images(list_images(path), path)
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return _open_images([path], path)
    if path.is_file():
        return _open_video(open_frames(path))
    raise MaskVideoError(f"there are no masks at {path}: give a folder of tracks or masks, an image or a video")


def _open_images(paths: list[Path], where: Path) -> TrackSequence:
    """One look at every image tells the size, the labels and whether they are labels at all."""
    if not paths:
        raise MaskVideoError(f"no masks found in {where}: it needs images ({', '.join(IMAGE_SUFFIXES)}), one per frame")
    labels: dict[int, Colour] | None = {}
    first = None
    for path in paths:
        image = open_image(path)
        first = first or image.size
        if image.size != first:
            raise MaskVideoError(
                f"masks differ in size: {paths[0].name} is {first[0]}x{first[1]}, {path.name} is "
                f"{image.width}x{image.height}: make all {first[0]}x{first[1]}"
            )
        found = _labels(image) if labels is not None else None
        labels = None if found is None or labels is None else labels | found
    size = first[1], first[0]
    if labels is None or set(labels) <= {VOID} or len(labels) > MOST_LABELS:
        return PlainMasks(lambda frame: read_mask(paths[frame]), len(paths), size)
    known = sorted(set(labels) - {VOID})
    return LabelImages(tuple(paths), tuple(known), tuple(labels[label] for label in known), size)


def _labels(image: Image.Image) -> dict[int, Colour] | None:
    """The labels in an image with their colours; None where it is no label image. Black entries are background."""
    if image.mode not in ("P", "L"):
        return None
    present = np.flatnonzero(np.bincount(np.asarray(image).reshape(-1), minlength=256)).tolist()
    if image.mode == "P":
        palette = image.convert("P").getpalette("RGB") or []
        colours = {label: tuple(palette[3 * label : 3 * label + 3]) for label in present}
        return {label: colour for label, colour in colours.items() if any(colour)}
    if max(present) >= LABEL_LIMIT:
        return None
    return {label: track_colour(label - 1) for label in present if label}


def _open_video(frames: FrameSource) -> TrackSequence:
    return PlainMasks(lambda frame: frames.frame(frame).max(axis=-1) > 127, frames.count, frames.size, frames.fps)


def _inverted(mask: np.ndarray) -> np.ndarray:
    return cv2.bitwise_xor(mask, np.ones_like(mask))
