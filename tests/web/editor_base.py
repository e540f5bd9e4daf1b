"""The Mask Trajectory Editor in a page, as the tests use it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import numpy as np
from PIL import Image

from ..comfy.server import Server

EDITOR = "MaskVideo_MaskTrajectoryEditor"
PICTURE = ".mv-canvas"
IMAGE = "first_frame.png"
FRESH = """async () => {
    document.querySelector('dialog.mv-dialog')?.close()
    const { app } = window
    const store = app.extensionManager.workflow
    const old = [...store.openWorkflows]
    await app.extensionManager.command.execute('Comfy.NewBlankWorkflow')
    for (const one of old) await store.closeWorkflow(one)
}"""
ADD = """([type, source, file]) => {
    const { app, LiteGraph } = window
    const load = LiteGraph.createNode(source)
    app.graph.add(load)
    load.pos = [40, 120]
    load.widgets.find((widget) => ['image', 'file'].includes(widget.name)).value = file
    const node = LiteGraph.createNode(type)
    app.graph.add(node)
    node.pos = [420, 80]
    node.setSize([640, 640])
    let last = load
    if (source === 'LoadVideo') {
        last = LiteGraph.createNode('GetVideoComponents')
        app.graph.add(last)
        last.pos = [40, 500]
        load.connect(0, last, 0)
    }
    last.connect(0, node, node.inputs.findIndex((input) => input.name === 'image'))
    Object.assign(app.canvas.ds, { scale: 1, offset: [0, 0] })
    app.canvas.setDirty(true, true)
}"""
WIDGET = """const node = window.app.graph.nodes.find((one) => one.type === type)
    const widget = node?.widgets.find((one) => one.name === 'trajectory')"""
VALUE = f"(type) => {{ {WIDGET}; return widget?.value ?? null }}"
SET_VALUE = f"([type, text]) => {{ {WIDGET}; widget.value = text }}"
SHOWN = f"""(type) => {{ {WIDGET}
    const shells = [...document.querySelectorAll('.mv-shell')]
    return widget.element.isConnected && shells.length === 1 && shells[0] === widget.element }}"""
MARK = f"(type) => {{ {WIDGET}; node.markedByTest = true }}"
MADE_ANEW = f"(type) => {{ {WIDGET}; return node && !node.markedByTest }}"
EMPTY = '{"format":"maskvideo trajectory","version":1,"objects":[],"camera":[]}'


def wait_for(condition: Callable[[], bool], seconds: float = 120) -> None:
    """Until it holds; fails where it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def put_image(server: Server) -> None:
    """A picture of colours into the host's input folder, of another aspect than the masks have at first."""
    y, x = np.mgrid[:144, :256]
    picture = np.stack([x, y, np.full_like(x, 90)], axis=-1).astype(np.uint8)
    Image.fromarray(picture).save(server.base / "input" / IMAGE)


class Editor:
    """What a user does with mouse and keyboard; places are fractions of the picture's element."""

    def __init__(self, page):
        self.page = page

    def add(self, file: str = IMAGE, source: str = "LoadImage") -> None:
        """A graph with one editor over a file of the input folder, in a tab of its own."""
        self.page.evaluate(FRESH)
        self.page.evaluate(ADD, [EDITOR, source, file])
        self.page.wait_for_selector(PICTURE)
        self.page.get_by_role("button", name="give them the image’s").wait_for()
        self.settle()

    def settle(self) -> None:
        """Until the picture stays where it is."""
        before = None
        while before != (before := self.page.locator(PICTURE).bounding_box()):
            self.page.wait_for_timeout(250)

    def tool(self, name: str) -> None:
        self.page.locator(f".mv-tool[data-tool={name}]").click()

    def drag(self, *places: tuple[float, float]) -> None:
        points = self.points(*places)
        self.page.mouse.move(*points[0])
        self.page.mouse.down()
        for point in points[1:]:
            self.page.mouse.move(*point, steps=4)
        self.page.mouse.up()
        self.page.wait_for_timeout(120)

    def points(self, *places: tuple[float, float]) -> list[tuple[float, float]]:
        """Places of the picture's element in the page."""
        box = self.page.locator(PICTURE).bounding_box()
        return [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in places]

    def click(self, *places: tuple[float, float]) -> None:
        for point in self.points(*places):
            self.page.mouse.click(*point)
            self.page.wait_for_timeout(80)

    def press(self, keys: str) -> None:
        self.page.keyboard.press(keys)
        self.page.wait_for_timeout(120)

    def scrub(self, frame: int) -> None:
        self.page.locator(".mv-slider").fill(str(frame))
        self.page.wait_for_timeout(80)

    def large(self) -> None:
        """Opens the large view."""
        self.page.locator(".mv-large").click()
        self.page.wait_for_selector(f"dialog {PICTURE}")
        self.settle()

    def undo_in_graph(self) -> None:
        """Ctrl+Z with the focus on the graph, which makes every node anew."""
        self.page.evaluate(MARK, EDITOR)
        self.page.mouse.click(1250, 780)
        self.press("Control+z")
        self.page.wait_for_function(MADE_ANEW, arg=EDITOR)
        self.page.wait_for_timeout(1000)

    @property
    def text(self) -> str:
        return self.page.evaluate(VALUE, EDITOR)

    @text.setter
    def text(self, value: str) -> None:
        self.page.evaluate(SET_VALUE, [EDITOR, value])
        self.page.wait_for_timeout(150)

    @property
    def objects(self) -> list[dict]:
        return json.loads(self.text or EMPTY)["objects"]

    @property
    def is_shown(self) -> bool:
        """Whether the one editor on the page is the node's own."""
        return self.page.evaluate(SHOWN, EDITOR)

    def draw_one(self) -> None:
        """An ellipse, and its way."""
        self.tool("ellipse")
        self.drag((0.15, 0.55), (0.35, 0.8))
        self.tool("path")
        self.drag((0.25, 0.67), (0.4, 0.4), (0.6, 0.35), (0.8, 0.65))
