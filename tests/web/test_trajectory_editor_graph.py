"""The Mask Trajectory Editor in the graph, in every front end and renderer: nothing is lost, nothing stands still."""

import json

import pytest
from maskvideo.mask_tools.sequence import collect
from maskvideo.mask_tools.tracks_file import read_tracks
from maskvideo.mask_tools.trajectory import trajectory_from_json
from maskvideo.mask_tools.trajectory_render import DrawnTracks

from .browser import READY
from .canvas_masks import PAINT, bits
from .corners import every_corner
from .editor_base import EDITOR, PICTURE, wait_for
from .graph_scripts import COPY, ENTER, ROUND_TRIP, SAVE, TO_SUBGRAPH
from .trajectory_base import LEAST_IOU, least_iou

TEXTS = """(type) => window.app.graph.nodes.filter((node) => node.type === type)
    .map((node) => node.widgets.find((widget) => widget.name === 'trajectory').value)"""
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
GRAPH_VIEW = "() => [window.app.canvas.ds.scale, ...window.app.canvas.ds.offset]"
NEW_TAB = "async () => { await window.app.extensionManager.command.execute('Comfy.NewBlankWorkflow') }"
TEXTS_ARE = f"([type, texts]) => JSON.stringify(({TEXTS})(type)) === JSON.stringify(texts)"
DISTINCT = """(type) => {
    const nodes = window.app.graph.nodes.filter((node) => node.type === type)
    const elements = nodes.map((node) => node.widgets.find((widget) => widget.name === 'trajectory').element)
    return new Set(elements).size === nodes.length && elements.every((element) => element.isConnected)
}"""
PERSIST = "async (on) => { await window.app.extensionManager.setting.set('Comfy.Workflow.Persist', on) }"
SELECT_SUBGRAPH = """() => {
    const { app } = window
    app.canvas.selectItems([app.graph.nodes.find((node) => node.subgraph)])
}"""
OPEN_SELECTED = "async () => { await window.app.extensionManager.command.execute('MaskVideo.OpenEditor') }"
MENU = """() => {
    const { app } = window
    const node = app.graph.nodes.find((one) => one.subgraph)
    const own = app.extensions.find((one) => one.name === 'MaskVideo.TrajectoryEditor')
    return own.getNodeMenuItems(node).map((item) => item.content)
}"""
CORNER = """(type) => {
    const { app } = window
    const { pos, size } = app.graph.nodes.find((node) => node.type === type)
    const { left, top } = app.canvas.canvas.getBoundingClientRect()
    const { scale, offset } = app.canvas.ds
    return [left + (pos[0] + size[0] + offset[0]) * scale, top + (pos[1] + size[1] + offset[1]) * scale]
}"""
SHARP = """() => {
    const canvas = document.querySelector('.mv-canvas')
    return Math.abs(canvas.width - canvas.clientWidth * devicePixelRatio) < 2
}"""
TABS = ".workflow-tabs .p-togglebutton, .workflow-tabs [role=tab]"


def drag_corner(page, dx, dy):
    """Drags the lower right corner of the node."""
    x, y = (place - 4 for place in page.evaluate(CORNER, EDITOR))
    page.mouse.move(x, y)
    page.wait_for_timeout(100)
    page.mouse.down()
    page.mouse.move(x + dx, y + dy, steps=5)
    page.mouse.up()


@every_corner
def test_what_is_drawn_with_the_mouse_is_what_the_server_makes(editor, corner):
    editor.draw_one()
    editor.tool("select")
    editor.scrub(15)
    editor.drag((0.9, 0.775), (0.85, 0.72))  # the corner of the frame around the object: its scale at the last frame
    editor.page.locator(".mv-play").click()
    wait_for(lambda: 2 < int(editor.page.locator(".mv-slider").input_value()) < 15, 20)
    editor.page.locator(".mv-play").click()
    (drawn,) = editor.objects
    assert drawn["shape"]["kind"] == "ellipse" and len(drawn["position"]) >= 3
    assert drawn["position"][-1]["x"] > 0.7 and drawn["position"][-1]["time"] == 1
    assert [key["time"] for key in drawn["scale"]] == [0, 1] and drawn["scale"][1]["scale"] < 1
    editor.page.evaluate(SAVE, EDITOR)
    output = corner.server.base / "output" / "tracks"
    before = set(output.glob("*/tracks.json"))
    editor.page.get_by_test_id("queue-button").first.click()
    wait_for(lambda: set(output.glob("*/tracks.json")) - before)
    (folder,) = (path.parent for path in set(output.glob("*/tracks.json")) - before)
    made = read_tracks(folder).objects[0].masks
    assert (made == collect(DrawnTracks(trajectory_from_json(editor.text), 16, (256, 416))).objects[0].masks).all()
    painted = editor.page.evaluate(PAINT, [editor.text, 16, 416, 256])
    assert least_iou(made[None], bits(painted, 256, 416)) >= LEAST_IOU


@every_corner
def test_an_undo_of_the_graph_leaves_an_editor_that_works(editor):
    editor.draw_one()
    whole = editor.text
    editor.undo_in_graph()
    assert editor.text != whole and len(editor.objects) == 1
    assert editor.is_shown, "the element of the node before the undo is still on the page"
    editor.tool("rectangle")
    editor.drag((0.55, 0.2), (0.75, 0.5))
    assert [one["shape"]["kind"] for one in editor.objects] == ["rectangle", "ellipse"]


@every_corner
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


