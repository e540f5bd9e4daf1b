"""SAM Mask Sequence in the browser: pointed at with the mouse over a clip, kept through whatever the graph does."""

import numpy as np
import pytest
from maskvideo.mask_tools.prompt_json import parse_prompts
from maskvideo.mask_tools.tracks_file import read_tracks

from .browser import READY
from .corners import every_corner, first_corner
from .editor_base import wait_for
from .graph_scripts import COPY, ENTER, ROUND_TRIP, SAVE, TO_SUBGRAPH
from .pointing_base import CLIP, FRAMES, HEIGHT, PICTURE, SAM, WIDTH, Pointer, disc_place, put_clip, square_place

ALL_POINTS = """(type) => window.app.graph.nodes.filter((node) => node.type === type)
    .map((node) => node.widgets.find((widget) => widget.name === 'points').value)"""
QUEUED = """async (type) => {
    const found = Object.values((await window.app.graphToPrompt()).output).find((node) => node.class_type === type)
    return found.inputs
}"""
SAVED = """async (type) => {
    const { workflow } = await window.app.graphToPrompt()
    return workflow.nodes.find((node) => node.type === type).widgets_values
}"""
LINK_BOXES = """(type) => {
    const { app, LiteGraph } = window
    const node = app.graph.nodes.find((one) => one.type === type)
    const text = LiteGraph.createNode('PrimitiveString')
    app.graph.add(text)
    text.pos = [20, 600]
    text.connect(0, node, node.inputs.findIndex((input) => input.name === 'boxes'))
}"""
SCALE = """(type) => {
    const { app, LiteGraph } = window
    const node = app.graph.nodes.find((one) => one.type === type)
    const load = app.graph.nodes.find((one) => one.type === 'LoadVideo')
    const [parts, scale] = ['GetVideoComponents', 'ImageScale'].map((one) => LiteGraph.createNode(one))
    app.graph.add(parts)
    app.graph.add(scale)
    for (const [name, value] of [['width', 192], ['height', 192], ['crop', 'center']]) {
        scale.widgets.find((widget) => widget.name === name).value = value
    }
    load.connect(0, parts, 0)
    parts.connect(0, scale, 0)
    scale.connect(0, node, node.inputs.findIndex((input) => input.name === 'clip'))
}"""
HIDDEN = """(type) => window.app.graph.nodes.find((node) => node.type === type).widgets
    .filter((widget) => widget.options.hidden).map((widget) => widget.name)"""
NEW_TAB = "async () => { await window.app.extensionManager.command.execute('Comfy.NewBlankWorkflow') }"
PERSIST = "async (on) => { await window.app.extensionManager.setting.set('Comfy.Workflow.Persist', on) }"
TABS = ".workflow-tabs .p-togglebutton, .workflow-tabs [role=tab]"
PIXEL = """([element, x, y]) => {
    const box = element.getBoundingClientRect()
    const at = [((x - box.left) / box.width) * element.width, ((y - box.top) / box.height) * element.height]
    return [...element.getContext('2d').getImageData(...at.map(Math.round), 1, 1).data].slice(0, 3)
}"""
ZOOM = """() => {
    Object.assign(window.app.canvas.ds, { scale: 0.6, offset: [120, 60] })
    window.app.canvas.setDirty(true, true)
}"""


@pytest.fixture
def pointer(corner) -> Pointer:
    put_clip(corner.server.base / "input")
    made = Pointer(corner.page)
    made.add()
    return made


def near(place):
    return pytest.approx(place, abs=0.015)


def mean_inside(mask, place):
    """How much of the surroundings of a place is in a mask."""
    x, y = round(place[0] * WIDTH), round(place[1] * HEIGHT)
    return mask[y - 5 : y + 6, x - 5 : x + 6].mean()


