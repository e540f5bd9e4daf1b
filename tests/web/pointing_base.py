"""SAM Mask Sequence in a page, as the tests of pointing use it, over a clip of two objects."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from maskvideo.files.video import write_video

from .editor_base import FRESH, Editor

SAM = "MaskVideo_SAMMaskSequence"
FIELDS = ("points", "not_points", "boxes")
CLIP = "two_objects.mp4"
FRAMES, WIDTH, HEIGHT = 10, 160, 96
PICTURE = ".mv-point-shell .mv-canvas, dialog .mv-pointing .mv-canvas"
ADD = """([type, source, file]) => {
    const { app, LiteGraph } = window
    const load = LiteGraph.createNode(source)
    app.graph.add(load)
    load.pos = [20, 120]
    load.widgets.find((widget) => ['image', 'file'].includes(widget.name)).value = file
    const node = LiteGraph.createNode(type)
    app.graph.add(node)
    node.pos = [360, 80]
    load.connect(0, node, node.inputs.findIndex((input) => input.name === 'clip'))
    Object.assign(app.canvas.ds, { scale: 1, offset: [0, 0] })
    app.canvas.setDirty(true, true)
}"""
NODE = "const node = window.app.canvas.graph.nodes.find((one) => one.type === type)"
WIDGET = f"{NODE}; const widget = (name) => node?.widgets.find((one) => one.name === name)"
TEXTS = f"([type, names]) => {{ {WIDGET}; return names.map((name) => widget(name)?.value ?? null) }}"
SET_TEXT = f"([type, name, text]) => {{ {WIDGET}; widget(name).value = text }}"
SHOWN = f"""(type) => {{ {WIDGET}
    const shells = [...document.querySelectorAll('.mv-point-shell')]
    const {{ element }} = widget('pointing')
    return element.isConnected && shells.length === 1 && shells[0] === element }}"""
READY = f"""(type) => {{ {WIDGET}
    return document.querySelector('.mv-pointing .mv-frame')?.textContent.startsWith('of ') }}"""
MARK = f"(type) => {{ {NODE}; node.markedByTest = true }}"
MADE_ANEW = f"(type) => {{ {NODE}; return node && !node.markedByTest }}"


def disc_place(frame: int) -> tuple[float, float]:
    """Where the disc's middle is, in fractions of the frame."""
    return (0.2 + 0.03 * frame, 0.65)


def square_place(frame: int) -> tuple[float, float]:
    return (0.75 - 0.02 * frame, 0.3)


def put_clip(folder: Path) -> None:
    """A bright disc and a green square that move over dark noise, as a video."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    frames = np.random.default_rng(0).integers(20, 50, (FRAMES, HEIGHT, WIDTH, 3), dtype=np.uint8)
    for index, frame in enumerate(frames):
        (dx, dy), (sx, sy) = disc_place(index), square_place(index)
        frame[(x - dx * WIDTH) ** 2 + (y - dy * HEIGHT) ** 2 < 14**2] = (235, 190, 50)
        frame[(abs(x - sx * WIDTH) < 11) & (abs(y - sy * HEIGHT) < 11)] = (40, 200, 90)
    write_video(folder / CLIP, frames)


class Pointer(Editor):
    """What a user does in the node; places are fractions of the frame, whose shape is ``size``."""

    size = (WIDTH, HEIGHT)

    def add(self, file: str = CLIP, source: str = "LoadVideo", ready: bool = True) -> None:
        """A graph with one node over a file of the input folder, in a tab of its own."""
        self.page.evaluate(FRESH)
        self.page.evaluate(ADD, [SAM, source, file])
        self.page.wait_for_selector(PICTURE)
        if ready:
            self.page.wait_for_function(READY, arg=SAM)
        self.settle()

    def settle(self) -> None:
        before = None
        while before != (before := self.page.locator(PICTURE).bounding_box()):
            self.page.wait_for_timeout(250)

    def points(self, *places: tuple[float, float]) -> list[tuple[float, float]]:
        """Places of the frame in the page: it fills the element but for a margin, in the middle."""
        box = self.page.locator(PICTURE).bounding_box()
        zoom = self.page.evaluate("(one) => one.getBoundingClientRect().width / one.clientWidth", self.element)
        margin = 28 * zoom
        width, height = self.size
        scale = min((box["width"] - margin) / width, (box["height"] - margin) / height)
        middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        return [(middle[0] + (x - 0.5) * width * scale, middle[1] + (y - 0.5) * height * scale) for x, y in places]

    @property
    def element(self):
        return self.page.locator(PICTURE).element_handle()

    def click(self, *places: tuple[float, float], **how) -> None:
        for point in self.points(*places):
            self.page.mouse.click(*point, **how)
            self.page.wait_for_timeout(120)

    def name(self, wanted: str) -> None:
        """Renames the chosen object."""
        field = self.page.locator(".mv-pointing .mv-rename")
        field.fill(wanted)
        field.press("Enter")
        self.page.wait_for_timeout(120)

    def add_object(self) -> None:
        self.page.get_by_role("button", name="Add an object (O)").click()
        self.page.wait_for_timeout(120)

    def undo_in_graph(self) -> None:
        """Ctrl+Z with the focus on the graph, which makes every node anew."""
        self.page.evaluate(MARK, SAM)
        self.page.mouse.click(1250, 780)
        self.press("Control+z")
        self.page.wait_for_function(MADE_ANEW, arg=SAM)
        self.page.wait_for_timeout(1000)

    def set(self, name: str, text: str) -> None:
        self.page.evaluate(SET_TEXT, [SAM, name, text])
        self.page.wait_for_timeout(250)

    @property
    def texts(self) -> dict[str, str]:
        return dict(zip(FIELDS, self.page.evaluate(TEXTS, [SAM, list(FIELDS)]), strict=True))

    @property
    def clicks(self) -> dict[str, list[dict]]:
        return json.loads(self.texts["points"] or "{}")

    @property
    def boxes(self) -> dict[str, list[dict]]:
        return json.loads(self.texts["boxes"] or "{}")

    @property
    def is_shown(self) -> bool:
        return self.page.evaluate(SHOWN, SAM)

    def point_at_both(self) -> None:
        """A box around the disc on the first frame, clicks on the square on the seventh."""
        self.drag((0.09, 0.48), (0.31, 0.82))
        self.name("disc")
        self.scrub(6)
        self.add_object()
        self.click(square_place(6))
        self.click((0.5, 0.5), button="right")
        self.name("<b>square</b>")
