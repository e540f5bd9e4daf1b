"""Frames of a video for the browser: by number from the host's server, and after a run with what was found."""

import json
import os
import shutil
from urllib.error import HTTPError
from urllib.parse import urlencode

import cv2
import numpy as np
import pytest
from PIL import Image

from ..orientation_base import ORIENTATIONS, quartered, quarters, write_oriented
from .demo_graph import add
from .input_clip import BOX, CLIP, FRAMES, SIZE, clip_frames, clip_truth, put_clip
from .test_mask_graphs import extract


@pytest.fixture(scope="module")
def running(server):
    """The server, with the clip in its input folder."""
    put_clip(server.base / "input")
    return server


def described(server, name):
    return server.api.get(f"maskvideo/clip?{urlencode({'file': name})}")


def picture(server, frame, name=CLIP):
    coded = server.api.read(f"maskvideo/frame?{urlencode({'file': name, 'frame': frame})}")
    return cv2.cvtColor(cv2.imdecode(np.frombuffer(coded, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def test_every_frame_of_a_video_is_given_by_its_number_in_any_order(running):
    clip = described(running, CLIP)
    assert (clip["count"], clip["height"], clip["width"], clip["fps"]) == (FRAMES, *SIZE, 12)
    for frame in (5, 6, 0, FRAMES - 1, 3):
        difference = picture(running, frame).astype(int) - clip_frames()[frame]
        assert np.abs(difference).mean() < 6, f"frame {frame}"


@pytest.mark.parametrize("name", ORIENTATIONS)
def test_a_clip_is_given_as_players_show_it(running, name):
    write_oriented(running.base / "input" / "turned.mp4", [quartered()] * 3, name)
    clip, shown = described(running, "turned.mp4"), picture(running, 1, "turned.mp4")
    assert (clip["height"], clip["width"]) == shown.shape[:2]
    assert quarters(shown) == ORIENTATIONS[name][1]
    assert clip["mirrored"] == (name.startswith("mirrored") or name == "upside down")


@pytest.mark.parametrize("name", ["../host.log", "/etc/hosts", "none.mp4", "", ".", "a\0b", "picture.png"])
def test_no_other_file_is_given_and_the_answer_does_not_say_where_folders_are(running, name):
    cv2.imwrite(str(running.base / "input" / "picture.png"), np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(HTTPError, match="404") as answer:
        described(running, name)
    assert json.loads(answer.value.read()) == {"error": "there is no such video in the host's input folder"}


@pytest.mark.parametrize("frame", ["-1", "x", "", str(FRAMES), "1e3"])
def test_a_number_outside_the_clip_is_refused(running, frame):
    with pytest.raises(HTTPError, match="404"):
        picture(running, frame)


def test_a_file_that_is_no_video_is_refused_in_words(running):
    (running.base / "input" / "broken.mp4").write_bytes(b"no video" * 50)
    with pytest.raises(HTTPError, match="404") as answer:
        described(running, "broken.mp4")
    assert str(running.base) not in json.loads(answer.value.read())["error"]


def test_an_animation_is_given_frame_by_frame_too(running):
    pages = [Image.fromarray(frame) for frame in clip_frames()]
    pages[0].save(running.base / "input" / "clip.webp", save_all=True, append_images=pages[1:], quality=90)
    assert described(running, "clip.webp")["count"] == len(pages)
    assert np.abs(picture(running, 4, "clip.webp").astype(int) - clip_frames()[4]).mean() < 6


def test_a_video_that_was_written_anew_is_read_anew(running):
    put_clip(running.base / "input", frames=4)
    shutil.copy(running.base / "input" / CLIP, running.base / "input" / "short.mp4")
    put_clip(running.base / "input")
    assert described(running, "short.mp4")["count"] == 4
    before = described(running, CLIP)
    os.utime(running.base / "input" / CLIP, (1, 1))
    assert described(running, CLIP)["version"] != before["version"]


def test_a_run_gives_frames_to_point_at_and_where_the_object_was_found(running):
    graph: dict = {}
    node = extract(graph, boxes=json.dumps({"animal": [{"frame": 0, "box": BOX}]}))[0]
    add(graph, "MaskPreview", mask=[node, 0])
    shown = running.api.run(graph, seconds=300)[node]
    assert [one["frame"] for one in shown["maskvideo_frames"]] == list(range(FRAMES))
    assert shown["maskvideo_clip"] == [{"count": FRAMES, "height": SIZE[0], "width": SIZE[1], "fps": 12}]
    assert len(shown["images"]) == 1
    query = {name: shown["maskvideo_found"][3][name] for name in ("filename", "subfolder", "type")}
    coded = np.frombuffer(running.api.read(f"view?{urlencode(query)}"), np.uint8)
    shown = cv2.imdecode(coded, cv2.IMREAD_UNCHANGED)[..., 3]
    found = cv2.resize(shown, SIZE[::-1], interpolation=cv2.INTER_NEAREST) > 0
    truth = clip_truth()[3] > 0
    assert (found & truth).sum() / (found | truth).sum() > 0.6