@every_corner
def test_what_is_pointed_at_with_the_mouse_is_what_the_server_finds(pointer, corner):
    pointer.point_at_both()
    (box,) = pointer.boxes["disc"]
    assert (box["frame"], box["box"]) == (0, near([0.09, 0.48, 0.31, 0.82]))
    positive, negative = pointer.clicks["<b>square</b>"]
    assert (positive["frame"], positive["label"], [positive["x"], positive["y"]]) == (6, 1, near([*square_place(6)]))
    assert (negative["label"], [negative["x"], negative["y"]]) == (0, near([0.5, 0.5]))
    pointer.page.evaluate(SAVE, SAM)
    output = corner.server.base / "output" / "tracks"
    before = set(output.glob("*/tracks.json"))
    pointer.page.get_by_test_id("queue-button").first.click()
    wait_for(lambda: set(output.glob("*/tracks.json")) - before)
    (folder,) = (path.parent for path in set(output.glob("*/tracks.json")) - before)
    disc, square = read_tracks(folder).objects
    assert (disc.name, square.name) == ("disc", "<b>square</b>")
    for frame in range(FRAMES):
        assert mean_inside(disc.masks[frame], disc_place(frame)) > 0.8
        assert mean_inside(square.masks[frame], square_place(frame)) > 0.8
    assert not mean_inside(disc.masks[0], square_place(0)) and square.masks.mean() < 0.2
    pointer.page.locator(".mv-found").wait_for()  # and the editor shows it


@every_corner
def test_the_frames_of_the_clip_are_there_before_any_run(pointer):
    def shown(place):
        return pointer.page.evaluate(PIXEL, [pointer.element, *pointer.points(place)[0]])

    for frame in (0, 7, FRAMES - 1):
        pointer.scrub(frame)
        wait_for(lambda at=frame: shown(disc_place(at))[0] > 190 and shown(square_place(at))[1] > 150, 20)
        assert max(shown((0.5, 0.9))) < 90, "the ground is dark"
    assert pointer.page.locator(".mv-pointing .mv-frame").inner_text() == f"of 0–{FRAMES - 1}"


@first_corner
def test_frames_that_are_scaled_and_cut_on_their_way_are_shown_so_before_any_run(pointer):
    pointer.page.evaluate(SCALE, SAM)
    pointer.page.wait_for_timeout(800)
    pointer.size = (HEIGHT, HEIGHT)
    pointer.scrub(3)
    middle = (WIDTH - HEIGHT) / 2 / WIDTH

    def shown(place):
        place = ((place[0] - middle) * WIDTH / HEIGHT, place[1])
        return pointer.page.evaluate(PIXEL, [pointer.element, *pointer.points(place)[0]])

    wait_for(lambda: shown(disc_place(3))[0] > 190 and shown(square_place(3))[1] > 150, 20)
    pointer.click((0.9, 0.1))
    (point,) = pointer.clicks["object 1"]
    assert [point["x"], point["y"]] == near([0.9, 0.1])


@every_corner
def test_an_undo_of_the_graph_leaves_an_editor_that_works(pointer):
    pointer.point_at_both()
    pointer.undo_in_graph()
    assert pointer.is_shown, "the element of the node before the undo is still on the page"
    before = sum(map(len, pointer.clicks.values()))
    pointer.scrub(3)
    pointer.click((0.9, 0.9))
    assert sum(map(len, pointer.clicks.values())) == before + 1


@every_corner
def test_undo_in_the_editor_is_its_own_and_outlives_the_graphs(pointer):
    pointer.click((0.2, 0.6), (0.4, 0.6))
    two = pointer.texts
    pointer.press("Control+z")
    assert len(pointer.clicks["object 1"]) == 1
    pointer.press("Control+Shift+z")
    assert pointer.texts == two
    pointer.undo_in_graph()
    pointer.page.locator(".mv-pointing .mv-keys").focus()
    pointer.press("Control+Shift+z")
    assert pointer.texts == two


@every_corner
def test_nothing_is_lost_by_tabs_loading_copies_and_subgraphs(pointer):
    pointer.point_at_both()
    texts, page = pointer.texts, pointer.page
    page.evaluate(NEW_TAB)
    page.wait_for_function("(type) => !window.app.graph.nodes.length", arg=SAM)
    page.locator(TABS).first.click()
    wait_for(lambda: pointer.texts == texts and pointer.is_shown, 20)
    page.evaluate(ROUND_TRIP)
    wait_for(lambda: pointer.texts == texts and pointer.is_shown, 20)
    page.wait_for_timeout(300)
    assert page.locator(".mv-pointing .mv-chip").count() == 2, "the loaded editor shows what was saved"
    page.evaluate(COPY, SAM)
    wait_for(lambda: page.evaluate(ALL_POINTS, SAM) == [texts["points"]] * 2, 20)
    page.evaluate(ROUND_TRIP)
    page.wait_for_timeout(500)
    assert page.evaluate(ALL_POINTS, SAM) == [texts["points"]] * 2
    pointer.add()
    pointer.point_at_both()
    texts = pointer.texts
    page.evaluate(TO_SUBGRAPH, SAM)
    page.wait_for_timeout(800)
    queued = page.evaluate(QUEUED, SAM)
    assert {name: queued[name] for name in texts} == texts and "pointing" not in queued
    page.evaluate(ENTER)
    wait_for(lambda: pointer.texts == texts and page.locator(PICTURE).count() == 1, 20)


