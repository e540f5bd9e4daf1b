"""Folders of images: which of them are the frames of a clip, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..core.errors import MaskVideoError
from .images import IMAGE_SUFFIXES, count_pictures, holds_several
from .numbered_files import FileSequence, file_sequences, natural_key


def images_in(folder: str | Path) -> list[Path]:
    """The images of a folder in natural order (2 before 10), hidden files left out."""
    found = [p for p in Path(folder).iterdir() if p.suffix.lower() in IMAGE_SUFFIXES and not p.name.startswith(".")]
    return sorted(found, key=natural_key)


def image_sequence(folder: str | Path) -> FileSequence | None:
    """The frames of a clip: the one sequence that a folder's images form, masks beside them left out; None for none.

    Raises MaskVideoError where there are several, and says what was found.
    """
    sequences = file_sequences(images_in(folder))
    frames = sequences if len(sequences) < 2 else [one for one in sequences if not one.named_as_masks]
    if len(frames) > 1 or (sequences and not frames):
        described = "; ".join(one.described for one in sequences)
        raise MaskVideoError(f"{folder} holds {len(sequences)} sequences ({described}): keep the frames alone in it")
    return frames[0] if frames else None


def list_images(folder: str | Path) -> list[Path]:
    """The files of `image_sequence` in the order of their numbers; [] where there are none."""
    sequence = image_sequence(folder)
    return list(sequence.paths) if sequence else []


def check_one_each(paths: Sequence[Path]) -> None:
    """Raises MaskVideoError where one of several files holds several pictures: it is not plain which is the frame."""
    if len(paths) > 1 and (several := next(filter(holds_several, paths), None)):
        raise MaskVideoError(
            f"{several} holds {count_pictures(several)} pictures and is one of {len(paths)} images in its folder: "
            "give the file itself, or images of one picture each"
        )
