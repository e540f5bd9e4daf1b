"""Files that a workflow may name: those in the host's own folders, and no others."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import folder_paths

from ...core.errors import MaskVideoError
from ...files.images import IMAGE_SUFFIXES, SEVERAL_SUFFIXES
from ...files.video import VIDEO_SUFFIXES

CLIP_SUFFIXES = (*VIDEO_SUFFIXES, *SEVERAL_SUFFIXES)
"""Offered in the list; any other file that FFmpeg decodes may still be named through the API."""
DEPTH = 4
"""Folders this far below the input folder are offered."""


def list_mask_sources() -> list[str]:
    """What the input folder offers as masks, as relative paths: videos and animations, folders that hold images, and
    folders of several such folders, one for each object."""
    root = Path(folder_paths.get_input_directory())
    found, above = [], Counter()
    for folder, inner, files in os.walk(root):
        place = Path(folder).relative_to(root)
        inner[:] = [name for name in inner if not name.startswith(".")] if len(place.parts) < DEPTH else []
        found += [(place / name).as_posix() for name in files if name.lower().endswith(CLIP_SUFFIXES)]
        if place.parts and any(name.lower().endswith(IMAGE_SUFFIXES) for name in files):
            found.append(place.as_posix())
            above[place.parent] += 1
    found += [place.as_posix() for place, folders in above.items() if place.parts and folders > 1]
    return sorted(set(found))


def list_track_folders() -> list[str]:
    """What the input folder offers as tracks: folders that hold images."""
    return [name for name in list_mask_sources() if not name.lower().endswith(CLIP_SUFFIXES)]


def refusal(name: str | None) -> bool | str:
    """For a node's validation: why ``host_path`` refuses the name, True where it does not.

    None is a name that another node gives, known when it runs.
    """
    try:
        return name is None or bool(host_path(name))
    except MaskVideoError as error:
        return str(error)


def host_path(name: str) -> Path:
    """The existing file or folder that ``name`` means, in the host's input folder.

    As everywhere in the host, ``name [output]`` and ``name [temp]`` mean these folders. Links are followed first.
    Raises ``MaskVideoError`` where it leads outside (by ``..``, absolutely or by a link), and where nothing is there.
    """
    relative, folder = folder_paths.annotated_filepath(name)
    root = Path(folder or folder_paths.get_input_directory()).resolve()
    path = None if "\0" in name else (root / relative.strip()).resolve()
    if not relative.strip() or path is None or not path.is_relative_to(root):
        raise MaskVideoError(f"{name!r} lies outside the host's folder {root}: copy it there and give its name inside")
    if not path.exists():
        raise MaskVideoError(f"there is no {name!r} in {root}: put a folder of mask images or a video there")
    return path
