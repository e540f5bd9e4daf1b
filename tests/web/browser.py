"""A real browser on a running host, as the tests drive it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from ..comfy.server import Server

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SETTINGS = {"Comfy.TutorialCompleted": True, "Comfy.Workflow.Persist": False}
"""No tour, and every page starts without the one before."""
READY = """() => window.app?.extensionManager && window.app.graph && window.app.isGraphReady !== false
    && !document.querySelector('.p-blockui-mask')"""
WAIT_MS = 240_000
"""A page is there in seconds; a busy machine takes its time."""
SETTLE_MS = 1500


def reason_to_skip() -> str | None:
    """Why there is no browser to test with, in words for the test report; None where there is one."""
    if find_spec("playwright") is None:
        return "no playwright in this environment: pip install playwright"
    if find_chromium() is None:
        return f"no browser on the path: install one of {', '.join(CHROMIUM)}"
    return None


def find_chromium() -> str | None:
    """The path of the first browser that is there."""
    return next((path for path in map(shutil.which, CHROMIUM) if path), None)


@contextmanager
def open_page(server: Server, profile: Path, vue_nodes: bool = False, query: str = "") -> Iterator:
    """A page on the host's front end, ready to use, in the empty profile folder ``profile``.

    ``vue_nodes`` chooses the renderer: Nodes 2.0, or the classic canvas. ``query`` is such as ``?template=name``.
    """
    from playwright.sync_api import sync_playwright

    for name, value in {**SETTINGS, "Comfy.VueNodes.Enabled": vue_nodes}.items():
        server.api.post(f"settings/{name}", value)
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=find_chromium(), args=FLAGS, viewport={"width": 1600, "height": 1000}
        )
        page = context.pages[0]
        page.set_default_timeout(WAIT_MS)
        page.goto(f"{server.api.address}/{query}", wait_until="domcontentloaded")
        page.wait_for_function(READY)
        page.wait_for_timeout(SETTLE_MS)
        try:
            yield page
        finally:
            context.close()
