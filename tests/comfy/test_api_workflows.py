"""Every API workflow whose models are bundled runs headless, and the video that it saves is as the workflow says."""

import json
from fractions import Fraction

import av
import pytest

from ..house import ROOT

WORKFLOWS = sorted((ROOT / "workflows" / "api").glob("*.json"))
DOWNLOADED = ("CheckpointLoaderSimple", "ControlNetLoader", "LoraLoader", "UNETLoader", "VAELoader", "CLIPLoader")


def read_graph(path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def is_bundled(path) -> bool:
    return not any(node["class_type"] in DOWNLOADED for node in read_graph(path).values())


BUNDLED = [path for path in WORKFLOWS if is_bundled(path)]


def find_input(graph: dict, node: str, name: str):
    """The value that the graph gives to ``name`` of its nodes of one kind; where there are several, they agree."""
    values = {one["inputs"][name] for one in graph.values() if one["class_type"] == node}
    assert len(values) == 1, f"{node}.{name}: {values}"
    return values.pop()


def saved_videos(outputs: dict) -> list[dict]:
    """Files of the output folder that nodes showed and that are no pictures."""
    files = [file for shown in outputs.values() for kind in shown.values() for file in kind if isinstance(file, dict)]
    return [file for file in files if file.get("type") == "output" and file["filename"].endswith((".mp4", ".webm"))]


def decode(path) -> tuple[int, tuple[int, int], Fraction]:
    """Frames that decode, (width, height), frames per second."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
        assert len({frame.shape for frame in frames}) == 1
        assert any((frame != frames[0]).any() for frame in frames), "nothing moves"
        return len(frames), (frames[0].shape[1], frames[0].shape[0]), stream.average_rate


def test_there_are_workflows_that_need_no_download():
    assert BUNDLED


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_node_and_input_of_a_workflow_is_known(server, path):
    known = server.api.object_info()
    for name, node in read_graph(path).items():
        schema = known[node["class_type"]]["input"]
        fields = {*schema.get("required", {}), *schema.get("optional", {})}
        # An input that grows has names such as "values.a" below the one in the schema.
        assert {field.split(".")[0] for field in node["inputs"]} <= fields, name
        assert schema.get("required", {}).keys() <= {field.split(".")[0] for field in node["inputs"]}, name


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.stem)
def test_workflow_runs_and_saves_the_video_that_it_says(server, path, tmp_path):
    graph = read_graph(path)
    videos = saved_videos(server.api.run(graph, seconds=900))
    assert videos
    size = (find_input(graph, "width"), find_input(graph, "height"))
    for video in videos:
        assert decode(server.api.download(video, tmp_path)) == (
            find_input(graph, "frames"),
            size,
            find_input(graph, "fps"),
        )
