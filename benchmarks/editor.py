"""How smoothly the Mask Trajectory Editor follows the hand: frame times while an object is dragged, in a real browser.

Ten objects with 200 keyframes over a picture of 1920x1080, in the node and in the large view. One object is dragged for
some seconds, a step with every frame of the browser. The table shows the time from frame to frame, and how much of it
is the editor's own: the script that handles the pointer and paints. The rest is the browser's: without a GPU it fills
every pixel on the processor, and other programs lengthen it further. Opening is the time from the click on the button
to the second frame of the large view.

    python benchmarks/editor.py
    python benchmarks/editor.py --nodes-2 --frames 600

Needs a ComfyUI checkout at COMFYUI_PATH or ~/comfy/ComfyUI, with its requirements and playwright in this environment,
and Chromium.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from pathlib import Path

import numpy as np
from maskvideo.evaluation.report import write_report
from maskvideo.evaluation.table import markdown_table
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT))  # at its end: before the host's own, the pack's folders would hide them

from tests.comfy.hosts import main_host  # noqa: E402
from tests.comfy.server import start_server  # noqa: E402
from tests.web.browser import open_page  # noqa: E402
from tests.web.editor_base import IMAGE, Editor  # noqa: E402

OBJECTS, KEYS = 10, 200
PICTURE_PX = 1920, 1080
SHAPES = (
    {"kind": "ellipse", "width": 0.3, "height": 0.2},
    {"kind": "rectangle", "width": 0.25, "height": 0.25},
    {"kind": "polygon", "points": [[0, -0.15], [0.15, 0.1], [-0.15, 0.1]]},
    {"kind": "brush", "strokes": [{"radius": 0.05, "points": [[-0.1, 0], [0.1, 0.05], [0.1, -0.1]]}]},
)
FRAME_MS, OPENING_MS = 1000 / 60, 500
"""The most that a frame and the opening of the large view may take."""
WATCH = """async () => {
    const { Stage } = await import('/extensions/maskvideo/lib/trajectory_stage.js')
    const paint = Stage.prototype.paint
    Stage.prototype.paint = function () {
        const began = performance.now()
        paint.call(this)
        window.benchPainted = (window.benchPainted ?? 0) + performance.now() - began
    }
}"""
DRAG = """async ([x, y, count]) => {
    const canvas = document.querySelector('.mv-canvas')
    const [intervals, scripts] = [[], []]
    let before = null
    for (let i = 0; i <= count; i++) {
        const now = await new Promise(requestAnimationFrame)
        if (before !== null) intervals.push(now - before)
        before = now
        const began = performance.now()
        const place = { clientX: x + 60 * Math.sin(i / 8), clientY: y + 40 * Math.cos(i / 8) }
        canvas.dispatchEvent(new PointerEvent('pointermove', { pointerId: 1, bubbles: true, ...place }))
        scripts.push(performance.now() - began + (window.benchPainted ?? 0))
        window.benchPainted = 0
    }
    return { intervals, scripts: scripts.slice(1) }
}"""
OPEN = """async () => {
    const began = performance.now()
    document.querySelector('.mv-large').click()
    for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame)
    return performance.now() - began
}"""


def crowded(seed: int = 0) -> str:
    """JSON of a trajectory with many objects and keyframes."""
    random = np.random.default_rng(seed)
    objects = [_one(index, *random.uniform(0.3, 0.7, 2), random.uniform(0, 6)) for index in range(OBJECTS)]
    return json.dumps({"format": "maskvideo trajectory", "version": 1, "objects": objects, "camera": []})


def _one(index: int, x: float, y: float, turn: float) -> dict:
    def keys(count: int, values) -> list[dict]:
        return [{"time": round(k / (count - 1), 6), **values(k)} for k in range(count)]

    return {
        "name": f"object {index + 1}",
        "shape": SHAPES[index % len(SHAPES)],
        "position": keys(8, lambda k: {"x": x + 0.2 * math.cos(turn + k / 2), "y": y + 0.2 * math.sin(turn + k / 2)}),
        "scale": keys(6, lambda k: {"scale": 1 + 0.3 * (k % 2)}),
        "rotation": keys(6, lambda k: {"rotation": 30.0 * k}),
    }


def measure(vue_nodes: bool, frames: int) -> list[dict]:
    """A row for the node and one for the large view."""
    with tempfile.TemporaryDirectory() as folder, start_server(main_host(), Path(folder) / "host") as server:
        noise = np.random.default_rng(0).integers(0, 255, (PICTURE_PX[1] // 8, PICTURE_PX[0] // 8, 3), np.uint8)
        Image.fromarray(noise).resize(PICTURE_PX).save(server.base / "input" / IMAGE)
        with open_page(server, Path(folder) / "profile", vue_nodes) as page:
            editor = Editor(page)
            editor.add()
            editor.text = crowded()
            page.evaluate(WATCH)
            rows = [_drag(editor, "node", frames)]
            opening = page.evaluate(OPEN)
            editor.settle()
            return [*rows, {**_drag(editor, "large view", frames), "opening": opening}]


def _drag(editor: Editor, view: str, frames: int) -> dict:
    """Frame times while the first object is dragged."""
    page = editor.page
    editor.tool("select")
    editor.scrub(0)
    before = editor.text
    first = json.loads(before)["objects"][0]["position"][0]
    x, y = _on_screen(page, first["x"], first["y"])
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 10, y + 5)
    times = page.evaluate(DRAG, [x, y, frames])
    page.mouse.up()
    page.wait_for_timeout(300)
    if editor.text == before:
        raise RuntimeError(f"nothing was dragged in the {view}")
    row = {"view": view}
    for name, key in (("frame", "intervals"), ("own script", "scripts")):
        row |= {f"{name} median": float(np.median(times[key])), f"{name} p95": float(np.percentile(times[key], 95))}
    return row


def _on_screen(page, x: float, y: float) -> tuple[float, float]:
    """A place of the picture, fractions of its width and height, in the page; the default size, 416x256."""
    box = page.locator(".mv-canvas").bounding_box()
    scale = min((box["width"] - 28) / 416, (box["height"] - 28) / 256)
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    return middle[0] + (x - 0.5) * 416 * scale, middle[1] + (y - 0.5) * 256 * scale


def read_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--frames", type=int, default=240, metavar="N", help="of the browser, for each drag (240)")
    parser.add_argument("--nodes-2", action="store_true", help="in Nodes 2.0 rather than on the classic canvas")
    parser.add_argument("--report", metavar="FILE.json", help="also write settings and figures")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> list[dict]:
    """Measure, print the table in milliseconds, write the report where one is asked for."""
    args = read_arguments(argv)
    rows = measure(args.nodes_2, args.frames)
    columns = [*rows[0], "opening"]
    print(markdown_table(rows, {key: key if key == "view" else f"{key} ms" for key in columns}, digits=1))
    print(f"asked for: frame median and p95 {FRAME_MS:.1f} ms, opening {OPENING_MS:g} ms")
    if args.report:
        write_report(args.report, vars(args) | {"rows": rows})
    return rows


if __name__ == "__main__":
    main()
