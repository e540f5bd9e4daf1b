"""Where motion files lie: ``models/motion_lora``, other folders of ``extra_model_paths.yaml``, and the bundled one."""

from __future__ import annotations

from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path

import folder_paths

from ...core.errors import MaskVideoError
from ...files.demo_file import MOTION_FILE
from ...files.motion_file import SUFFIX

FOLDER = "motion_lora"
DEMO = "demo"
"""The name in the list that means the motion file of the bundled demo model."""


def register_model_folders() -> None:
    """Make ``motion_lora`` one of the host's model folders. Calling it again changes nothing.

    Folders that ``extra_model_paths.yaml`` names stay, and come first as the host has it.
    """
    folder = Path(folder_paths.models_dir, FOLDER)
    folder_paths.add_model_folder_path(FOLDER, str(folder))
    with suppress(OSError):  # models on a read-only disk: the list offers what lies in the other folders
        folder.mkdir(parents=True, exist_ok=True)


def list_motion_files() -> list[str]:
    """The names to choose from: the bundled motion, then every ``.safetensors`` file below the folders."""
    names = folder_paths.get_filename_list(FOLDER)
    return [DEMO, *(name for name in names if name.lower().endswith(SUFFIX))]


def motion_path(name: str) -> Path:
    """The file that a name of ``list_motion_files`` stands for.

    Raises ``MaskVideoError`` for any other name, such as a path that leaves the folders: not every host checks what the
    API sends against the list.
    """
    if name == DEMO:
        return MOTION_FILE
    names = list_motion_files()
    path = folder_paths.get_full_path(FOLDER, name) if name in names else None
    if path is None:
        folders = ", ".join(folder_paths.get_folder_paths(FOLDER))
        closest = get_close_matches(name, names, n=1, cutoff=0.0)[0]
        raise MaskVideoError(f"there is no motion file {name} in {folders}: the closest is {closest}")
    return Path(path)