@every_corner
def test_nothing_is_lost_by_switching_tabs_and_loading(editor):
    editor.draw_one()
    text, page = editor.text, editor.page
    page.evaluate(NEW_TAB)
    page.wait_for_function(TEXTS_ARE, arg=[EDITOR, []])
    page.locator(TABS).first.click()
    page.wait_for_function(TEXTS_ARE, arg=[EDITOR, [text]])
    wait_for(lambda: editor.is_shown, 10)
    page.evaluate(ROUND_TRIP)
    wait_for(lambda: editor.text == text and editor.is_shown, 10)
    assert editor.objects[0]["position"], "the loaded editor shows what was saved"


@every_corner
def test_a_reload_of_the_page_keeps_the_drawing(editor):
    editor.draw_one()
    text, page = editor.text, editor.page
    page.evaluate(PERSIST, True)
    editor.press("Escape")
    editor.tool("select")
    editor.press("Control+d")
    two = editor.text
    assert two != text
    page.wait_for_timeout(1500)  # the host writes it a moment later
    page.reload(wait_until="domcontentloaded")
    page.wait_for_function(READY)
    page.wait_for_function(TEXTS_ARE, arg=[EDITOR, [two]])
    page.evaluate(PERSIST, False)


@every_corner
def test_a_copy_is_whole_and_an_editor_of_its_own(editor):
    editor.draw_one()
    text, page = editor.text, editor.page
    page.evaluate(COPY, EDITOR)
    page.wait_for_function(TEXTS_ARE, arg=[EDITOR, [text, text]])
    page.wait_for_timeout(500)
    assert page.evaluate(DISTINCT, EDITOR), "two nodes show one element"


@every_corner
def test_an_editor_in_a_subgraph_is_queued_and_opened_from_outside_and_within(editor):
    editor.draw_one()
    text, page = editor.text, editor.page
    page.evaluate(TO_SUBGRAPH, EDITOR)
    page.wait_for_timeout(800)
    assert page.evaluate(QUEUED, EDITOR) == text
    page.evaluate(SELECT_SUBGRAPH)
    page.evaluate(OPEN_SELECTED)
    page.wait_for_selector(f"dialog {PICTURE}")
    editor.settle()
    editor.tool("rectangle")
    editor.drag((0.55, 0.2), (0.75, 0.5))
    assert page.get_by_role("button", name="give them the image’s").is_visible(), "the picture of the node outside"
    editor.press("Escape")
    queued = json.loads(page.evaluate(QUEUED, EDITOR))
    assert [one["shape"]["kind"] for one in queued["objects"]] == ["rectangle", "ellipse"]
    assert page.evaluate(MENU) == ["Open Mask Trajectory Editor"]
    page.evaluate(ENTER)
    page.wait_for_function(INSIDE, arg=EDITOR)
    assert json.loads(page.evaluate(INSIDE, EDITOR)) == queued


@every_corner
def test_the_picture_fills_a_node_of_any_size(editor):
    page = editor.page
    before = page.locator(PICTURE).bounding_box()
    drag_corner(page, 200, 120)
    editor.settle()
    after = page.locator(PICTURE).bounding_box()
    assert after["width"] - before["width"] == pytest.approx(200, abs=8)
    assert after["height"] - before["height"] == pytest.approx(120, abs=8)
    assert page.evaluate(SHARP), "the picture is stretched, not drawn anew"
    editor.tool("rectangle")
    editor.drag((0.4, 0.4), (0.6, 0.6))
    (key,) = editor.objects[0]["position"]
    assert (key["x"], key["y"]) == pytest.approx((0.5, 0.5), abs=0.01)
    drag_corner(page, -700, -700)
    editor.settle()
    small = page.locator(PICTURE).bounding_box()
    assert small["width"] > 150 and small["height"] > 150, "a node too small to draw in"


@every_corner
def test_places_are_right_when_the_graph_is_zoomed(editor):
    editor.page.evaluate(ZOOM)
    editor.page.wait_for_timeout(500)
    editor.settle()
    editor.tool("rectangle")
    editor.drag((0.4, 0.4), (0.6, 0.6))
    (key,) = editor.objects[0]["position"]
    assert (key["x"], key["y"]) == pytest.approx((0.5, 0.5), abs=0.01)


@every_corner
def test_the_wheel_and_the_right_button_move_the_picture_and_ctrl_and_the_middle_button_the_graph(editor):
    page, graph = editor.page, editor.page.evaluate(GRAPH_VIEW)
    editor.tool("rectangle")
    editor.drag((0.4, 0.4), (0.6, 0.6))
    editor.tool("select")
    page.mouse.move(*editor.points((0.5, 0.5))[0])
    page.mouse.wheel(0, -350)
    page.wait_for_timeout(300)
    page.mouse.down(button="right")
    page.mouse.move(*editor.points((0.6, 0.5))[0], steps=4)
    page.mouse.up(button="right")
    assert page.evaluate(GRAPH_VIEW) == graph
    editor.drag((0.6 + 0.15, 0.5), (0.6 + 0.25, 0.5))  # twice as large now, and further to the right
    (key,) = editor.objects[0]["position"]
    assert 0.53 < key["x"] < 0.57
    page.get_by_label("Fit the picture (0)").first.click()
    editor.drag((key["x"], 0.5), (key["x"], 0.7))
    assert editor.objects[0]["position"][0]["y"] > 0.65
    page.mouse.move(*editor.points((0.5, 0.3))[0])
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    wait_for(lambda: page.evaluate(GRAPH_VIEW)[0] != graph[0], 10)
    page.keyboard.up("Control")
    editor.settle()
    zoomed = page.evaluate(GRAPH_VIEW)
    page.mouse.move(*editor.points((0.5, 0.5))[0])
    page.mouse.down(button="middle")
    page.mouse.move(*editor.points((0.4, 0.4))[0], steps=4)
    page.mouse.up(button="middle")
    assert page.evaluate(GRAPH_VIEW)[1:] != zoomed[1:]
