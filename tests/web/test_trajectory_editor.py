"""The Mask Trajectory Editor in the browser: drawn with the mouse, kept through whatever the graph does, queued."""

import json
import time

import numpy as np
import pytest
from maskvideo.mask_tools.draw import default_trajectory, draw_masks
from maskvideo.mask_tools.sequence import collect
from maskvideo.mask_tools.tracks_file import read_tracks
from maskvideo.mask_tools.trajectory import trajectory_from_json
from maskvideo.mask_tools.trajectory_bitmap import read_bitmap
from maskvideo.mask_tools.trajectory_render import DrawnTracks
from PIL import Image

from .browser import open_page
from .editor_base import EDITOR, EMPTY, PICTURE, Editor
from .trajectory_base import CASES, FRAMES, HEIGHT, LEAST_IOU, WIDTH, least_iou

IMAGE = "first_frame.png"
SAVE = """(type) => {
    const { app, LiteGraph } = window
    const node = app.graph.nodes.find((one) => one.type === type)
    const save = LiteGraph.createNode('MaskVideo_SaveTracks')
    app.graph.add(save)
    node.connect(node.outputs.findIndex((output) => output.name === 'tracks'), save, 0)
}"""
WITH_MASK = """(type) => {
    const { app, LiteGraph } = window
    const node = app.graph.nodes.find((one) => one.type === type)
    const draw = LiteGraph.createNode('MaskVideo_DrawMaskSequence')
    app.graph.add(draw)
    draw.pos = [40, 500]
    for (const [name, value] of [['width', 416], ['height', 256]]) {
        draw.widgets.find((widget) => widget.name === name).value = value
    }
    draw.connect(0, node, node.inputs.findIndex((input) => input.name === 'sequence'))
}"""
OFFERED = """(type) => {
    const node = window.app.graph.nodes.find((one) => one.type === type)
    return window.app.nodeOutputs?.[node.id]?.maskvideo_masks?.length === 1
}"""
ROUND_TRIP = """async () => {
    const { workflow } = await window.app.graphToPrompt()
    await window.app.loadGraphData(JSON.parse(JSON.stringify(workflow)), true, true)
}"""
COPY = """(type) => {
    const { app } = window
    const node = app.graph.nodes.find((one) => one.type === type)
    app.canvas.selectItems([node])
    app.canvas.copyToClipboard([node])
    app.canvas.pasteFromClipboard()
}"""
TEXTS = """(type) => window.app.graph.nodes.filter((node) => node.type === type)
    .map((node) => node.widgets.find((widget) => widget.name === 'trajectory').value)"""
TO_SUBGRAPH = """(type) => {
    const { app } = window
    const node = app.graph.nodes.find((one) => one.type === type)
    app.canvas.graph.convertToSubgraph(new Set([node]))
}"""
ENTER = """() => {
    const { app } = window
    const node = app.graph.nodes.find((one) => one.subgraph)
    app.canvas.openSubgraph(node.subgraph, node)
}"""
INSIDE = """(type) => {
    const node = window.app.canvas.graph.nodes.find((one) => one.type === type)
    const widget = node.widgets.find((one) => one.name === 'trajectory')
    return widget.element.isConnected ? widget.value : null
}"""
QUEUED = """async (type) => Object.values((await window.app.graphToPrompt()).output)
    .find((node) => node.class_type === type).inputs.trajectory"""
ZOOM = """() => {
    Object.assign(window.app.canvas.ds, { scale: 0.6, offset: [120, 60] })
    window.app.canvas.setDirty(true, true)
}"""
NEW_TAB = "async () => { await window.app.extensionManager.command.execute('Comfy.NewBlankWorkflow') }"
TABS = ".workflow-tabs .p-togglebutton, .workflow-tabs [role=tab]"
PAINT = """async ([text, frames, width, height]) => {
    const lib = '/extensions/maskvideo/lib/trajectory_'
    const [{ readTrajectory }, { frameTime, isThere }, geometry, { paintShape }] =
        await Promise.all(['file', 'keys', 'geometry', 'paint'].map((name) => import(`${lib}${name}.js`)))
    const { objects, camera } = readTrajectory(text)
    const size = { width, height }
    const canvas = Object.assign(document.createElement('canvas'), size)
    const context = canvas.getContext('2d', { willReadFrequently: true })
    const mask = (object, time) => {
        context.clearRect(0, 0, width, height)
        const own = geometry.objectMatrix(object, time, size)
        const place = geometry.multiply(geometry.cameraMatrix(camera, time, size), own)
        if (isThere(object, time)) paintShape(context, object.shape, place, '#fff')
        const { data } = context.getImageData(0, 0, width, height)
        let bits = ''
        for (let i = 3; i < data.length; i += 4) bits += data[i] > 127 ? 1 : 0
        return bits
    }
    return objects.map((object) => Array.from({ length: frames }, (_, frame) => mask(object, frameTime(frame, frames))))
}"""
NODES_2 = pytest.mark.parametrize("vue_nodes", [False, True], ids=["classic", "nodes-2"])


