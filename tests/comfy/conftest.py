"""Fixtures for what needs a ComfyUI host: one inside this process, and real servers of every version that is there."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .hosts import all_hosts, host_version, main_host, reason_to_skip
from .server import Server, start_server
from .training_nodes import demo, folders, make_dataset, train  # noqa: F401


@pytest.fixture(scope="session")
def host() -> Path:
    """The host's modules (``comfy``, ``nodes``, ``folder_paths``) importable in this process, on the CPU.

    A test asks for this fixture and imports ``comfy`` inside its body. Gives the checkout's folder.
    """
    path = main_host()
    if reason := reason_to_skip(path):
        pytest.skip(reason)
    if "comfy" not in sys.modules:
        _import_host(path)
    return path


@pytest.fixture(scope="session", params=all_hosts() or [main_host()], ids=lambda path: path.name)
def server(request, tmp_path_factory) -> Iterator[Server]:
    """A running server of each host version, with the pack among its custom nodes and folders of its own."""
    if reason := reason_to_skip(request.param):
        pytest.skip(reason)
    base = tmp_path_factory.mktemp(f"host-{host_version(request.param)}")
    with start_server(request.param, base) as running:
        yield running


def _import_host(path: Path) -> None:
    """The host reads its flags from the command line at its first import, so they stand there for that moment.

    The host's folder goes last: its ``tests`` and ``utils`` must not hide anything of this environment.
    """
    sys.path.append(str(path))
    arguments, sys.argv = sys.argv, [sys.argv[0], "--cpu"]
    try:
        import comfy.options

        comfy.options.enable_args_parsing()
        import comfy.cli_args
    finally:
        sys.argv = arguments
    assert comfy.cli_args.args.cpu
