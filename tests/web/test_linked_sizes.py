"""Sizes that other nodes give: the trajectory editor draws in what will be queued, or says what only a run tells."""

import json

import pytest
from maskvideo.mask_tools.tracks_file import read_tracks

from .canvas_masks import PAINT, bits
from .corners import every_corner, first_corner
from .editor_base import EDITOR, PICTURE, wait_for
from .graph_scripts import ENTER, ROUND_TRIP, SAVE, TO_SUBGRAPH
from .linked_base import do, follows, queued, run_graph, shown
from .trajectory_base import LEAST_IOU, least_iou

GIVE_WIDTH = "link(make('PrimitiveInt', 'Wide', { value: 512 }), 0, editor, 'width')"
STEPS = [
    (
        "link(make('PrimitiveInt', 'Wide', { value: 512 }), 0, editor, 'width')",
        [512, 256, 16],
        "width comes from Wide: 512",
    ),
    ("field(titled('Wide'), 'value').value = 608", [608, 256, 16], "width comes from Wide: 608"),
    (
        "const [tall, way] = [make('PrimitiveInt', 'Tall', { value: 640 }, 1), make('Reroute', 'Way', {}, 2)];"
        "link(tall, 0, way, ''); link(way, 0, editor, 'height')",
        [608, 640, 16],
        "width comes from Wide: 608\nheight comes from Tall: 640",
    ),
    ("link(titled('Tall'), 0, editor, 'width')", [640, 640, 16], "width and height come from Tall: 640, 640"),
    (
        "const count = make('PrimitiveNode', 'Count', {}, 3); link(count, 0, editor, 'frames'); await ticks(6);"
        "count.widgets[0].value = 33",
        [640, 640, 33],
        "frames come from Count: 33\nwidth and height come from Tall: 640, 640",
    ),
    (
        "titled('Tall').mode = 2",
        [416, 256, 33],
        "frames come from Count: 33\nwidth: its link gives nothing, so the node’s own 416 counts\n"
        "height: its link gives nothing, so the node’s own 256 counts",
    ),
    (
        "titled('Tall').mode = 4",
        [416, 256, 33],
        "frames come from Count: 33\nwidth: its link gives nothing, so the node’s own 416 counts\n"
        "height: its link gives nothing, so the node’s own 256 counts",
    ),
    (
        "titled('Tall').mode = 0; editor.disconnectInput(slot(editor, 'width'))",
        [416, 640, 33],
        "frames come from Count: 33\nheight comes from Tall: 640",
    ),
    (
        "for (const name of ['frames', 'height']) editor.disconnectInput(slot(editor, name));"
        "field(editor, 'frames').value = 16",
        [416, 256, 16],
        "",
    ),
]
IN_SUBGRAPH = [
    ("field(titled('Wide'), 'value').value = 320", [320, 256, 16], "width comes from Wide: 320"),
    ("titled('Wide').mode = 2", [512, 256, 16], "width: its link gives nothing, so the node’s own 512 counts"),
    (
        "titled('Wide').mode = 0; holder().title = 'Scene';"
        "holder().disconnectInput(slot(holder(), 'width')); field(holder(), 'width').value = 344",
        [344, 256, 16],
        "width comes from Scene: 344",
    ),
]
MEASURE = """
    const noise = Math.floor(Math.random() * 2 ** 24) // else the host knows the result and runs nothing
    const image = make('EmptyImage', 'Empty', { width: 208, height: 320, batch_size: 5, color: noise }, 1)
    const size = make('GetImageSize', 'Measured', {}, 3)
    link(image, 0, size, 'image')
    link(size, 0, editor, 'width')
    link(size, 1, editor, 'height')
    link(size, 2, editor, 'frames')
"""
CAPTURE = "app.extensionManager.workflow.activeWorkflow.changeTracker.captureCanvasState()"
GIVE_FRAMES = "link(make('PrimitiveInt', 'Count', { value: 3 }), 0, editor, 'frames')"


def tracks_of_a_run(editor, corner):
    """Queues the graph and reads the tracks that it saves."""
    output = corner.server.base / "output" / "tracks"
    before = set(output.glob("*/tracks.json"))
    run_graph(editor.page)
    wait_for(lambda: set(output.glob("*/tracks.json")) - before)
    (folder,) = (path.parent for path in set(output.glob("*/tracks.json")) - before)
    return read_tracks(folder)