@pytest.fixture
def editor(server, tmp_path, vue_nodes):
    """An editor over a picture, in each renderer."""
    y, x = np.mgrid[:144, :256]
    picture = np.stack([x, y, np.full_like(x, 90)], axis=-1).astype(np.uint8)
    Image.fromarray(picture).save(server.base / "input" / IMAGE)
    with open_page(server, tmp_path / "profile", vue_nodes) as page:
        made = Editor(page)
        made.add(IMAGE)
        yield made


def wait_for(condition, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.5)


@NODES_2
def test_what_is_drawn_with_the_mouse_is_what_the_server_makes(editor, server):
    editor.draw_one()
    (drawn,) = editor.objects
    assert drawn["shape"]["kind"] == "ellipse" and len(drawn["position"]) >= 3
    assert drawn["position"][-1]["x"] > 0.7 and drawn["position"][-1]["time"] == 1
    editor.page.evaluate(SAVE, EDITOR)
    output = server.base / "output" / "tracks"
    before = set(output.glob("*/tracks.json"))
    editor.page.get_by_test_id("queue-button").first.click()
    wait_for(lambda: set(output.glob("*/tracks.json")) - before)
    (folder,) = (path.parent for path in set(output.glob("*/tracks.json")) - before)
    made = read_tracks(folder).objects[0].masks
    assert (made == collect(DrawnTracks(trajectory_from_json(editor.text), 16, (256, 416))).objects[0].masks).all()
    painted = editor.page.evaluate(PAINT, [editor.text, 16, 416, 256])
    bits = np.array([[int(bit) for bit in frame] for frame in painted[0]], np.uint8).reshape(1, 16, 256, 416)
    assert least_iou(made[None], bits) >= LEAST_IOU


@pytest.mark.parametrize("vue_nodes", [False], ids=["classic"])
def test_the_browsers_own_canvas_paints_the_masks_that_python_makes(editor):
    for name, text in CASES.items():
        painted = editor.page.evaluate(PAINT, [text, FRAMES, WIDTH, HEIGHT])
        there = np.array([[[int(bit) for bit in frame] for frame in one] for one in painted], np.uint8)
        tracks = collect(DrawnTracks(trajectory_from_json(text), FRAMES, (HEIGHT, WIDTH)))
        here = np.stack([track.masks for track in tracks.objects])
        assert least_iou(here, there.reshape(here.shape)) >= LEAST_IOU, name


@NODES_2
def test_an_undo_of_the_graph_leaves_an_editor_that_works(editor):
    editor.draw_one()
    whole = editor.text
    editor.undo_in_graph()
    assert editor.text != whole and len(editor.objects) == 1
    assert editor.is_shown, "the element of the node before the undo is still on the page"
    editor.tool("rectangle")
    editor.drag((0.55, 0.2), (0.75, 0.5))
    assert [one["shape"]["kind"] for one in editor.objects] == ["rectangle", "ellipse"]


@NODES_2
def test_undo_in_the_editor_is_its_own_and_outlives_the_graphs(editor):
    editor.draw_one()
    with_way = editor.text
    editor.press("Control+z")
    assert len(editor.objects[0]["position"]) == 1
    editor.press("Control+Shift+z")
    assert editor.text == with_way
    editor.undo_in_graph()
    editor.page.locator(PICTURE).click(position={"x": 5, "y": 5})
    editor.press("Control+Shift+z")
    assert editor.text == with_way


