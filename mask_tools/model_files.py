"""Weights files of other people's models: tensors, and nothing that could run."""

from __future__ import annotations

import pickle
import re
import struct
from pathlib import Path

import torch
from torch import Tensor

from ..core.errors import MaskVideoError
from ..files.weights import read_tensors

PICKLES = (".pt", ".pth", ".ckpt", ".bin")
SUFFIXES = (".safetensors", *PICKLES)
DAMAGE = (RuntimeError, EOFError, OSError, LookupError, ValueError, TypeError, AttributeError, struct.error)
"""What torch's weights-only reader raises on broken bytes, besides its own refusal."""
WRAPPERS = ("model", "state_dict")
"""Under these keys checkpoints keep their weights, beside training state that nobody needs here."""
HALVES = (torch.float16, torch.bfloat16)


def read_model_file(path: str | Path) -> dict[str, Tensor]:
    """All weights of a checkpoint, on the CPU, floats in float32.

    `.safetensors` holds only tensors. `.pt` and its kin are pickles, which can run code when they are opened, so they
    are read by torch's weights-only reader: it builds tensors and refuses whatever else the file asks for, unrun.
    Raises MaskVideoError where the file is missing, of another kind, damaged, holds code or holds no weights.
    """
    path = Path(path)
    check_model_file(path)
    content = read_tensors(path) if path.suffix.lower() == ".safetensors" else _read_pickle(path)
    weights = _unwrap(content)
    if not weights:
        raise MaskVideoError(f"{path.name} holds no weights: give the model's checkpoint, not its training state")
    return {name: value.float() if value.dtype in HALVES else value for name, value in weights.items()}


def check_model_file(path: str | Path) -> None:
    """Raise MaskVideoError where the file is missing or of another kind, without opening it."""
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise MaskVideoError(f"{path.name} is no weights file: give one that ends in {', '.join(SUFFIXES)}")
    if not path.is_file():
        raise MaskVideoError(f"there is no model file {path}: download the checkpoint and give its path")


def _read_pickle(path: Path) -> object:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise _refusal(path, error) from error
    except DAMAGE as error:
        raise _damaged(path, error) from error


def _refusal(path: Path, error: pickle.UnpicklingError) -> MaskVideoError:
    """Torch reports code and damage by the same error; only what is known to be code is called so."""
    asked = re.search(r"GLOBAL ([\w.]+)", str(error))
    holds = f"asks for {asked[1]} and could run code" if asked else "is damaged or holds more than weights"
    return MaskVideoError(
        f"{path.name} {holds}: it was refused, nothing in it ran; give the original checkpoint or a .safetensors file"
    )


def _damaged(path: Path, error: Exception) -> MaskVideoError:
    reason = (str(error).splitlines() or [type(error).__name__])[0][:120]
    return MaskVideoError(f"{path.name} is truncated or damaged ({reason}): copy or download it again")


def _unwrap(content: object) -> dict[str, Tensor]:
    """The dict of tensors in a checkpoint, bare or under one of the usual keys."""
    if not isinstance(content, dict):
        return {}
    for key in WRAPPERS:
        if isinstance(content.get(key), dict):
            content = content[key]
            break
    return {name: value for name, value in content.items() if isinstance(value, Tensor)}