@every_corner
def test_a_reload_of_the_page_keeps_points_and_boxes(pointer):
    page = pointer.page
    page.evaluate(PERSIST, True)
    pointer.point_at_both()
    texts = pointer.texts
    page.wait_for_timeout(1500)  # the host writes it a moment later
    page.reload(wait_until="domcontentloaded")
    page.wait_for_function(READY)
    wait_for(lambda: pointer.texts == texts, 30)
    page.evaluate(PERSIST, False)
    page.wait_for_selector(PICTURE)
    wait_for(lambda: page.locator(".mv-pointing .mv-chip").count() == 2, 10)
    assert pointer.texts == texts


@every_corner
def test_the_values_of_a_saved_node_are_those_of_its_inputs_and_no_more(pointer):
    pointer.click((0.2, 0.6))
    values = pointer.page.evaluate(SAVED, SAM)
    assert values[:2] == ["flow", "none"] and values[2] == pointer.texts["points"]
    assert values[3:] == ["", "", "", "none", 0.3, "best", 0, 1024]


@every_corner
def test_places_are_right_when_the_graph_is_zoomed(pointer):
    pointer.page.evaluate(ZOOM)
    pointer.page.wait_for_timeout(800)
    pointer.settle()
    pointer.click((0.25, 0.75))
    (point,) = pointer.clicks["object 1"]
    assert [point["x"], point["y"]] == near([0.25, 0.75])


@every_corner
def test_texts_that_a_link_gives_are_shown_and_cannot_be_changed(pointer):
    pointer.drag((0.1, 0.5), (0.3, 0.8))
    before = pointer.texts
    assert pointer.page.evaluate(HIDDEN, SAM) == ["points", "not_points", "boxes"]
    pointer.page.evaluate(LINK_BOXES, SAM)
    pointer.page.wait_for_timeout(500)
    assert "boxes comes from another node" in pointer.page.locator(".mv-lock").inner_text()
    assert pointer.page.evaluate(HIDDEN, SAM) == ["points", "not_points"]
    pointer.settle()
    pointer.click((0.5, 0.5))
    pointer.drag((0.6, 0.6), (0.8, 0.8))
    pointer.press("Delete")
    assert pointer.texts == before and pointer.page.evaluate("() => window.app.graph.nodes.length") == 3


@every_corner
def test_the_texts_can_be_seen_and_changed(pointer):
    pointer.page.locator(".mv-text").click()
    assert pointer.page.evaluate(HIDDEN, SAM) == []
    areas = pointer.page.locator("textarea:visible")
    wait_for(lambda: areas.count() == 3, 10)
    areas.first.fill('{"cat": [{"frame": 2, "x": 0.5, "y": 0.5}]}')
    pointer.page.get_by_role("button", name="Choose cat: 1 points, 0 boxes").wait_for()
    pointer.page.locator(".mv-text").click()
    wait_for(lambda: areas.count() == 0, 10)
    pointer.settle()
    pointer.scrub(2)
    pointer.click((0.2, 0.2))
    assert [point["x"] for point in pointer.clicks["cat"]] == near([0.5, 0.2])


