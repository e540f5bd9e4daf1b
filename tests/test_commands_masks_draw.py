"""``maskvideo masks draw`` draws what the editor saved."""

import json
from pathlib import Path

import numpy as np
import pytest
from maskvideo.cli import main
from maskvideo.mask_tools.tracks_file import read_tracks
from PIL import Image

from .web.trajectory_base import CASES, ELLIPSE, trajectory

BITMAP = {"shape": {"kind": "bitmap", "file": "shapes/m.png [input]", "width": 0.5, "height": 0.5}}


@pytest.fixture
def draw(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("t.json").write_text(CASES["two under a camera"], encoding="utf-8")

    def run(*arguments, file="t.json", out="out", frames="4"):
        status = main(["masks", "draw", "--trajectory", file, "--frames", frames, "--out", out, *arguments])
        said = capsys.readouterr()
        return status, said.out if status == 0 else said.err.splitlines()[-1]

    return run


def test_tracks_boxes_and_points_are_written(draw):
    flags = ["--width", "160", "--height", "96", "--fps", "12", "--boxes", "b.json", "--points", "p.json"]
    status, said = draw(*flags)
    assert status == 0 and "wrote out: 4 frames of 160x96, object 1, object 2" in said
    tracks = read_tracks("out")
    assert (tracks.count, tracks.size, tracks.fps, tracks.names) == (4, (96, 160), 12, ("object 1", "object 2"))
    assert json.loads(Path("b.json").read_text())["object 1"][0]["frame"] == 0
    assert np.array(json.loads(Path("p.json").read_text())).shape == (2, 4)


def test_an_image_is_found_beside_the_trajectory_and_nowhere_else(draw):
    Path("shapes").mkdir()
    Image.fromarray(np.full((5, 5), 255, np.uint8)).save("shapes/m.png")
    Path("b.json").write_text(trajectory(BITMAP))
    assert draw(file="b.json")[0] == 0 and read_tracks("out").union().any()
    outside = BITMAP["shape"] | {"file": "../m.png"}
    Path("b.json").write_text(trajectory({"shape": outside}))
    assert "lies outside" in draw(file="b.json")[1]


@pytest.mark.parametrize(
    ("text", "flags", "message"),
    [
        ("{", [], "is not readable JSON"),
        (trajectory(ELLIPSE | {"end": 2}), [], "end is 2: give 1"),
        (trajectory(BITMAP), [], "is not in"),
        (trajectory(ELLIPSE), ["--boxes", "b.txt"], "b.txt ends in .txt: give b.json"),
        (trajectory(ELLIPSE), ["--fps", "-1"], "-1.0 frames per second"),
        (trajectory(ELLIPSE), ["--width", "9000"], "width is 9000: give 8192 or less"),
    ],
)
def test_what_does_not_work_is_told_in_one_line_and_nothing_is_written(draw, tmp_path, text, flags, message):
    Path("w.json").write_text(text)
    status, said = draw(*flags, file="w.json")
    assert status == 2 and message in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["t.json", "w.json"]


def test_a_missing_file_is_told(draw):
    assert "there is no trajectory at nowhere.json" in draw(file="nowhere.json")[1]
