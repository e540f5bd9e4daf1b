"""Output files of a command: checked before any work, and no trace of a run that failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..core.errors import MaskVideoError
from ..files.atomic import require_writable_folder


@contextmanager
def prepared_folders(*folders: str | Path | None) -> Iterator[None]:
    """Create the folders and check that they can be written; those that stay empty because of an error go again.

    Raises ``MaskVideoError`` for a folder that cannot be written.
    """
    wanted = [Path(folder) for folder in folders if folder is not None]
    created = [path for folder in wanted for path in (folder, *folder.parents) if not path.exists()]
    try:
        for folder in wanted:
            require_writable_folder(folder)
        yield
    except BaseException:
        for path in sorted(set(created), key=lambda path: len(path.parts), reverse=True):
            with suppress(OSError):  # not empty: something else was written there
                path.rmdir()
        raise


def check_suffix(path: str | Path | None, *suffixes: str) -> Path | None:
    """``path`` as a Path (None stays None). Raises ``MaskVideoError`` where it ends otherwise."""
    if path is None:
        return None
    path = Path(path)
    if path.suffix.lower() not in suffixes:
        raise MaskVideoError(f"{path} ends in {path.suffix or 'nothing'}: give {path.stem or 'a name'}{suffixes[0]}")
    if path.is_dir():
        raise MaskVideoError(f"{path} is a folder: give the name of a file in it, such as {path / 'out'}{suffixes[0]}")
    return path


def parent_of(path: Path | None) -> Path | None:
    return None if path is None else path.parent