@first_corner
def test_points_and_boxes_are_moved_turned_and_deleted(pointer):
    page = pointer.page
    pointer.click((0.3, 0.3))
    pointer.drag((0.3, 0.3), (0.4, 0.5))
    (point,) = pointer.clicks["object 1"]
    assert [point["x"], point["y"]] == near([0.4, 0.5])
    pointer.click((0.4, 0.5), button="right")
    page.get_by_role("menuitem", name="Make it a negative point").click()
    assert pointer.clicks["object 1"][0]["label"] == 0
    pointer.drag((0.5, 0.5), (0.7, 0.7))
    pointer.drag((0.7, 0.7), (0.8, 0.9))
    pointer.drag((0.65, 0.5), (0.65, 0.4))
    (box,) = pointer.boxes["object 1"]
    assert box["box"] == near([0.5, 0.4, 0.8, 0.8])
    pointer.drag((0.1, 0.1), (0.3, 0.3))
    assert len(pointer.boxes["object 1"]) == 1
    assert "has one box on a frame" in page.locator(".mv-message").inner_text()
    pointer.press("Delete")
    assert pointer.texts["boxes"] == ""
    pointer.click((0.4, 0.5), button="right")
    page.get_by_role("menuitem", name="Delete the point").click()
    assert pointer.clicks == {"object 1": []}
    pointer.click((0.4, 1.2))
    assert pointer.clicks == {"object 1": []}


@first_corner
def test_everything_is_reached_without_a_mouse(pointer):
    page = pointer.page
    page.locator(".mv-pointing .mv-keys").focus()
    for keys in ("p", "ArrowLeft", "Shift+ArrowDown", "n", "x", "x", ".", "b", "Shift+ArrowRight", "Alt+ArrowUp"):
        pointer.press(keys)
    first, second = pointer.clicks["object 1"]
    assert [first["x"], first["y"]] == pytest.approx([0.5 - 1 / WIDTH, 0.5 + 10 / HEIGHT], abs=1e-4)
    assert (first["label"], second["label"], second["frame"]) == (1, 0, 0)
    (box,) = pointer.boxes["object 1"]
    assert box["frame"] == 1 and box["box"] == pytest.approx(
        [0.3 + 10 / WIDTH, 0.3, 0.7 + 10 / WIDTH, 0.7 - 1 / HEIGHT], abs=1e-4
    )
    pointer.press("o")
    pointer.press("p")
    assert list(pointer.clicks) == ["object 1", "object 2"]
    pointer.press("1")
    pointer.press("PageUp")
    pointer.press("s")
    pointer.press("Shift+F10")
    pointer.press("ArrowDown")
    pointer.press("Enter")
    assert len(pointer.clicks["object 1"]) == 1
    assert page.evaluate("() => document.activeElement.className") == "mv-keys"
    pointer.press("f")
    page.wait_for_selector("dialog .mv-pointing")
    reached = set()
    page.locator("dialog .mv-positive").focus()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("() => document.activeElement.getAttribute('aria-label')"))
    controls = page.locator("dialog .mv-pointing :is(button, input):visible:enabled:not([tabindex='-1'])")
    labels = {one.get_attribute("aria-label") for one in controls.all()} - {None}
    assert labels and labels <= reached
    pointer.press("Escape")
    page.wait_for_timeout(300)
    assert page.locator("dialog").count() == 0 and pointer.is_shown


@first_corner
def test_a_name_is_text_and_the_list_selects_renames_and_deletes(pointer):
    page = pointer.page
    pointer.point_at_both()
    assert page.locator(".mv-pointing b").count() == 0
    assert page.locator(".mv-chip-name").all_inner_texts() == ["disc", "<b>square</b>"]
    page.get_by_role("button", name="Choose disc").click()
    pointer.name("box")
    assert list(pointer.clicks) == ["object box", "<b>square</b>"]
    page.get_by_role("button", name="Delete object box with all its points and boxes").click()
    assert list(pointer.clicks) == ["<b>square</b>"] and pointer.texts["boxes"] == ""


@first_corner
def test_marks_show_where_prompts_are_and_lead_there(pointer):
    page = pointer.page
    pointer.point_at_both()
    marks = page.locator(".mv-pointing .mv-mark")
    assert marks.count() == 2
    marks.first.click()
    assert page.locator(".mv-pointing .mv-slider").input_value() == "0"
    page.get_by_role("button", name="To the next frame with points").click()
    assert page.locator(".mv-pointing .mv-slider").input_value() == "6"