@every_corner
def test_the_editor_draws_in_the_size_that_will_be_queued_whoever_gives_it(editor):
    for script, size, said in STEPS:
        do(editor.page, script)
        follows(editor.page, size, said)
        assert queued(editor.page) == size, script


@every_corner
def test_sizes_that_are_promoted_to_a_subgraph_are_followed_from_within(editor):
    page = editor.page
    do(
        page,
        "field(editor, 'width').value = 512; link(make('PrimitiveInt', 'Wide', { value: 600 }), 0, editor, 'width')",
    )
    page.evaluate(TO_SUBGRAPH, EDITOR)
    page.wait_for_timeout(800)
    page.evaluate(ENTER)
    page.wait_for_selector(PICTURE)
    for script, size, said in IN_SUBGRAPH:
        do(page, script)
        follows(page, size, said)
        assert queued(page) == size, script


@every_corner
def test_a_size_that_only_a_run_tells_is_said_and_taken_from_the_run(editor, corner):
    page = editor.page
    editor.draw_one()
    do(page, MEASURE)
    follows(
        page, [416, 256, 16], "frames, width and height come from Measured: known after a run, until then 16, 416, 256"
    )
    page.evaluate(SAVE, EDITOR)
    tracks = tracks_of_a_run(editor, corner)
    assert (tracks.count, tracks.size) == (5, (320, 208))
    said = "frames, width and height come from Measured: last run 5, 208, 320"
    follows(page, [208, 320, 5], said)
    painted = page.evaluate(PAINT, [editor.text, 5, 208, 320])
    assert least_iou(tracks.objects[0].masks[None], bits(painted, 320, 208)) >= LEAST_IOU
    do(page, CAPTURE)
    editor.tool("rectangle")
    editor.drag((0.55, 0.2), (0.6, 0.5))
    assert len(editor.objects) == 2
    editor.undo_in_graph()
    assert len(editor.objects) == 1
    follows(page, [208, 320, 5], said)


@first_corner
def test_a_workflow_that_is_opened_again_knows_the_size_of_its_last_run(editor, corner):
    page = editor.page
    editor.draw_one()
    do(page, MEASURE)
    page.evaluate(SAVE, EDITOR)
    tracks_of_a_run(editor, corner)
    follows(page, [208, 320, 5], "frames, width and height come from Measured: last run 5, 208, 320")
    page.evaluate("async () => { window.app.nodeOutputs = {} }")
    page.evaluate(ROUND_TRIP)
    follows(page, [208, 320, 5], "frames, width and height come from Measured: last run 5, 208, 320")


@every_corner
def test_keyframes_outlive_a_frame_count_that_shrinks_over_a_link_and_grows_again(editor):
    editor.draw_one()
    editor.tool("select")
    editor.scrub(12)
    editor.drag((0.7, 0.5), (0.75, 0.45))
    before = editor.text
    keys = json.loads(before)["objects"][0]["position"]
    do(editor.page, GIVE_FRAMES)
    follows(editor.page, [416, 256, 3], "frames come from Count: 3")
    assert editor.text == before
    editor.scrub(2)
    do(editor.page, "field(titled('Count'), 'value').value = 16")
    follows(editor.page, [416, 256, 16], "frames come from Count: 16")
    assert editor.text == before and len(keys) >= 3


@every_corner
def test_the_images_shape_is_taken_by_what_the_node_sets_itself(editor):
    page = editor.page
    do(page, GIVE_WIDTH)
    follows(page, [512, 256, 16], "width comes from Wide: 512")
    page.get_by_role("button", name="give them the image’s").click()
    follows(page, [512, 288, 16], "width comes from Wide: 512")
    do(page, "link(titled('Wide'), 0, editor, 'height')")
    follows(page, [512, 512, 16], "width and height come from Wide: 512, 512")
    page.get_by_role("button", name="give them the image’s").click()
    page.locator(".mv-message").get_by_text("come from other nodes").wait_for()
    assert shown(page) == [512, 512, 16] == pytest.approx(queued(page))
