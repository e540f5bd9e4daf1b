"""The demo workflow as a user runs it follows its masks as well as the command line does."""

import json

import pytest
from maskvideo.cli import main

from ..house import ROOT
from .test_api_workflows import find_input
from .ui_workflow import read_json

WORKFLOW = ROOT / "workflows" / "api" / "mask_guided_video_demo.json"
TOLERANCE = 0.02


def source_of(graph: dict, node_class: str) -> str:
    """The id of the graph's one node of a kind."""
    (name,) = (name for name, node in graph.items() if node["class_type"] == node_class)
    return name


def with_scores(graph: dict) -> dict:
    """The workflow, and Evaluate Video on its frames, masks and prompt."""
    positive = graph[source_of(graph, "MaskVideo_ControlNetFirstFrame")]["inputs"]["positive"][0]
    inputs = {
        "frames": [source_of(graph, "VAEDecode"), 0],
        "mask": [source_of(graph, "MaskVideo_DrawMaskSequence"), 0],
        "prompt": graph[positive]["inputs"]["text"],
    }
    return {**graph, "scores": {"class_type": "MaskVideo_EvaluateVideo", "inputs": inputs}}


@pytest.fixture(scope="module")
def command_line(tmp_path_factory) -> dict:
    """The report of `maskvideo demo` at the workflow's size; all other defaults are the workflow's values."""
    out, graph = tmp_path_factory.mktemp("demo"), read_json(WORKFLOW)
    drawn = graph[source_of(graph, "MaskVideo_DrawMaskSequence")]["inputs"]
    size = [f"--{side}={drawn[side]}" for side in ("width", "height")]
    assert main(["demo", "--out", str(out / "demo"), "--device", "cpu", *size]) == 0
    return read_json(out / "demo" / "report.json")


def test_the_demo_workflow_reaches_the_command_lines_mask_overlap(server, command_line):
    graph = with_scores(read_json(WORKFLOW))
    shown = server.api.run(graph, seconds=1800)["scores"]["text"]
    scores = json.loads(shown[0])
    assert find_input(graph, "MaskVideo_MaskGuidedVideoSampler", "steps") == 20
    assert scores["mask_miou"] == pytest.approx(command_line["mask_miou"], abs=TOLERANCE)
