"""Weights files: ``.safetensors`` only, since a pickle can run code."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from ..core.errors import MaskVideoError

SUFFIXES = (".safetensors", ".sft")
HALF = ".fp16.safetensors"
"""How diffusers ends the name of a second copy in half precision; the other copy is read where both are there."""


def read_tensors(path: str | Path) -> dict[str, Tensor]:
    """All tensors of a ``.safetensors`` file, or of the only one in a folder, as diffusers saves a component.

    Raises ``MaskVideoError`` where it is missing, truncated or a pickle.
    """
    path = weights_file(path)
    try:
        return load_file(path)
    except SafetensorError as error:
        raise MaskVideoError(f"{path.name} is truncated or damaged ({error}): copy or download it again") from error


def weights_file(path: str | Path) -> Path:
    """The file that ``read_tensors`` reads, without opening it. Raises ``MaskVideoError`` where there is none."""
    path = Path(path)
    if path.is_dir():
        return _only_file(path)
    if not path.is_file():
        raise MaskVideoError(f"{path} does not exist: give the path of a .safetensors file")
    if path.suffix.lower() not in SUFFIXES:
        raise MaskVideoError(f"{path.name} is no .safetensors file: pickles can run code and are not read, convert it")
    return path


def _only_file(folder: Path) -> Path:
    files = sorted(file for file in folder.iterdir() if file.is_file() and file.suffix.lower() in SUFFIXES)
    full = [file for file in files if not file.name.endswith(HALF)]
    found = full or files
    if len(found) == 1:
        return found[0]
    if found:
        raise MaskVideoError(f"{folder} holds {len(found)} .safetensors files: give one of them, such as {found[0]}")
    if (folder / "model_index.json").is_file():
        raise MaskVideoError(f"{folder} is a whole pipeline of diffusers: give one of the folders in it")
    raise MaskVideoError(f"{folder} is a folder without a .safetensors file: give the path of a file")
