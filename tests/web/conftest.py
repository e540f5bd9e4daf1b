"""Fixtures for what needs a browser: a running host."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ..comfy.hosts import main_host
from ..comfy.hosts import reason_to_skip as no_host
from ..comfy.server import Server, start_server
from .browser import reason_to_skip as no_browser


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[Server]:
    """The main host, with the pack among its custom nodes and folders of its own."""
    if reason := no_browser() or no_host(main_host()):
        pytest.skip(reason)
    with start_server(main_host(), tmp_path_factory.mktemp("web-host")) as running:
        yield running
