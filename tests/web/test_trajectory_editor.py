"""The Mask Trajectory Editor in the browser: what each tool and each control does to the trajectory."""

import json

import numpy as np
import pytest
from maskvideo.mask_tools.draw import default_trajectory, draw_masks
from maskvideo.mask_tools.sequence import collect
from maskvideo.mask_tools.trajectory import trajectory_from_json
from maskvideo.mask_tools.trajectory_bitmap import read_bitmap
from maskvideo.mask_tools.trajectory_render import DrawnTracks

from .canvas_masks import PAINT, bits
from .corners import first_corner
from .editor_base import EDITOR, EMPTY, PICTURE, wait_for
from .trajectory_base import CASES, FRAMES, HEIGHT, LEAST_IOU, WIDTH, least_iou

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


@first_corner
def test_the_browsers_own_canvas_paints_the_masks_that_python_makes(editor):
    for name, text in CASES.items():
        painted = editor.page.evaluate(PAINT, [text, FRAMES, WIDTH, HEIGHT])
        there = bits(painted, HEIGHT, WIDTH)
        tracks = collect(DrawnTracks(trajectory_from_json(text), FRAMES, (HEIGHT, WIDTH)))
        here = np.stack([track.masks for track in tracks.objects])
        assert least_iou(here, there) >= LEAST_IOU, name


@first_corner
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


@first_corner
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


@first_corner
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


@first_corner
def test_keyframes_are_dragged_in_time_and_moved_and_removed_by_keys(editor):
    editor.draw_one()
    page = editor.page
    editor.large()
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


@first_corner
def test_the_large_view_has_every_control_and_gives_the_editor_back(editor):
    page = editor.page
    editor.large()
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
    page.get_by_label("Easing of scale from").select_option("hold")
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


@first_corner
def test_it_plays_and_scrubs_over_the_first_frame(editor):
    editor.draw_one()
    slider = editor.page.locator(".mv-slider")
    editor.page.locator(".mv-play").click()
    wait_for(lambda: int(slider.input_value()) > 2, 20)
    editor.page.locator(".mv-play").click()
    editor.scrub(7)
    assert slider.input_value() == "7" and editor.page.locator(".mv-frame").inner_text() == "7 / 15"


@first_corner
def test_a_mask_of_the_last_run_becomes_a_shape_that_is_drawn_as_it_was(editor, corner):
    page = editor.page
    page.evaluate(WITH_MASK, EDITOR)
    editor.tool("ellipse")
    editor.drag((0.1, 0.1), (0.2, 0.25))
    page.get_by_test_id("queue-button").first.click()
    page.wait_for_function(OFFERED, arg=EDITOR)
    editor.large()
    page.get_by_role("button", name="Take the shape of object 1").click()
    wait_for(lambda: len(editor.objects) == 2)
    shape = editor.objects[0]["shape"]
    assert shape["kind"] == "bitmap" and (corner.server.base / "input" / shape["file"]).is_file()
    drawn = DrawnTracks(
        trajectory_from_json(editor.text), 1, (256, 416), lambda name: read_bitmap(corner.server.base / "input" / name)
    )
    star = draw_masks(default_trajectory(), 1, (256, 416))[0, 0].numpy().astype(np.uint8)
    assert least_iou(drawn.batch([0])[:, :1], star[None]) >= LEAST_IOU


@first_corner
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
