"""ComfyUI checkouts on this machine, and whether the environment that runs the tests can run them."""

from __future__ import annotations

import os
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import Requirement

DEFAULT = Path("~/comfy/ComfyUI").expanduser()
TEMPLATES = "comfyui-workflow-templates"
OPTIONAL = {TEMPLATES, "comfyui-embedded-docs", "comfy-angle", "PyOpenGL", "kornia", "spandrel"}
"""What a host lists, and runs without: pictures, documents, nodes that no test uses."""


def main_host() -> Path:
    """Where the host is looked for: ``COMFYUI_PATH``, or where comfy-cli puts one."""
    return Path(os.environ.get("COMFYUI_PATH") or DEFAULT)


def all_hosts() -> list[Path]:
    """The main host and other versions beside it (``ComfyUI-0.3.64``), as far as they are there."""
    main = main_host()
    beside = sorted(path for path in main.parent.glob("ComfyUI-*") if path != main)
    return [path for path in (main, *beside) if (path / "main.py").is_file()]


def host_version(path: Path) -> str:
    """The version that a checkout says it is."""
    return re.search(r'__version__ = "(.+)"', (path / "comfyui_version.py").read_text(encoding="utf-8")).group(1)


def reason_to_skip(path: Path) -> str | None:
    """Why the tests cannot run this host, in words for the test report; None where they can."""
    if not (path / "main.py").is_file():
        return f"no ComfyUI at {path}: set COMFYUI_PATH to a checkout"
    wanted = {requirement.name for requirement in _requirements(path)} - OPTIONAL
    missing = sorted(name for name in wanted if not _is_installed(name))
    if missing:
        return f"{path} needs {', '.join(missing)} in this environment: pip install -r {path / 'requirements.txt'}"
    return None


def has_other_templates(path: Path) -> bool:
    """Whether the environment's gallery of example graphs is not the one that this host is pinned to.

    One environment serves hosts of several versions, and an older one does not start with a newer gallery.
    """
    pinned = next(one for one in _requirements(path) if one.name == TEMPLATES)
    return not (_is_installed(TEMPLATES) and pinned.specifier.contains(version(TEMPLATES)))


def _requirements(path: Path) -> list[Requirement]:
    lines = (path / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line.strip() and not line.startswith("#")]


def _is_installed(name: str) -> bool:
    try:
        return bool(version(name))
    except PackageNotFoundError:
        return False
