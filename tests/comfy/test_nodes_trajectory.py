"""The Mask Trajectory Editor's node, and what other nodes make of its outputs."""

import json

import numpy as np
import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.tracks import Track, Tracks
from PIL import Image

from ..web.trajectory_base import ELLIPSE, POLYGON, trajectory

TEXT = trajectory(ELLIPSE, POLYGON)
BITMAP = {"shape": {"kind": "bitmap", "file": "maskvideo/m.png", "width": 0.5, "height": 0.5}}


@pytest.fixture
def node(host, tmp_path, monkeypatch):
    """The node, with the host's folders in an empty one."""
    import folder_paths
    from maskvideo.nodes.trajectory import MaskTrajectoryEditor

    for kind in ("input", "temp", "output"):
        (tmp_path / kind).mkdir()
        monkeypatch.setattr(folder_paths, f"{kind}_directory", str(tmp_path / kind))
    return MaskTrajectoryEditor


def run(node, text=TEXT, frames=5, width=160, height=96, **more):
    return node.execute(text, frames, width, height, **more)


def test_masks_tracks_boxes_and_points_come_out(node):
    mask, tracks, boxes, points = run(node).args
    assert mask.shape == (5, 96, 160) and mask.dtype == torch.float32
    assert (mask.numpy() == tracks.union()).all() and tracks.names == ("object 1", "object 2")
    assert list(json.loads(boxes)) == ["object 1", "object 2"]
    assert np.array([[(p["x"], p["y"]) for p in way] for way in json.loads(points)]).shape == (2, 5, 2)


def test_the_browser_hears_what_size_the_run_had_also_where_nothing_is_drawn(node):
    for text in (TEXT, ""):
        assert run(node, text).ui["maskvideo_size"] == [{"frames": 5, "width": 160, "height": 96}]


def test_the_hosts_own_track_nodes_read_the_points(node):
    from comfy_extras.nodes_wan import parse_json_tracks

    parsed = parse_json_tracks(run(node).args[3])
    assert len(parsed) == 2 and parsed[0][0] == {"x": 32.0, "y": 67.2}


def test_the_browser_gets_the_frames_and_the_masks_that_can_be_taken(node):
    frames = torch.rand(100, 40, 60, 3)
    masks = torch.zeros(3, 40, 60)
    masks[1, 10:20, 30:45] = 1
    shown = run(node, image=frames, sequence=masks).ui
    assert len(shown["maskvideo_frames"]) == 48
    (picture,) = shown["maskvideo_masks"]
    assert (picture["x"], picture["y"], picture["width"], picture["height"]) == (0.625, 0.375, 0.25, 0.25)


def test_objects_found_by_sam_are_offered_by_their_names(node):
    masks = np.zeros((2, 40, 60), np.uint8)
    masks[:, 5:15, 30:42] = 1
    tracks = Tracks((Track("dog", (1, 2, 3), masks), Track("nothing", (3, 2, 1), np.zeros_like(masks))))
    (picture,) = run(node, sequence=tracks).ui["maskvideo_masks"]
    assert (picture["name"], picture["x"], picture["y"]) == ("dog", 0.6, 0.25)


def test_nothing_drawn_stops_what_follows_and_still_gives_the_frames(node):
    for text in ("", '{"format": "maskvideo trajectory", "version": 1, "objects": []}'):
        result = run(node, text, image=torch.rand(1, 8, 8, 3))
        assert "is empty: draw an object" in result.block_execution and result.ui["maskvideo_frames"]


@pytest.mark.parametrize(
    ("text", "size", "message"),
    [
        ("{", (160, 96), "is not readable JSON"),
        (TEXT, (161, 96), "use 160x96"),
        (trajectory(BITMAP), (160, 96), "there is no 'maskvideo/m.png'"),
        (trajectory({"shape": BITMAP["shape"] | {"file": "../m.png"}}), (160, 96), "lies outside the host's folder"),
    ],
)
def test_what_does_not_work_is_told(node, text, size, message):
    with pytest.raises(MaskVideoError, match=message):
        run(node, text, width=size[0], height=size[1])


def test_an_image_of_the_input_folder_is_a_shape_and_a_new_one_runs_anew(node, tmp_path):
    folder = tmp_path / "input" / "maskvideo"
    folder.mkdir()
    Image.fromarray(np.full((9, 9), 255, np.uint8)).save(folder / "m.png")
    assert run(node, trajectory(BITMAP)).args[0].any()
    before = node.fingerprint_inputs(trajectory(BITMAP), frames=5)
    Image.fromarray(np.full((9, 12), 255, np.uint8)).save(folder / "m.png")
    assert node.fingerprint_inputs(trajectory(BITMAP), frames=5) != before
    assert node.fingerprint_inputs("{") == node.fingerprint_inputs("")


def test_the_api_sees_a_string_and_the_browser_its_editor(node):
    kind, options, *_ = node.INPUT_TYPES()["required"]["trajectory"]
    assert (kind, options["widgetType"], options["socketless"]) == ("STRING", "MASKVIDEO_TRAJECTORY", True)
