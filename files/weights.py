"""Weights files: ``.safetensors`` only, since a pickle can run code."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from ..core.errors import MaskVideoError


def read_tensors(path: str | Path) -> dict[str, Tensor]:
    """All tensors of a ``.safetensors`` file. Raises ``MaskVideoError`` where it is missing, truncated or a pickle."""
    path = Path(path)
    if not path.is_file():
        raise MaskVideoError(f"{path} does not exist: give the path of a .safetensors file")
    if path.suffix != ".safetensors":
        raise MaskVideoError(f"{path.name} is no .safetensors file: pickles can run code and are not read, convert it")
    try:
        return load_file(path)
    except SafetensorError as error:
        raise MaskVideoError(f"{path.name} is truncated or damaged ({error}): copy or download it again") from error
