"""The pack as files and folders, for the tests that hold the house in order."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
BESIDE_THE_PACK = (".ci", "benchmarks", "docs", "findings", "tests", "web", "workflows")
HOST_MODULES = {
    "aiohttp",
    "comfy",
    "comfy_api",
    "comfy_execution",
    "comfy_extras",
    "folder_paths",
    "latent_preview",
    "node_helpers",
    "nodes",
    "server",
}
"""What ComfyUI itself puts on the import path: no dependency of the pack."""


def packages() -> dict[str, Path]:
    """Every package by its dotted name: the root and the folders with an ``__init__.py`` that are reached from it."""
    return dict(_walk("maskvideo", ROOT))


def sources() -> list[Path]:
    """Every Python file of the packages."""
    return [file for folder in packages().values() for file in sorted(folder.glob("*.py"))]


def modules() -> list[str]:
    """Every module as a path from the root, such as ``core/lora.py``; packages' own files are left out."""
    return [file.relative_to(ROOT).as_posix() for file in sources() if file.name != "__init__.py"]


def shipped() -> list[Path]:
    """Every file that a clone holds; what tools and runs leave in the folder is left out."""
    tops = {folder.relative_to(ROOT).parts[0] for folder in packages().values() if folder != ROOT}
    inside = (file for top in sorted(tops | set(BESIDE_THE_PACK)) for file in (ROOT / top).rglob("*"))
    files = (*(file for file in ROOT.glob("*") if not file.name.startswith(".git")), *inside)
    return [file for file in files if file.is_file() and "__pycache__" not in file.parts]


def left_out_of_archive() -> list[str]:
    """The patterns of ``.comfyignore``, such as ``/docs/``."""
    lines = (ROOT / ".comfyignore").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def archived() -> list[Path]:
    """Every file that the ComfyUI registry's archive holds."""
    patterns = tuple(left_out_of_archive())
    return [file for file in shipped() if not f"/{file.relative_to(ROOT).as_posix()}".startswith(patterns)]


@cache
def absolute_imports(file: Path) -> frozenset[str]:
    """The top-level names that a Python file imports absolutely, inside functions too."""
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    named = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    named |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.level == 0}
    return frozenset(name.split(".")[0] for name in named)


def third_party(file: Path) -> frozenset[str]:
    """``absolute_imports`` without the standard library."""
    return absolute_imports(file) - sys.stdlib_module_names


def _walk(name: str, folder: Path) -> Iterator[tuple[str, Path]]:
    yield name, folder
    for inner in sorted(folder.iterdir()):
        if (inner / "__init__.py").is_file():
            yield from _walk(f"{name}.{inner.name}", inner)
