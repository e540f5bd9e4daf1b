"""Every API workflow whose models are bundled runs headless, and the video that it saves is as the workflow says."""

from fractions import Fraction

import av
import pytest

from .api_client import PromptRefusedError
from .input_clip import CLIP, put_clip
from .ui_workflow import API_WORKFLOWS, read_json

DOWNLOADED = ("CheckpointLoaderSimple", "ControlNetLoader", "LoraLoader", "UNETLoader", "VAELoader", "CLIPLoader")
STEPS = 4
"""Of every sampler, in place of the workflow's: how the video looks is another test's matter."""
MASKS = ("MaskVideo_FitMaskSequence", "MaskVideo_DrawMaskSequence", "MaskVideo_MaskTrajectoryEditor")
"""The nodes that say how many masks of which size guide the video."""


def is_bundled(path) -> bool:
    return not any(node["class_type"] in DOWNLOADED for node in read_json(path).values())


BUNDLED = [path for path in API_WORKFLOWS if is_bundled(path)]


def shortened(graph: dict) -> dict:
    """The workflow with fewer steps, and nothing else changed."""
    for node in graph.values():
        if "steps" in node["inputs"]:
            node["inputs"]["steps"] = STEPS
    return graph


def wants_clip(path) -> bool:
    """Whether the workflow starts from a clip that its user has."""
    return any(node["class_type"] == "LoadVideo" for node in read_json(path).values())


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


def test_all_but_the_one_for_a_checkpoint_need_no_download():
    assert [path.stem for path in API_WORKFLOWS if path not in BUNDLED] == ["mask_guided_video_sd15"]
    assert len(BUNDLED) == 7
    assert [path.stem for path in BUNDLED if wants_clip(path)] == ["motion_from_a_video"]


@pytest.mark.parametrize("path", API_WORKFLOWS, ids=lambda path: path.stem)
def test_every_node_and_input_of_a_workflow_is_known(server, path):
    known = server.api.object_info()
    for name, node in read_json(path).items():
        schema = known[node["class_type"]]["input"]
        # An input that grows has names such as "format.codec" below the one in the schema.
        given = {field.split(".")[0] for field in node["inputs"]}
        assert schema.get("required", {}).keys() <= given, name
        if node["class_type"].startswith("MaskVideo_"):  # the host's own grow from version to version
            assert given <= {*schema.get("required", {}), *schema.get("optional", {})}, name


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.stem)
def test_workflow_runs_and_saves_the_video_that_it_says(server, path, tmp_path):
    graph = shortened(read_json(path))
    if wants_clip(path):
        assert find_input(graph, "LoadVideo", "file") == CLIP
        put_clip(server.base / "input", frames=20, size=(160, 256))
    (video,) = saved_videos(server.api.run(graph, seconds=1800))
    masks = next(name for name in MASKS if any(node["class_type"] == name for node in graph.values()))
    assert decode(server.api.download(video, tmp_path)) == (
        find_input(graph, masks, "frames"),
        (find_input(graph, masks, "width"), find_input(graph, masks, "height")),
        find_input(graph, "CreateVideo", "fps"),
    )


def test_workflow_for_a_clip_asks_for_it_and_for_nothing_else(server):
    (path,) = filter(wants_clip, API_WORKFLOWS)
    (server.base / "input" / CLIP).unlink(missing_ok=True)
    with pytest.raises(PromptRefusedError) as refusal:
        server.api.queue(read_json(path))
    (line,) = str(refusal.value).splitlines()[1:]
    assert line.startswith("LoadVideo ") and CLIP in line


def test_workflow_for_a_checkpoint_asks_for_its_three_files_and_for_nothing_else(server):
    (path,) = (path for path in API_WORKFLOWS if path not in BUNDLED)
    with pytest.raises(PromptRefusedError) as refusal:
        server.api.queue(read_json(path))
    lines = str(refusal.value).splitlines()[1:]
    assert sorted(line.split(" ")[0] for line in lines) == [*DOWNLOADED[:2], "MaskVideo_LoadMotionLoRA"]
    assert all(".safetensors" in line for line in lines)
