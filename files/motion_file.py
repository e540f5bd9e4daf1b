"""The motion file: a trained motion module as one ``.safetensors`` file. No pickles, so loading one runs no code."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ..core.config import config_from_dict
from ..core.errors import MaskVideoError
from ..core.motion_format import MotionMetadata, build_metadata, check_metadata, parse_metadata
from ..core.motion_module import MotionConfig, MotionModule
from ..core.video_model import Architecture
from .atomic import atomic_path

SUFFIX = ".safetensors"


@dataclass(frozen=True)
class LoadedMotion:
    """A motion module with its trained weights, on the CPU in float32, and how it was trained: the module's too."""

    module: MotionModule
    metadata: MotionMetadata

    def __post_init__(self):
        self.module.metadata = self.metadata


def save_motion(path: str | os.PathLike, module: MotionModule, metadata: MotionMetadata) -> None:
    """Write the module and its metadata; whenever the process is killed, the last good file stays readable.

    Raises ``MaskVideoError`` where ``path`` is no ``.safetensors`` or cannot be replaced.
    """
    path = _checked_suffix(path)
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in module.export_state().items()}
    with atomic_path(path) as temporary:
        save_file(state, temporary, build_metadata(metadata))


def load_motion(path: str | os.PathLike, architecture: Architecture) -> LoadedMotion:
    """Read a motion file for a base of this ``architecture``.

    Raises ``MaskVideoError``, beginning with the path, for a file that is missing, truncated, no ``.safetensors``,
    foreign, of a newer format, trained on another base, or without some block's weights.
    """
    path = _existing(_checked_suffix(path))
    with _naming(path):
        metadata, state = _read(path, architecture)
        module = MotionModule(architecture, config_from_dict(MotionConfig, dict(metadata.motion)))
        module.import_state(state)
    return LoadedMotion(module, metadata)


def read_motion_metadata(path: str | os.PathLike) -> MotionMetadata:
    """How a motion was trained, whatever its base; no weight is read. Raises as ``load_motion`` does."""
    path = _existing(_checked_suffix(path))
    with _naming(path), safe_open(path, framework="pt", device="cpu") as file:
        return parse_metadata(file.metadata())


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Every error begins with the path."""
    try:
        yield
    except SafetensorError as error:
        size = path.stat().st_size
        raise MaskVideoError(
            f"{path}: truncated or damaged, {size} bytes cannot be read as .safetensors ({error}): copy the file again"
        ) from error
    except MaskVideoError as error:
        raise MaskVideoError(f"{path}: {error}") from error


def _read(path: Path, architecture: Architecture) -> tuple[MotionMetadata, dict[str, Tensor]]:
    """The metadata is checked before any tensor is read, so that a foreign checkpoint of gigabytes fails at once."""
    with safe_open(path, framework="pt", device="cpu") as file:
        metadata = check_metadata(file.metadata(), architecture)
        return metadata, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


def _checked_suffix(path: str | os.PathLike) -> Path:
    path = Path(path)
    if path.suffix.lower() != SUFFIX:
        raise MaskVideoError(
            f"{path}: a motion file ends in {SUFFIX}, not in {path.suffix or 'nothing'}: give {path.stem}{SUFFIX}"
        )
    return path


def _existing(path: Path) -> Path:
    if path.is_file():
        return path
    names = [file.name for file in path.parent.glob(f"*{SUFFIX}")] if path.parent.is_dir() else []
    closest = get_close_matches(path.name, names, n=1, cutoff=0.0)
    raise MaskVideoError(f"{path}: no such file" + (f": closest there is {closest[0]}" if closest else ""))
