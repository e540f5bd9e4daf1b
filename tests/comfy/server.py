"""A real ComfyUI server as a process of its own, in folders of its own, with the pack among its custom nodes."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..house import ROOT, archived
from .api_client import ApiClient
from .hosts import has_other_templates, host_version

START_SECONDS = 300
"""A host starts in about 20 s; a busy machine takes its time."""


@dataclass(frozen=True)
class Server:
    """A running host: ``base`` holds its models, input and output folders."""

    version: str
    base: Path
    api: ApiClient
    process: subprocess.Popen

    @property
    def log(self) -> str:
        """Everything that the host has printed so far."""
        return _log_file(self.base).read_text(encoding="utf-8", errors="replace")


@contextmanager
def start_server(host: Path, base: Path, flags: Sequence[str] = ("--cpu",)) -> Iterator[Server]:
    """Start a host of the checkout ``host`` in the folder ``base``, empty or an earlier one's; it ends with the block.

    ``flags`` say where it computes: the host takes one of ``--cpu``, ``--lowvram`` and their like. Raises
    ``RuntimeError`` with the end of the log where the host does not come up.
    """
    _install_pack(base)
    port = _free_port()
    command = [sys.executable, str(host / "main.py"), *_flags(base, port), *flags]
    with _log_file(base).open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=host,
            env=_environment(host, base),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    server = Server(host_version(host), base, ApiClient(f"http://127.0.0.1:{port}"), process)
    try:
        _wait_until_up(server)
        yield server
    finally:
        _stop(process)


def _install_pack(base: Path) -> None:
    """What the registry's archive holds, into ``custom_nodes``, beside a node for other families' MODELs; and the
    folders that tests put files into."""
    for folder in ("input", "models/motion_lora"):
        (base / folder).mkdir(parents=True, exist_ok=True)
    for file in archived():
        copy = base / "custom_nodes" / "maskvideo" / file.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
    shutil.copyfile(Path(__file__).with_name("other_models.py"), base / "custom_nodes" / "other_models.py")


def _environment(host: Path, base: Path) -> dict[str, str]:
    """This process's environment, with an empty gallery of example graphs where the installed one does not fit."""
    if not has_other_templates(host):
        return dict(os.environ)
    gallery = base / "gallery" / "comfyui_workflow_templates"
    (gallery / "templates").mkdir(parents=True, exist_ok=True)
    (gallery / "__init__.py").touch()
    paths = [str(gallery.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def _flags(base: Path, port: int) -> list[str]:
    quiet = ["--disable-auto-launch", "--disable-api-nodes", "--database-url", "sqlite:///:memory:"]
    return ["--port", str(port), "--base-directory", str(base), *quiet]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_up(server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not server.api.is_up():
        if server.process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"ComfyUI {server.version} did not start:\n{server.log[-4000:]}")
        time.sleep(0.5)


def _stop(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _log_file(base: Path) -> Path:
    return base / "host.log"
