"""The browser's code and Python draw the same masks of the same trajectories."""

import base64
import json

import numpy as np
import pytest
from maskvideo.mask_tools.sequence import collect
from maskvideo.mask_tools.trajectory import trajectory_from_json
from maskvideo.mask_tools.trajectory_render import DrawnTracks

from .node_base import reason_to_skip, run_node
from .trajectory_base import CASES, FRAMES, HEIGHT, LEAST_IOU, WIDTH, least_iou


@pytest.fixture(scope="module")
def in_javascript(tmp_path_factory):
    """Every case's masks by the browser's modules, under Node: uint8 [N, T, H, W] by name."""
    if reason := reason_to_skip():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("node")
    cases = [{"text": text, "frames": FRAMES, "width": WIDTH, "height": HEIGHT} for text in CASES.values()]
    (folder / "cases.json").write_text(json.dumps(cases))
    result = run_node(folder, "tests/web/trajectory_masks.mjs", "cases.json", "masks.json")
    assert result.returncode == 0, result.stderr
    masks = json.loads((folder / "masks.json").read_text())
    return {
        name: np.array([[decoded(one) for one in frames] for frames in case])
        for name, case in zip(CASES, masks, strict=True)
    }


def decoded(text):
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(HEIGHT, WIDTH)


def in_python(name):
    tracks = collect(DrawnTracks(trajectory_from_json(CASES[name]), FRAMES, (HEIGHT, WIDTH)))
    return np.stack([track.masks for track in tracks.objects])


@pytest.mark.parametrize("name", CASES)
def test_the_browsers_code_and_python_draw_the_same_masks(in_javascript, name):
    here, there = in_python(name), in_javascript[name]
    assert here.any() and (here.any((-1, -2)) == there.any((-1, -2))).all()
    assert least_iou(here, there) >= LEAST_IOU
