"""The mask sequences of a folder: one, or one for each object, told apart by file names or by folders."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import MaskVideoError
from ..files.image_folder import images_in
from ..files.images import IMAGE_SUFFIXES, count_pictures
from ..files.numbered_files import MASK_WORDS, FileSequence, file_sequences, natural_key
from .mask_files import ImageFiles, PictureSource, picture_file

VERSION = re.compile(r"v\d+", re.IGNORECASE)
"""Of a file: no object's name."""
LOSSY_SUFFIXES = (".jpg", ".jpeg", ".jfif")
"""Of pictures, where masks of the same names lie beside them."""


@dataclass(frozen=True)
class Found:
    """The mask sequences of a folder.

    sources: by object name, "" where there is one alone. note: what was left out, "" for nothing. described: each
    sequence in words.
    """

    sources: dict[str, PictureSource]
    note: str
    described: str


def find_masks(folder: Path) -> Found:
    """Raises MaskVideoError where there are none, or several sequences of which it is not plain what they are."""
    images = images_in(folder)
    if images:
        return _by_name(folder, file_sequences(images))
    inner = [one for one in sorted(folder.iterdir(), key=natural_key) if one.is_dir() and not one.name.startswith(".")]
    inner = [one for one in inner if images_in(one)]
    if not inner:
        raise MaskVideoError(
            f"no masks found in {folder}: it needs images ({', '.join(IMAGE_SUFFIXES)}), one per frame"
        )
    marked = [one for one in inner if one.name.lower() in MASK_WORDS]
    if len(marked) == 1:
        return find_masks(marked[0])
    found = {one.name: find_masks(one) for one in inner}
    for one in found.values():
        if len(one.sources) > 1:
            raise _unclear(folder, [f"{name}/: {one.described}" for name, one in found.items()])
    sources = {name: one.sources[""] for name, one in found.items()}
    described = "; ".join(f"{name}/: {one.described}" for name, one in found.items())
    return Found(sources, "; ".join(filter(None, (one.note for one in found.values()))), described)


def _by_name(folder: Path, sequences: Sequence[FileSequence]) -> Found:
    described = "; ".join(one.described for one in sequences)
    masks = _marked(sequences)
    if masks is not None:
        left_out = "; ".join(one.pattern for one in sequences if one is not masks)
        return Found({"": _source(masks)}, f"{left_out} left out" if left_out else "", masks.described)
    if any(one.name in ("", one.pattern) or VERSION.fullmatch(one.name) or one.numbers is None for one in sequences):
        raise _unclear(folder, [one.described for one in sequences])
    return Found({one.name: _source(one) for one in sequences}, "", described)


def _marked(sequences: Sequence[FileSequence]) -> FileSequence | None:
    """The one sequence, the one that is named as masks, or the one without loss beside pictures; else None."""
    if len(sequences) == 1:
        return sequences[0]
    named = [one for one in sequences if one.named_as_masks]
    if len(named) != 1:
        stems = {Path(one.pattern).stem.lower() for one in sequences}
        lossless = [one for one in sequences if one.paths[0].suffix.lower() not in LOSSY_SUFFIXES]
        named = lossless if len(stems) == 1 else []
    return named[0] if len(named) == 1 else None


def _source(sequence: FileSequence) -> PictureSource:
    if len(sequence.paths) == 1 and count_pictures(sequence.paths[0]) > 1:
        return picture_file(sequence.paths[0])
    return ImageFiles(sequence.paths, sequence.numbers)


def _unclear(folder: Path, described: Sequence[str]) -> MaskVideoError:
    return MaskVideoError(
        f"{folder} holds {len(described)} sequences ({'; '.join(described)}): keep the masks alone, or give each "
        "object a folder or a name of its own"
    )
