"""The demo workflow in the API's form, made small: what tests of wrong wiring, interrupts and low memory start from."""

from __future__ import annotations

from .api_client import Graph
from .ui_workflow import API_WORKFLOWS, read_json

FRAMES, WIDTH, HEIGHT = 4, 96, 64
SIZES = {"frames": FRAMES, "width": WIDTH, "height": HEIGHT, "steps": 4}
SHOWN = ("PreviewImage", "CreateVideo", "SaveVideo", "MaskVideo_MaskOverlay")
SAMPLER, FIRST_FRAME = "MaskVideo_MaskGuidedVideoSampler", "MaskVideo_ControlNetFirstFrame"
EXTEND = "MaskVideo_AutoregressiveExtend"


def demo_graph(workflow: str = "mask_guided_video_demo", **changes) -> Graph:
    """The workflow at a size that takes a moment; ``changes`` apply to every node that has an input of the name.

    Its decoded frames, node ``show``, are all that it shows.
    """
    (path,) = (path for path in API_WORKFLOWS if path.stem == workflow)
    graph = {name: node for name, node in read_json(path).items() if node["class_type"] not in SHOWN}
    for node in graph.values():
        node["inputs"] |= {key: value for key, value in {**SIZES, **changes}.items() if key in node["inputs"]}
    graph["show"] = preview([find(graph, "VAEDecode"), 0])
    return graph


def find(graph: Graph, class_type: str) -> str:
    """The id of the graph's only node of a class."""
    (name,) = (name for name, node in graph.items() if node["class_type"] == class_type)
    return name


def add(graph: Graph, class_type: str, **inputs) -> list:
    """Add a node; gives the link to its first output."""
    name = f"added {len(graph)}"
    graph[name] = {"class_type": class_type, "inputs": inputs}
    return [name, 0]


def preview(images: list) -> dict:
    """A node that shows ``images``, a link."""
    return {"class_type": "PreviewImage", "inputs": {"images": images}}
