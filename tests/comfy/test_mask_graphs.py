"""Masks through the API of real hosts: a video in, masks followed, edited, combined, checked, an overlay video out."""

import json
import shutil

import numpy as np
import pytest
from maskvideo.mask_tools.tracks_file import read_tracks

from ..tracks_base import iou
from .api_client import PromptFailedError, PromptRefusedError
from .demo_graph import add, demo_graph, find
from .input_clip import BOX, CLIP, FRAMES, SIZE, clip_truth, put_clip
from .test_api_workflows import decode, saved_videos

TRUTH = clip_truth()
CONTROLS = {
    "objects": "", "dx": 0.0, "dy": 0.0, "scale": 1.0, "rotation": 0.0, "about": "object", "gradual": True,
    "x": 0.5, "y": 0.5, "zoom": 1.0, "roll": 0.0, "degrees": 0.0, "mirror": "none", "frames": 0, "reverse": False,
    "grow_px": 0.0, "fill_holes": False, "smooth_frames": 1, "feather_px": 0.0, "more": "",
}  # fmt: skip
INSERT = {"operation": "layers", "length": "error", "name": "", "start": 0, "after": "gone", "behind": ""}


@pytest.fixture(scope="module")
def running(server):
    """The server, with the clip in its input folder."""
    put_clip(server.base / "input")
    return server


def extract(graph: dict, clip: list | None = None, **changes) -> list:
    """SAM Mask Sequence on the clip, with a box unless told otherwise; the link to its mask."""
    given = {
        "clip": clip or add(graph, "LoadVideo", file=CLIP),
        "backend": "flow", "model": "none", "points": "", "not_points": "", "boxes": json.dumps([BOX]),
        "text": "", "text_model": "none", "text_threshold": 0.3, "text_choice": "best", "frame": 0, "image_size": 512,
    }  # fmt: skip
    return add(graph, "MaskVideo_SAMMaskSequence", **given | changes)


def output(link: list, place: int) -> list:
    return [link[0], place]


def transform(graph: dict, sequence: list, **controls) -> list:
    return add(graph, "MaskVideo_TransformMaskSequence", sequence=sequence, **CONTROLS | controls)


def combine(graph: dict, first: list, second: list, **changes) -> list:
    return add(graph, "MaskVideo_CombineMaskSequences", first=first, second=second, **INSERT | changes)


def save(graph: dict, sequence: list, prefix: str) -> str:
    """Add Save Tracks; gives the node's id."""
    return add(graph, "MaskVideo_SaveTracks", sequence=sequence, prefix=prefix)[0]


def tracks_in(running, outputs: dict, node: str):
    """The tracks that a run saved."""
    folder = outputs[node]["text"][0].removesuffix(" [output]")
    return read_tracks(running.base / "output" / folder)


def failure(running, graph: dict) -> str:
    with pytest.raises(PromptFailedError) as error:
        running.api.run(graph)
    return str(error.value)


def refusal(running, graph: dict) -> str:
    with pytest.raises(PromptRefusedError) as error:
        running.api.queue(graph)
    return str(error.value)


def test_a_video_goes_in_and_an_overlay_of_its_edited_masks_comes_out(running, tmp_path):
    graph: dict = {}
    found = output(extract(graph), 1)
    twin = output(transform(graph, found, dx=0.1, dy=0.2, scale=0.5, gradual=False), 1)
    both = output(combine(graph, found, twin), 1)
    check = add(graph, "MaskVideo_CheckMaskSequence", sequence=both, clip=add(graph, "LoadVideo", file=CLIP))
    report = add(graph, "PreviewAny", source=check)[0]
    add(graph, "SaveVideo", video=add(graph, "CreateVideo", images=output(check, 2), fps=12.0), **mp4("masks/overlay"))
    outputs = running.api.run(graph)
    objects = json.loads(outputs[report]["text"][0])["objects"]
    assert [one["name"] for one in objects] == ["object 1", "object 2"]
    assert all(one["empty"] == [] and len(one["area"]) == FRAMES for one in objects)
    areas = [np.mean(one["area"]) for one in objects]
    assert areas[1] == pytest.approx(areas[0] / 4, rel=0.1)
    assert outputs[check[0]]["images"], "the plot is shown"
    (video,) = saved_videos(outputs)
    assert decode(running.api.download(video, tmp_path)) == (FRAMES, SIZE[::-1], 12)


def mp4(prefix: str) -> dict:
    """What Save Video wants, in the words of every host version."""
    return {"filename_prefix": prefix, "format": "auto", "format.codec": "auto", "codec": "auto"}


def test_the_object_is_followed_from_a_video_and_from_its_frames_alike(running):
    graph: dict = {}
    parts = add(graph, "GetVideoComponents", video=add(graph, "LoadVideo", file=CLIP))
    nodes = [save(graph, output(extract(graph, clip), 1), "followed") for clip in (None, parts)]
    outputs = running.api.run(graph)
    for node in nodes:
        tracks = tracks_in(running, outputs, node)
        assert tracks.size == SIZE and iou(tracks.union(), TRUTH) > 0.8
    assert tracks_in(running, outputs, nodes[0]).fps == 12


