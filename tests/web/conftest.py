"""Fixtures for what needs a browser: running hosts, and a page of each front end in each renderer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ..comfy.hosts import main_host
from ..comfy.hosts import reason_to_skip as no_host
from ..comfy.server import Server, start_server
from .browser import open_page
from .browser import reason_to_skip as no_browser
from .editor_base import Editor, put_image
from .front_ends import NoFrontEndError, newest_front_end


def pytest_collection_modifyitems(config, items) -> None:
    """A browser on a busy machine loses a key press once in some hundred tests: those get a second try, and say so."""
    if config.pluginmanager.hasplugin("rerunfailures"):
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.flaky(reruns=1))


class Corner(NamedTuple):
    """One page of a module's tests: every test opens a graph of its own in it."""

    server: Server
    page: Any


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[Server]:
    """The main host, with the pack among its custom nodes and folders of its own."""
    if reason := no_browser() or no_host(main_host()):
        pytest.skip(reason)
    with start_server(main_host(), tmp_path_factory.mktemp("web-host")) as running:
        yield running


@pytest.fixture(scope="session")
def newest_server(tmp_path_factory, request) -> Iterator[Server]:
    """The main host with the newest front end in place of its own."""
    if reason := no_browser() or no_host(main_host()):
        pytest.skip(reason)
    try:
        front_end = newest_front_end(request.config.cache.mkdir("front_end"))
    except NoFrontEndError as reason:
        pytest.skip(str(reason))
    flags = ("--cpu", "--front-end-root", str(front_end))
    with start_server(main_host(), tmp_path_factory.mktemp("newest-host"), flags) as running:
        yield running


@pytest.fixture(scope="module")
def corner(request, tmp_path_factory) -> Iterator[Corner]:
    """A page for the parameter (front end, Nodes 2.0), as ``corners.py`` names them."""
    front_end, vue_nodes = request.param
    server = request.getfixturevalue({"bundled": "server", "newest": "newest_server"}[front_end])
    with open_page(server, tmp_path_factory.mktemp("profile"), vue_nodes) as page:
        yield Corner(server, page)


@pytest.fixture
def editor(corner) -> Editor:
    """An empty trajectory editor over a picture, in a tab of its own."""
    put_image(corner.server)
    made = Editor(corner.page)
    made.add()
    return made