@NODES_2
def test_nothing_is_lost_by_loading_copying_switching_tabs_and_subgraphs(editor):
    editor.draw_one()
    text, page = editor.text, editor.page
    page.evaluate(NEW_TAB)
    page.wait_for_timeout(2000)
    page.locator(TABS).first.click()
    page.wait_for_timeout(2500)
    assert editor.text == text and editor.is_shown
    page.evaluate(ROUND_TRIP)
    page.wait_for_timeout(2000)
    assert editor.text == text and editor.is_shown
    page.evaluate(COPY, EDITOR)
    page.wait_for_timeout(1500)
    assert page.evaluate(TEXTS, EDITOR) == [text, text]
    page.evaluate(TO_SUBGRAPH, EDITOR)
    page.wait_for_timeout(2000)
    assert page.evaluate(QUEUED, EDITOR) == text
    page.evaluate(ENTER)
    page.wait_for_timeout(2000)
    assert page.evaluate(INSIDE, EDITOR) == text


@NODES_2
def test_every_tool_draws(editor):
    editor.tool("polygon")
    editor.click((0.2, 0.2), (0.4, 0.2), (0.3, 0.5))
    editor.press("Enter")
    assert len(editor.objects[0]["shape"]["points"]) == 3
    editor.tool("curve")
    editor.click((0.3, 0.3), (0.5, 0.6), (0.8, 0.3))
    editor.press("Enter")
    assert [key["time"] for key in editor.objects[0]["position"]][::2] == [0, 1]
    editor.tool("lasso")
    editor.drag((0.6, 0.6), (0.7, 0.55), (0.8, 0.7), (0.65, 0.8))
    editor.tool("brush")
    editor.drag((0.1, 0.8), (0.3, 0.85), (0.4, 0.7))
    editor.drag((0.2, 0.7), (0.3, 0.9))
    editor.tool("eraser")
    editor.drag((0.15, 0.75), (0.35, 0.8))
    assert [one["shape"]["kind"] for one in editor.objects] == ["brush", "polygon", "polygon"]
    assert [stroke["erase"] for stroke in editor.objects[0]["shape"]["strokes"]] == [False, False, True]


@NODES_2
def test_objects_are_moved_scaled_and_turned_with_keyframes_at_later_frames(editor):
    editor.tool("rectangle")
    editor.drag((0.4, 0.4), (0.6, 0.6))
    editor.tool("select")
    editor.scrub(15)
    editor.drag((0.6, 0.6), (0.7, 0.7))
    assert [key["scale"] for key in editor.objects[0]["scale"]] == pytest.approx([1, 2], abs=0.05)
    editor.drag((0.5, 0.5), (0.7, 0.6))
    first, last = editor.objects[0]["position"]
    assert (first["x"], last["time"]) == (pytest.approx(0.5, abs=0.01), 1) and last["x"] > 0.68
    editor.page.keyboard.down("Alt")
    editor.drag((0.7, 0.6), (0.6, 0.6))
    editor.page.keyboard.up("Alt")
    moved = editor.objects[0]["position"]
    assert first["x"] - moved[0]["x"] == pytest.approx(last["x"] - moved[1]["x"], abs=1e-4) and moved[0]["x"] < 0.45


@NODES_2
def test_keys_after_a_click_on_the_picture_reach_the_editor_and_not_the_graph(editor):
    page = editor.page
    editor.tool("ellipse")
    editor.drag((0.3, 0.3), (0.5, 0.6))
    assert page.evaluate("() => document.activeElement.className") == "mv-keys"
    before = editor.objects[0]["position"][0]["x"]
    editor.press("Shift+ArrowRight")
    assert editor.objects[0]["position"][0]["x"] - before == pytest.approx(10 / 416, abs=1e-5)
    editor.press("Control+d")
    assert len(editor.objects) == 2
    editor.press("Delete")
    assert len(editor.objects) == 1 and page.evaluate("() => window.app.graph.nodes.length") == 2


@NODES_2
def test_keyframes_are_dragged_in_time_and_moved_and_removed_by_keys(editor):
    editor.draw_one()
    page = editor.page
    page.locator(".mv-large").click()
    page.wait_for_timeout(600)
    keys = page.locator(".mv-timeline-row").first.locator(".mv-key")
    count, box = keys.count(), keys.last.bounding_box()
    page.mouse.move(box["x"] + 6, box["y"] + 6)
    page.mouse.down()
    page.mouse.move(box["x"] - 120, box["y"] + 6, steps=6)
    page.mouse.up()
    dragged = editor.objects[0]["position"][-1]["time"]
    assert 0.85 < dragged < 0.97
    keys.last.focus()
    editor.press("ArrowRight")
    assert editor.objects[0]["position"][-1]["time"] == pytest.approx(dragged + 1 / 15, abs=1e-5)
    editor.press("Delete")
    assert len(editor.objects[0]["position"]) == count - 1