def test_tracks_are_saved_and_loaded_again(running):
    graph: dict = {}
    found = output(extract(graph), 1)
    both = combine(graph, found, transform(graph, found, dx=0.2))
    first = save(graph, output(both, 1), "kept")
    folder = running.api.run(graph)[first]["text"][0]
    again: dict = {}
    second = save(again, output(add(again, "MaskVideo_LoadTracks", path=folder), 1), "kept")
    copy = running.api.run(again)[second]["text"][0]
    assert folder != copy
    saved, loaded = (read_tracks(running.base / "output" / name.removesuffix(" [output]")) for name in (folder, copy))
    assert saved.names == loaded.names == ("object 1", "object 2")
    assert np.array_equal(saved.union(), loaded.union())


def test_a_mask_of_another_node_goes_in_as_it_is(running):
    graph: dict = {}
    whole = add(graph, "SolidMask", value=1.0, width=SIZE[1], height=SIZE[0])
    rest = combine(graph, whole, output(extract(graph), 1), operation="difference", name="rest")
    node = save(graph, output(rest, 1), "rest")
    tracks = tracks_in(running, running.api.run(graph), node)
    assert tracks.names == ("rest",) and iou(1 - tracks.union(), TRUTH) > 0.8


def test_extracted_masks_guide_a_video(running):
    graph = demo_graph(frames=4)
    masks = find(graph, "MaskVideo_DrawMaskSequence")
    del graph[masks]
    frames = add(graph, "GetVideoComponents", video=add(graph, "LoadVideo", file=CLIP))
    guide = output(transform(graph, extract(graph, frames), frames=4), 0)
    for node in graph.values():
        node["inputs"] = {name: guide if link == [masks, 0] else link for name, link in node["inputs"].items()}
    assert len(running.api.run(graph, seconds=900)["show"]["images"]) == 4


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"boxes": "[[0.5, 0.5, 1.4, 0.9]]"}, "cut it to (0.5, 0.5, 1, 0.9)"),
        ({"boxes": ""}, "nothing points at an object: give points, a box, a text or a mask"),
        ({"boxes": "", "points": '[{"x": 0.5, "y": 1.5}]'}, "the nearest inside is (0.5, 1)"),
        ({"boxes": '{"dog": [{"frame": 12, "box": [0.1, 0.1, 0.5, 0.5]}]}'}, "the last is 11"),
        ({"boxes": "", "text": "a dog"}, "text needs a text_model"),
        ({"backend": "sam2"}, "sam2"),
        ({"backend": "sam"}, "segment-anything"),
    ],
)
def test_a_wrong_prompt_is_answered_with_what_works(running, changes, message):
    graph: dict = {}
    add(graph, "MaskPreview", mask=extract(graph, **changes))
    answer = failure(running, graph)
    if message in ("sam2", "segment-anything"):  # not installed, or no model: either way it says what to do
        assert "needs a checkpoint" in answer or f"{message} is not installed: pip install" in answer
    else:
        assert message in answer


def test_an_unknown_object_is_answered_with_those_that_there_are(running):
    graph: dict = {}
    tracks = output(extract(graph), 1)
    add(graph, "MaskPreview", mask=add(graph, "MaskVideo_TracksToMask", tracks=tracks, name="object", visible=False))
    assert "did you mean 'object 1'?" in failure(running, graph)


@pytest.mark.parametrize("path", ["../output", "/etc", "no_such_folder"])
def test_tracks_outside_the_hosts_folders_are_refused_before_anything_runs(running, path):
    graph: dict = {}
    add(graph, "MaskPreview", mask=add(graph, "MaskVideo_LoadTracks", path=path))
    answer = refusal(running, graph)
    assert ("there is no 'no_such_folder'" if path == "no_such_folder" else "outside the host's folder") in answer


def test_tracks_are_not_saved_outside_the_hosts_folders(running):
    graph: dict = {}
    save(graph, extract(graph), "../tracks")
    assert "is no place in the host's folder" in failure(running, graph)


def test_a_model_that_is_not_in_the_folders_is_refused(running):
    graph: dict = {}
    add(graph, "MaskPreview", mask=extract(graph, backend="sam2", model="sam2/../../secret.pt"))
    with pytest.raises((PromptRefusedError, PromptFailedError), match=r"secret\.pt"):  # the oldest host refuses no name
        running.api.run(graph)


def test_a_clip_that_changed_on_disk_is_followed_anew(running, tmp_path):
    graph: dict = {}
    node = save(graph, output(extract(graph), 1), "before")
    assert tracks_in(running, running.api.run(graph), node).count == FRAMES
    clip = running.base / "input" / CLIP
    shutil.copy(clip, tmp_path / CLIP)
    try:
        put_clip(running.base / "input", frames=5)
        assert tracks_in(running, running.api.run(graph), node).count == 5
    finally:
        shutil.copy(tmp_path / CLIP, clip)