@first_corner
def test_what_would_be_refused_is_said_before_the_run(pointer):
    pointer.set("points", '{"a": [{"frame": 30, "x": 0.5, "y": 0.5}], "b": [{"x": 0.5, "y": 0.5, "label": 0}]}')
    warnings = pointer.page.locator(".mv-pointing .mv-warning")
    assert warnings.count() == 2
    assert "the last is 9" in warnings.first.inner_text() and "only negative points" in warnings.last.inner_text()
    warnings.first.click()
    assert pointer.page.locator(".mv-pointing .mv-slider").input_value() == "30"


@first_corner
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("points", "{"),
        ("points", '[{"x": NaN, "y": 0}]'),
        ("points", '[{"x": 1e999, "y": 0}]'),
        ("points", '{"<img src=x onerror=alert(1)>": 7}'),
        ("boxes", '{"a": [{"box": [0, 0, 9, 9]}]}'),
        ("boxes", "[" * 50_000),
        ("not_points", "9" * 300_000),
    ],
)
def test_a_wrong_text_is_told_and_kept_until_the_user_starts_anew(pointer, name, text):
    pointer.set(name, text)
    error = pointer.page.locator(".mv-pointing .mv-error")
    assert error.is_visible() and pointer.page.locator(".mv-error img").count() == 0
    pointer.click((0.5, 0.5))
    pointer.press("p")
    assert pointer.texts[name] == text
    error.get_by_role("button").click()
    assert set(pointer.texts.values()) == {""} and not error.is_visible()
    pointer.settle()
    pointer.click((0.5, 0.5))
    assert pointer.clicks["object 1"]


@first_corner
def test_frames_that_no_file_gives_come_with_the_first_run_though_it_fails(pointer, corner):
    page = pointer.page
    pointer.page.evaluate(
        """(type) => {
        const { app, LiteGraph } = window
        const node = app.graph.nodes.find((one) => one.type === type)
        const made = LiteGraph.createNode('EmptyImage')
        app.graph.add(made)
        for (const [name, value] of [['width', 160], ['height', 96], ['batch_size', 70]]) {
            made.widgets.find((widget) => widget.name === name).value = value
        }
        made.connect(0, node, node.inputs.findIndex((input) => input.name === 'clip'))
    }""",
        SAM,
    )
    page.wait_for_timeout(500)
    assert page.locator(".mv-pointing .mv-frame").inner_text() == "clip unknown"
    page.get_by_test_id("queue-button").first.click()
    wait_for(lambda: page.locator(".mv-pointing .mv-frame").inner_text() == "of 0–69", 60)


@first_corner
def test_points_in_pixels_of_other_packs_are_shown_and_kept_in_fractions(pointer):
    pointer.set("points", f'[{{"x": {WIDTH // 2}, "y": {HEIGHT // 4}}}]')
    pointer.set("not_points", '[{"x": 16, "y": 48}]')
    pointer.scrub(1)
    pointer.click((0.7, 0.7))
    places = [(one["x"], one["y"], one["label"]) for one in pointer.clicks["object 1"]]
    assert places[:2] == [(0.5, 0.25, 1), (0.1, 0.5, 0)] and len(places) == 3 and pointer.texts["not_points"] == ""
    texts = pointer.texts
    assert len(parse_prompts(texts["points"], texts["boxes"], (HEIGHT, WIDTH), "")) == 2


@first_corner
def test_a_video_outside_the_hosts_folders_is_not_given(corner):
    for name in ("../host.log", "/etc/passwd", CLIP + "x", "", "a\0b"):
        with pytest.raises(Exception, match="404"):
            corner.server.api.get(f"maskvideo/clip?{json_query(name)}")
    put_clip(corner.server.base / "input")
    clip = corner.server.api.get(f"maskvideo/clip?{json_query(CLIP)}")
    assert (clip["count"], clip["width"], clip["height"]) == (FRAMES, WIDTH, HEIGHT)
    for frame in ("-1", "x", str(FRAMES)):
        with pytest.raises(Exception, match="404"):
            corner.server.api.read(f"maskvideo/frame?{json_query(CLIP)}&frame={frame}")
    assert np.frombuffer(corner.server.api.read(f"maskvideo/frame?{json_query(CLIP)}&frame=3"), np.uint8)[0] == 0xFF


def json_query(name):
    from urllib.parse import urlencode

    return urlencode({"file": name})
