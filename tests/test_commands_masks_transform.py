"""``maskvideo masks transform`` changes tracks from folder to folder."""

import json
from pathlib import Path

import numpy as np
import pytest
from maskvideo.cli import main
from maskvideo.files.video import read_video
from maskvideo.mask_tools.centres import find_centres
from maskvideo.mask_tools.read import read_masks
from maskvideo.mask_tools.track_sources import open_tracks
from maskvideo.mask_tools.tracks_file import read_tracks, write_tracks
from maskvideo.mask_tools.write import write_masks

from .tracks_base import moving_disc, tracks_of


@pytest.fixture
def transform(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_tracks(
        "in", tracks_of(moving_disc(5), moving_disc(5, start=(50, 20), radius=6), names=["near", "far"], fps=12)
    )

    def run(*arguments, masks="in", out="out"):
        status = main(["masks", "transform", "--masks", masks, "--out", out, *arguments])
        said = capsys.readouterr()
        return status, said.out if status == 0 else said.err.splitlines()[-1]

    return run


def places(name="near", folder="out"):
    """Centres of one object in pixels, [T, 2]."""
    return find_centres(read_tracks(folder).track(name).masks[:, None]).centre[:, 0]


def test_flags_are_steps_in_their_order(transform):
    assert transform("--reverse", "--translate", "-0.1,0.1")[0] == 0
    expected = find_centres(moving_disc(5)[::-1, None]).centre[:, 0] + (-8, 6)
    assert np.allclose(places(), expected, atol=0.3)
    status, said = transform("--trim", "-4:", "--speed", "3", "--save-edit", "e.json", out="short")
    assert status == 0 and "wrote short: 2 frames of 80x60, near, far" in said
    steps = json.loads(Path("e.json").read_text(encoding="utf-8"))["steps"]
    assert [step["op"] for step in steps] == ["trim", "retime"] and (steps[0]["start"], steps[0]["stop"]) == (-4, None)
    assert np.allclose(places(folder="short"), find_centres(moving_disc(5)[[1, 4], None]).centre[:, 0], atol=0.3)


def test_keyframes_that_follow_one_another_are_one_move(transform):
    transform(
        "--objects", "far", "--about", "0.5,0.5", "--key", "0:", "--key", "1:dx=-0.1,dy=-0.05", "--save-edit", "e.json"
    )
    step = json.loads(Path("e.json").read_text(encoding="utf-8"))["steps"]
    assert len(step) == 1 and len(step[0]["keyframes"]) == 2
    assert (step[0]["objects"], step[0]["about"]) == (["far"], [0.5, 0.5])
    before = find_centres(read_tracks("in").track("far").masks[:, None]).centre[:, 0]
    assert np.allclose(places("far") - before, np.linspace(0, 1, 5)[:, None] * (-8, -3), atol=0.3)
    assert (read_tracks("out").track("near").masks == read_tracks("in").track("near").masks).all()


def test_a_saved_edit_does_the_same_again(transform):
    flags = [
        "--camera",
        "0:",
        "--camera",
        "1:zoom=1.5,roll=10",
        "--slope",
        "10:towards=left",
        "--mirror",
        "vertical:object",
    ]
    flags += [
        "--loop",
        "2:1",
        "--back-and-forth",
        "1",
        "--frames",
        "9",
        "--to-fps",
        "24",
        "--grow",
        "1",
        "--shrink",
        "0.5",
    ]
    flags += [
        "--fill-holes",
        "--drop-specks",
        "3",
        "--smooth",
        "3",
        "--select",
        "far",
        "--scale",
        "0.9",
        "--rotate",
        "-10",
    ]
    assert transform(*flags, "--easing", "linear", "--save-edit", "e.json")[0] == 0
    assert transform("--edit", "e.json", out="again")[0] == 0
    first, again = read_tracks("out"), read_tracks("again")
    assert (first.union() == again.union()).all() and first.names == ("far",) and again.fps == 24


def test_a_folder_can_be_changed_in_place_and_its_tracks_guide_a_video_as_they_are(transform):
    assert transform("--mirror", "horizontal", out="in")[0] == 0
    assert (
        read_masks("in")[0, 0].numpy()
        == tracks_of(moving_disc(5), moving_disc(5, start=(50, 20), radius=6)).union()[..., ::-1]
    ).all()


def test_plain_masks_are_inverted_and_soft_ones_or_a_video_are_written(transform):
    write_masks("white", 1 - tracks_of(moving_disc(3)).tensor())
    assert transform("--invert", "--feather", "4", masks="white", out="soft")[0] == 0
    assert not (open_tracks("soft").batch([0, 1, 2])[:, 0] != moving_disc(3)).any()
    assert transform("--feather", "4", out="soft.mp4")[0] == 0
    frame = next(read_video("soft.mp4"))
    assert frame.shape == (60, 80, 3) and 20 < frame[30, 10, 0] < 235  # on the outline


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--scale", "x"], "--scale: 'x' is no number"),
        (["--scale", "nan"], "--scale: 'nan' is no finite number"),
        (["--scale", "0"], r"step 1 (move): scale is 0: give 0.001"),
        (["--translate", "1"], "--translate: '1' is not two numbers"),
        (["--key", "1:x=2"], "--key: 'x=2' is not understood: give NAME=VALUE with one of dx, dy, scale, rotate"),
        (["--smooth", "4"], "smooth over 4 frames: give 5, an odd number"),
        (["--loop", "two"], "--loop: 'two' is no whole number"),
        (["--edit", "nowhere.json"], "there is no edit at nowhere.json"),
        (["--objects", "neer", "--scale", "2"], "no object is called 'neer': did you mean 'near'?"),
        (["--device", "abacus"], "device abacus is not there"),
        (["--invert"], "holds 2 objects, which cannot all be inverted"),
    ],
)
def test_a_wrong_value_is_told_in_one_line_and_nothing_is_written(transform, tmp_path, flags, message):
    status, said = transform(*flags)
    assert status == 2 and message in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]


def test_a_wrong_place_to_write_is_told(transform, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "diary.txt").write_text("")
    assert "holds other files (diary.txt)" in transform(out="mine")[1]
    assert "give a folder, or a video ending in .mp4" in transform(out="masks.png")[1]
