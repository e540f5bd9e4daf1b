"""Flags of a command line become steps of an edit, in their order."""

import argparse

import pytest
from maskvideo.commands.edit_flags import add_edit_flags, read_edit
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.camera import Camera, CameraKey
from maskvideo.mask_tools.edit import STEPS, edit_to_json, op_name
from maskvideo.mask_tools.retime import Loop, Retime, Trim
from maskvideo.mask_tools.slope import Slope
from maskvideo.mask_tools.transform import Mirror, Move, MoveKey


def edit(*flags):
    parser = argparse.ArgumentParser()
    add_edit_flags(parser)
    return read_edit(parser.parse_args(flags))


@pytest.mark.parametrize(
    ("flags", "step"),
    [
        (["--translate", "-0.1,.2"], Move((MoveKey(0, -0.1, 0.2),))),
        (["--rotate", "-20"], Move((MoveKey(rotation=-20),))),
        (["--key", "0.5:scale=2"], Move((MoveKey(0.5, scale=2),))),
        (
            ["--camera", "0:", "--camera", "1:x=0.4,y=1,zoom=2,roll=3"],
            Camera((CameraKey(), CameraKey(1, 0.4, 1, 2, 3))),
        ),
        (["--slope", "-15:towards=left,travel=0.3"], Slope(-15, 0.3, "left")),
        (["--mirror", "vertical:0.1,0.2"], Mirror("vertical", (0.1, 0.2))),
        (["--frames", "31"], Retime(frames=31)),
        (["--to-fps", "23.976"], Retime(fps=23.976)),
        (["--trim", "-8:"], Trim(-8)),
        (["--trim", ":5"], Trim(0, 5)),
        (["--loop", "3:2"], Loop(3, blend_frames=2)),
        (["--back-and-forth", "2"], Loop(2, "back_and_forth")),
    ],
)
def test_a_flag_is_its_step(flags, step):
    assert edit(*flags).steps == (step,)


def test_every_step_has_a_flag():
    flags = [
        "--scale=2",
        "--camera=0:",
        "--slope=5",
        "--mirror=vertical",
        "--speed=2",
        "--reverse",
        "--loop=2",
        "--trim=1:2",
    ]
    flags += ["--grow=1", "--shrink=1", "--fill-holes", "--drop-specks=3", "--smooth=3", "--select=a,b"]
    made = edit(*flags)
    assert {op_name(step) for step in made.steps} == set(STEPS)


def test_objects_and_pivot_hold_for_the_steps_after_them(tmp_path):
    before, after = edit(
        "--scale", "2", "--objects", "a, b", "--about", "group", "--easing", "linear", "--scale", "3"
    ).steps
    assert (before.objects, before.about, before.easing) == ((), "object", "smooth")
    assert (after.objects, after.about, after.easing) == (("a", "b"), "group", "linear")


def test_keyframes_apart_are_moves_of_their_own_and_a_file_comes_where_it_is_named(tmp_path):
    (tmp_path / "e.json").write_text(edit_to_json(edit("--reverse", "--feather", "3")), encoding="utf-8")
    made = edit("--key", "0:", "--edit", str(tmp_path / "e.json"), "--key", "1:dx=1")
    assert [op_name(step) for step in made.steps] == ["move", "reverse", "move"] and made.feather_px == 3


def test_a_wrong_value_is_told_with_its_flag():
    for flags, message in (
        (["--back-and-forth", "x"], "--back-and-forth: 'x' is no whole number"),
        (["--slope", "5:up=1"], "--slope: 'up=1' is not understood: give NAME=VALUE with one of towards, travel"),
        (["--translate", "1,2,3"], "--translate: '1,2,3' is not two numbers"),
    ):
        with pytest.raises(MaskVideoError, match=message):
            edit(*flags)
