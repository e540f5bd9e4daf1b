"""The Mask Trajectory Editor in a page, as the tests use it."""

from __future__ import annotations

import json

EDITOR = "MaskVideo_MaskTrajectoryEditor"
PICTURE = ".mv-canvas"
ADD = """([type, image]) => {
    const { app, LiteGraph } = window
    app.graph.clear()
    const load = LiteGraph.createNode('LoadImage')
    app.graph.add(load)
    load.pos = [40, 120]
    load.widgets.find((widget) => widget.name === 'image').value = image
    const node = LiteGraph.createNode(type)
    app.graph.add(node)
    node.pos = [420, 80]
    node.setSize([640, 640])
    load.connect(0, node, node.inputs.findIndex((input) => input.name === 'image'))
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
EMPTY = '{"format":"maskvideo trajectory","version":1,"objects":[],"camera":[]}'


class Editor:
    """What a user does with mouse and keyboard; places are fractions of the picture's element."""

    def __init__(self, page):
        self.page = page

    def add(self, image: str) -> None:
        self.page.evaluate(ADD, [EDITOR, image])
        self.page.wait_for_selector(PICTURE)
        self.page.wait_for_timeout(1500)

    def tool(self, name: str) -> None:
        self.page.locator(f".mv-tool[data-tool={name}]").click()

    def drag(self, *places: tuple[float, float]) -> None:
        box = self.page.locator(PICTURE).bounding_box()
        points = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in places]
        self.page.mouse.move(*points[0])
        self.page.mouse.down()
        for point in points[1:]:
            self.page.mouse.move(*point, steps=6)
        self.page.mouse.up()
        self.page.wait_for_timeout(300)

    def click(self, *places: tuple[float, float]) -> None:
        box = self.page.locator(PICTURE).bounding_box()
        for x, y in places:
            self.page.mouse.click(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
            self.page.wait_for_timeout(150)

    def press(self, keys: str) -> None:
        self.page.keyboard.press(keys)
        self.page.wait_for_timeout(300)

    def scrub(self, frame: int) -> None:
        self.page.locator(".mv-slider").fill(str(frame))
        self.page.wait_for_timeout(150)

    def undo_in_graph(self) -> None:
        """Ctrl+Z with the focus on the graph, which makes every node anew."""
        self.page.mouse.click(1250, 780)
        self.page.wait_for_timeout(300)
        self.press("Control+z")
        self.page.wait_for_timeout(2000)

    @property
    def text(self) -> str:
        return self.page.evaluate(VALUE, EDITOR)

    @text.setter
    def text(self, value: str) -> None:
        self.page.evaluate(SET_VALUE, [EDITOR, value])
        self.page.wait_for_timeout(300)

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
