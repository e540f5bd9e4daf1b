"""Folders that are either there in full or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..core.errors import MaskVideoError
from .atomic import require_writable_folder


@contextmanager
def atomic_folder(path: str | os.PathLike, is_ours: Callable[[str], bool]) -> Iterator[Path]:
    """A temporary folder to write to, which becomes ``path`` when the block ends well and is removed when it does not.

    It lies beside ``path``, so that becoming it is a rename. A folder that is there already is replaced only where
    ``is_ours`` says so of every name in it: nobody's other files are lost. Close whatever you opened inside the block.
    Raises ``MaskVideoError``, before the block runs, where the folder holds other files or cannot be written.
    """
    path = Path(path)
    require_replaceable(path, is_ours)
    require_writable_folder(path.absolute().parent)
    temporary = path.absolute().with_name(f".writing-{secrets.token_hex(6)}")
    temporary.mkdir()
    try:
        yield temporary
        _replace(temporary, path.absolute())
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def require_replaceable(path: str | os.PathLike, is_ours: Callable[[str], bool]) -> None:
    """Raises ``MaskVideoError`` where ``path`` is a file, or a folder with a name in it that is not ours."""
    path = Path(path)
    if not path.exists():
        return
    if not path.is_dir():
        raise MaskVideoError(
            f"{path} is a file, a folder is needed: give another name, such as {path.with_suffix('')}2"
        )
    foreign = sorted(entry.name for entry in path.iterdir() if not is_ours(entry.name))
    if foreign:
        raise MaskVideoError(
            f"folder {path} holds other files ({foreign[0]}), which would be lost: give a new folder, such as "
            f"{path / 'tracks'}"
        )


def _replace(temporary: Path, path: Path) -> None:
    if not path.exists():
        os.replace(temporary, path)
        return
    old = path.with_name(f".replaced-{secrets.token_hex(6)}")
    try:
        os.replace(path, old)
    except OSError as error:
        raise MaskVideoError(
            f"folder {path} cannot be replaced ({error.strerror}): close the program that has it open, or give another"
        ) from error
    os.replace(temporary, path)
    shutil.rmtree(old, ignore_errors=True)
