"""Files that are either there in full or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..core.errors import MaskVideoError


@contextmanager
def atomic_path(path: str | os.PathLike) -> Iterator[Path]:
    """A temporary path to write to, which becomes ``path`` when the block ends well and is removed when it does not.

    The temporary file lies in the same folder, since a rename across disks is a copy, and keeps the suffix, since
    writers go by it. Its bytes are on the disk before the rename: whenever the process is killed, ``path`` is the old
    file or the new one. Close whatever you opened inside the block; Windows renames no open file.

    Raises ``MaskVideoError`` where there is no such folder, another program holds ``path`` open or it is a folder.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise MaskVideoError(f"{path} cannot be written: there is no folder {path.parent}; create it or give another")
    temporary = path.with_name(f".writing-{secrets.token_hex(6)}{path.suffix}")
    try:
        yield temporary
        _flush(temporary)
        _replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    _flush_folder(path.parent)


def require_writable_folder(path: str | os.PathLike) -> Path:
    """Create the folder, and its parents, and check that a file can be written in it; before any work.

    Raises ``MaskVideoError`` that names the cause and the nearest folder above that can be written.
    """
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _try_writing(folder)
    except OSError as error:
        nearest = next((str(parent) for parent in folder.absolute().parents if _is_writable(parent)), "another one")
        raise MaskVideoError(
            f"output folder {folder} cannot be written ({error.strerror}): give a folder inside {nearest}"
        ) from error
    return folder


def _flush(path: Path) -> None:
    with path.open("r+b") as file:  # Windows flushes only what is open for writing
        os.fsync(file.fileno())


def _replace(temporary: Path, path: Path) -> None:
    try:
        os.replace(temporary, path)
    except OSError as error:
        raise MaskVideoError(
            f"{path} cannot be replaced ({error.strerror}): close the program that has it open, or give another name"
        ) from error


def _flush_folder(folder: Path) -> None:
    """Make the rename itself durable; Windows has no such call and does so by itself."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems refuse; the file is in its place either way
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _try_writing(folder: Path) -> None:
    probe = folder / f".writing-{secrets.token_hex(6)}"
    try:
        probe.touch(exist_ok=False)
    finally:
        probe.unlink(missing_ok=True)


def _is_writable(folder: Path) -> bool:
    try:
        _try_writing(folder)
    except OSError:
        return False
    return True
