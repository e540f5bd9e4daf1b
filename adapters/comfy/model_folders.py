"""Where model files lie: ``models/motion_lora`` and the folders of segmenters, ``extra_model_paths.yaml`` included."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path

import folder_paths

from ...core.errors import MaskVideoError
from ...files.demo_file import MOTION_FILE
from ...files.motion_file import SUFFIX
from ...training.checkpoint import STATE_SUFFIX

FOLDER = "motion_lora"
SEGMENTERS = {"sam2": "sam2", "sam": "sams"}
"""The folder of each backend's checkpoints, as other packs name them too."""
TEXT_FOLDER = "grounding-dino"
WEIGHTS = (".pt", ".pth", ".safetensors")
DEMO = "demo"
"""The name in the list that means the motion file of the bundled demo model."""
NO_MODEL = "none"


def register_model_folders() -> None:
    """Make the pack's folders model folders of the host. Calling it again changes nothing.

    Folders that ``extra_model_paths.yaml`` or another pack names stay, and come first as the host has it. Only the
    pack's own is made on disk.
    """
    for name in (FOLDER, *SEGMENTERS.values(), TEXT_FOLDER):
        folder_paths.add_model_folder_path(name, str(Path(folder_paths.models_dir, name)))
    with suppress(OSError):  # models on a read-only disk: the list offers what lies in the other folders
        Path(folder_paths.models_dir, FOLDER).mkdir(parents=True, exist_ok=True)


def list_motion_files() -> list[str]:
    """The names to choose from: the bundled motion, then every motion file below the folders.

    A run's saved state, which lies beside the motion that it trains, is none.
    """
    return [DEMO, *(name for name in _files(FOLDER, (SUFFIX,)) if not name.endswith(STATE_SUFFIX))]


def motion_path(name: str) -> Path:
    """The file that a name of ``list_motion_files`` stands for.

    Raises ``MaskVideoError`` for any other name, such as a path that leaves the folders: not every host checks what the
    API sends against the list.
    """
    if name == DEMO:
        return MOTION_FILE
    names = list_motion_files()
    return _found(
        folder_paths.get_full_path(FOLDER, name) if name in names else None, "motion file", name, names, FOLDER
    )


def list_segmenters() -> list[str]:
    """``none``, then every checkpoint in the folders of ``sam2`` and ``sam``, as ``folder/file``."""
    return [NO_MODEL, *(f"{folder}/{file}" for folder in SEGMENTERS.values() for file in _files(folder, WEIGHTS))]


def segmenter_path(name: str, backend: str) -> Path | None:
    """The checkpoint that a name of ``list_segmenters`` stands for; None for ``none``.

    Raises ``MaskVideoError`` for any other name, and for a checkpoint of the other backend's folder.
    """
    if name == NO_MODEL or backend not in SEGMENTERS:
        return None
    names, (folder, _, file) = list_segmenters(), name.partition("/")
    if name in names and folder != SEGMENTERS[backend]:
        raise MaskVideoError(f"{name} is not for {backend}: choose a file of models/{SEGMENTERS[backend]}")
    path = folder_paths.get_full_path(folder, file) if name in names else None
    return _found(path, f"{backend} checkpoint", name, names, SEGMENTERS[backend])


def list_text_models() -> list[str]:
    """``none``, then the Grounding DINO models: folders that hold a ``config.json``."""
    roots = [Path(root) for root in folder_paths.get_folder_paths(TEXT_FOLDER)]
    configs = [config for root in roots if root.is_dir() for config in sorted(root.glob("*/config.json"))]
    return [NO_MODEL, *dict.fromkeys(config.parent.name for config in configs)]


def text_model_path(name: str) -> Path:
    """The folder that a name of ``list_text_models`` stands for.

    Raises ``MaskVideoError`` for any other name, and says for ``none`` where a model goes.
    """
    roots = folder_paths.get_folder_paths(TEXT_FOLDER)
    if name == NO_MODEL:
        raise MaskVideoError(
            f"text needs a text_model: put a folder of a Grounding DINO model, such as a copy of "
            f"IDEA-Research/grounding-dino-tiny, into {roots[0]}; nothing is downloaded unasked"
        )
    names = list_text_models()
    paths = [Path(root, name) for root in roots if Path(root, name, "config.json").is_file()]
    return _found(paths[0] if paths and name in names else None, "text model", name, names, TEXT_FOLDER)


def _files(folder: str, suffixes: Sequence[str]) -> list[str]:
    return [name for name in folder_paths.get_filename_list(folder) if name.lower().endswith(tuple(suffixes))]


def _found(path: str | Path | None, kind: str, name: str, names: Sequence[str], folder: str) -> Path:
    if path is None:
        folders = ", ".join(folder_paths.get_folder_paths(folder))
        closest = get_close_matches(name, names, n=1, cutoff=0.0)[0]
        raise MaskVideoError(f"there is no {kind} {name} in {folders}: the closest is {closest}")
    return Path(path)