@NODES_2
def test_places_are_right_when_the_graph_is_zoomed(editor):
    editor.page.evaluate(ZOOM)
    editor.page.wait_for_timeout(1200)
    editor.tool("rectangle")
    editor.drag((0.4, 0.4), (0.6, 0.6))
    (key,) = editor.objects[0]["position"]
    assert (key["x"], key["y"]) == pytest.approx((0.5, 0.5), abs=0.01)


@NODES_2
def test_the_large_view_has_every_control_and_gives_the_editor_back(editor):
    page = editor.page
    page.locator(".mv-large").click()
    page.get_by_role("button", name="Add an ellipse in the middle").click()
    page.get_by_label("name", exact=True).fill("<img src=x onerror=alert(1)>")
    page.keyboard.press("Tab")
    editor.scrub(8)
    scale = page.get_by_label("scale", exact=True)
    scale.fill("2")
    scale.press("Enter")
    zoom = page.get_by_label("zoom", exact=True)
    zoom.fill("1.5")
    zoom.press("Enter")
    page.get_by_label("Easing of scale").select_option("hold")
    visible = page.get_by_label("visible from this frame on")
    visible.uncheck()
    page.get_by_role("button", name="Duplicate").click()
    values = json.loads(editor.text)
    first, second = values["objects"]
    assert (first["name"], second["name"]) == ("<img src=x onerror=alert(1)> 2", "<img src=x onerror=alert(1)>")
    assert [(key["time"], key["scale"]) for key in first["scale"]] == [(0, 1), (0.533333, 2)]
    assert first["scale"][1]["easing"] == "hold" and first["visible"][1] == {"time": 0.533333, "visible": False}
    assert values["camera"][1]["zoom"] == 1.5 and trajectory_from_json(editor.text)
    assert page.locator(".mv-side img").count() == 0
    page.keyboard.press("Escape")
    page.wait_for_timeout(500)
    assert page.locator("dialog.mv-dialog").count() == 0 and editor.is_shown
    assert page.locator(f".mv-shell {PICTURE}").count() == 1


@NODES_2
def test_it_plays_and_scrubs_over_the_first_frame(editor):
    editor.draw_one()
    slider = editor.page.locator(".mv-slider")
    editor.page.locator(".mv-play").click()
    wait_for(lambda: int(slider.input_value()) > 2, 20)
    editor.page.locator(".mv-play").click()
    editor.scrub(7)
    assert slider.input_value() == "7" and editor.page.locator(".mv-frame").inner_text() == "7 / 15"


@NODES_2
def test_a_mask_of_the_last_run_becomes_a_shape_that_is_drawn_as_it_was(editor, server):
    page = editor.page
    page.evaluate(WITH_MASK, EDITOR)
    editor.tool("ellipse")
    editor.drag((0.1, 0.1), (0.2, 0.25))
    page.get_by_test_id("queue-button").first.click()
    page.wait_for_function(OFFERED, arg=EDITOR)
    page.locator(".mv-large").click()
    page.get_by_role("button", name="Take the shape of object 1").click()
    wait_for(lambda: len(editor.objects) == 2)
    shape = editor.objects[0]["shape"]
    assert shape["kind"] == "bitmap" and (server.base / "input" / shape["file"]).is_file()
    drawn = DrawnTracks(
        trajectory_from_json(editor.text), 1, (256, 416), lambda name: read_bitmap(server.base / "input" / name)
    )
    star = draw_masks(default_trajectory(), 1, (256, 416))[0, 0].numpy().astype(np.uint8)
    assert least_iou(drawn.batch([0])[:, :1], star[None]) >= LEAST_IOU


@pytest.mark.parametrize("vue_nodes", [True], ids=["nodes-2"])
def test_a_wrong_text_is_told_and_kept_until_the_user_starts_anew(editor):
    page = editor.page
    for wrong in (
        "{",
        EMPTY.replace(":1,", ":2,"),
        EMPTY[:-1] + ',"x":' + "9" * 100_000 + "}",
        "[[[[",
        '{"objects":NaN}',
    ):
        editor.text = wrong
        assert page.locator(".mv-error").is_visible() and editor.text == wrong
    page.get_by_role("button", name="Throw this trajectory away and start anew").click()
    assert editor.text == EMPTY and not page.locator(".mv-error").is_visible()
