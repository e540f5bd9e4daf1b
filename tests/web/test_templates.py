"""The templates in the browser: they are offered, they open whole, and the Run button makes the video."""

import time

import pytest

from ..comfy.api_client import ApiClient
from ..comfy.test_api_workflows import decode, find_input, saved_videos
from ..comfy.ui_workflow import WORKFLOWS, read_json
from ..house import ROOT
from .browser import open_page

API = ROOT / "workflows" / "api"
DEMO = "mask_guided_video_demo"
STEPS = 2
LOAD = "async (workflow) => { await window.app.loadGraphData(workflow, true, true) }"
TYPES = "() => window.app.graph.nodes.map((node) => node.type).sort()"
UNKNOWN = """() => window.app.graph.nodes.filter((node) => !window.LiteGraph.registered_node_types[node.type])
    .map((node) => node.type)"""
API_FORM = "async () => JSON.stringify((await window.app.graphToPrompt()).output)"
FEWER_STEPS = """(steps) => {
    const widgets = window.app.graph.nodes.flatMap((node) => node.widgets ?? [])
    widgets.filter((widget) => widget.name === 'steps').forEach((widget) => { widget.value = steps })
}"""
NODES_2 = pytest.mark.parametrize("vue_nodes", [False, True], ids=["classic", "nodes-2"])


def node_types(name: str) -> list[str]:
    """The types of a workflow's nodes, notes too."""
    return sorted(node["type"] for node in read_json(ROOT / "workflows" / f"{name}.json")["nodes"])


def ours(graph: dict) -> dict:
    """The pack's nodes of an API graph; the host's own change from version to version."""
    return {name: node for name, node in graph.items() if node["class_type"].startswith("MaskVideo_")}


def wait_for_new_run(api: ApiClient, known: set[str], seconds: float = 900) -> dict:
    """The outputs of the run that is not among ``known``, once it has ended."""
    deadline = time.monotonic() + seconds
    while not (new := api.get("history").keys() - known):
        assert time.monotonic() < deadline, "nothing has run"
        time.sleep(1)
    return api.wait(new.pop())


def test_the_template_browser_offers_ours_with_a_picture(server):
    assert sorted(server.api.get("workflow_templates")["maskvideo"]) == [path.stem for path in WORKFLOWS]
    for picture in (path.with_suffix(".jpg") for path in WORKFLOWS):
        assert server.api.read(f"api/workflow_templates/maskvideo/{picture.name}") == picture.read_bytes()


@NODES_2
def test_the_demo_template_opens_whole_and_run_makes_its_video(server, tmp_path, vue_nodes):
    graph = read_json(API / f"{DEMO}.json")
    with open_page(server, tmp_path / "profile", vue_nodes, f"?template={DEMO}&source=maskvideo") as page:
        page.wait_for_function("(count) => window.app.graph.nodes.length === count", arg=len(node_types(DEMO)))
        assert page.evaluate(TYPES) == node_types(DEMO)
        assert page.evaluate(UNKNOWN) == []
        page.evaluate(FEWER_STEPS, STEPS)
        runs = set(server.api.get("history"))
        page.get_by_test_id("queue-button").first.click()
        outputs = wait_for_new_run(server.api, runs)
    (video,) = saved_videos(outputs)
    masks = "MaskVideo_DrawMaskSequence"
    assert decode(server.api.download(video, tmp_path))[:2] == (
        find_input(graph, masks, "frames"),
        (find_input(graph, masks, "width"), find_input(graph, masks, "height")),
    )


def test_the_browser_queues_what_the_api_twins_say(server, tmp_path):
    with open_page(server, tmp_path / "profile") as page:
        for path in WORKFLOWS:
            page.evaluate(LOAD, read_json(path))
            assert page.evaluate(TYPES) == node_types(path.stem)
            assert page.evaluate(UNKNOWN) == []
            queued = tmp_path / path.name
            queued.write_text(page.evaluate(API_FORM), encoding="utf-8")
            assert ours(read_json(queued)) == ours(read_json(API / path.name)), f"copy {queued} over the twin"
