"""The host's front ends that the editors are tested on: the one that the environment holds, and the newest on PyPI."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from zipfile import ZipFile

PACKAGE = "comfyui-frontend-package"
STATIC = "comfyui_frontend_package/static"
SECONDS = 120


class NoFrontEndError(Exception):
    """Why there is no second front end to test on, in words for the test report."""


def newest_front_end(folder: Path) -> Path:
    """The newest front end's files, unpacked in ``folder`` once; raises ``NoFrontEndError`` where there is none."""
    wheel = _newest_wheel(folder)
    number = wheel.name.split("-")[1]
    if number == version(PACKAGE):
        raise NoFrontEndError(f"the environment's front end, {number}, is the newest")
    unpacked = folder / number
    if not unpacked.is_dir():
        with ZipFile(wheel) as archive:
            archive.extractall(folder / f"{number}.part")
        (folder / f"{number}.part").rename(unpacked)
    return unpacked / STATIC


def _newest_wheel(folder: Path) -> Path:
    """Downloads the newest wheel; pip leaves one alone that is there already."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--only-binary",
        ":all:",
        "-d",
        str(folder),
        PACKAGE,
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired as error:
        raise NoFrontEndError(f"PyPI did not give {PACKAGE} within {SECONDS} s") from error
    wheels = sorted(folder.glob("*.whl"), key=lambda path: [int(part) for part in path.name.split("-")[1].split(".")])
    if done.returncode or not wheels:
        raise NoFrontEndError(f"PyPI gives no {PACKAGE}: {done.stderr.strip()[-200:]}")
    return wheels[-1]
