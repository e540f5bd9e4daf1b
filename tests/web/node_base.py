"""Runs the editor's pure modules under Node, as they are in the pack."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from ..house import ROOT

OLDEST = 18


def reason_to_skip() -> str | None:
    """Why there is no Node to test with, in words for the test report; None where there is one."""
    node = shutil.which("node")
    if node is None:
        return "no node on the path: install Node 18 or newer"
    version = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
    return None if int(version.strip().lstrip("v").split(".")[0]) >= OLDEST else f"node is {version.strip()}, not 18"


def run_node(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Node in a copy of the modules and of the tests' scripts, where every file counts as a module."""
    shutil.copytree(ROOT / "web" / "lib", folder / "web" / "lib", dirs_exist_ok=True)
    (folder / "tests" / "web").mkdir(parents=True, exist_ok=True)
    for script in Path(__file__).parent.glob("*.mjs"):
        shutil.copy(script, folder / "tests" / "web")
    (folder / "package.json").write_text('{"type": "module"}')
    return subprocess.run(["node", *arguments], cwd=folder, capture_output=True, text=True, encoding="utf-8")
