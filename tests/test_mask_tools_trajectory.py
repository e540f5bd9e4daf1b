"""A trajectory's JSON: read, refused with a reason, written back."""

import json
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools import trajectory as module
from maskvideo.mask_tools.tracks import track_colour
from maskvideo.mask_tools.trajectory import (
    CHANNELS,
    MOST_CHARACTERS,
    MaskTrajectory,
    MovingObject,
    trajectory_from_json,
    trajectory_from_values,
    trajectory_to_json,
)
from maskvideo.mask_tools.trajectory_keys import CameraPoint
from maskvideo.mask_tools.trajectory_shapes import SHAPE_KINDS

from .house import ROOT
from .tracks_base import few
from .web.trajectory_base import CASES, ELLIPSE, trajectory

SCHEMA = json.loads((ROOT / "web" / "trajectory.schema.json").read_text(encoding="utf-8"))
WORKING = json.loads(CASES["two under a camera"])


def changed(**changes):
    """A working trajectory with keys of its first object changed."""
    values = json.loads(json.dumps(WORKING))
    values["objects"][0].update(changes)
    return values


def test_the_example_of_the_documentation_is_read_and_written_back_as_it_was():
    example = module.__doc__.split("::")[1].split("Objects go")[0]
    values = json.loads(example)
    read = trajectory_from_values(values)
    assert (read.objects[0].name, read.objects[0].scale[1].scale, read.camera[1].zoom) == ("ball", 1.5, 2)
    assert trajectory_from_json(trajectory_to_json(read)) == read


@pytest.mark.parametrize("text", CASES.values(), ids=CASES)
def test_what_is_written_is_read_back_equal(text):
    read = trajectory_from_json(text)
    assert trajectory_from_json(trajectory_to_json(read)) == read


def test_what_is_left_out_has_its_default():
    one = trajectory_from_json(trajectory(ELLIPSE)).objects[0]
    assert (one.colour, one.scale, one.start, one.end, one.locked) == (track_colour(0), (), 0, 1, False)
    assert one.position[0].easing == "smooth"


def test_the_schema_has_the_keys_of_the_classes():
    definitions = SCHEMA["$defs"]
    keys = {"position": CHANNELS["position"], "camera": CameraPoint, "object": MovingObject, **SHAPE_KINDS, **CHANNELS}
    for name, kind in keys.items():
        own = set(definitions[name]["properties"]) - {"kind"}
        assert own == {field.name for field in fields(kind)}, name
    assert set(SCHEMA["properties"]) == {"format", "version", *(field.name for field in fields(MaskTrajectory))}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([], 'needs "format"'),
        ({"format": "maskvideo tracks", "version": 1}, 'needs "format"'),
        ({**WORKING, "version": 2}, "of version 2, this MaskVideo reads 1: update MaskVideo"),
        ({**WORKING, "version": 0}, "write it anew in the editor"),
        ({**WORKING, "version": True}, "of version True"),
        ({**WORKING, "objects": []}, "has no object: draw one"),
        ({**WORKING, "objects": 5}, "objects of the trajectory are 5: give a list"),
        ({**WORKING, "objects": [5]}, "object 1 is 5: give a name"),
        ({**WORKING, "cameras": []}, "'cameras': the closest is 'camera'"),
        (changed(nmae="a"), "object 1 ('object 1'): MovingObject has no key 'nmae': the closest is 'name'"),
        (changed(name=""), "an object's name is ''"),
        (changed(name="object 2"), "two objects are called 'object 2': rename one, such as 'object 3'"),
        (changed(colour=[0, 0, 0]), "give three whole numbers 0 to 255, not all 0"),
        (changed(position=[]), "position has no keyframe: give 1 or more"),
        (changed(position=[{"time": 0, "x": float("nan"), "y": 0}]), "x of position keyframe 0 is nan: give a finite"),
        (changed(position=[{"time": 0, "x": 11, "y": 0}]), "x of position keyframe 0 is 11: give 10"),
        (changed(position=[{"time": 2, "x": 0, "y": 0}]), "time of position keyframe 0 is 2: give 1"),
        (changed(scale=[{"time": 0, "scale": 0}]), "scale of scale keyframe 0 is 0: give 0.01"),
        (changed(scale=[{"time": 0, "scale": 1, "easing": "bounce"}]), "'bounce' is unknown: choose one of linear"),
        (changed(scale=[{"time": 0.5, "scale": 1}, {"time": 0.5, "scale": 2}]), "sort them, drop repeated ones"),
        (changed(rotation=[{"time": i / 3000, "rotation": 0} for i in range(2001)]), "2001 keyframes: give 2000"),
        (changed(start=0.5, end=0.2), "end 0.2 comes before start 0.5: give an end of 0.5"),
        (changed(shape={"kind": "elipse"}), "'elipse': the closest is 'ellipse'"),
        (changed(shape={"kind": ["ellipse"]}), "kind of shape is ['ellipse']"),
        (changed(shape={"kind": "ellipse", "width": 0, "height": 1}), "width of a shape is 0: give 0.001"),
        (changed(shape={"kind": "ellipse", "width": 1}), "Ellipse needs 'height'"),
        (changed(shape={"kind": "polygon", "points": [[0, 0], [1, 1]]}), "2 points cannot be filled: give 3"),
        (changed(shape={"kind": "polygon", "points": [[0, 0], [1, 1], [9, 0]]}), "x of point 2 is 9: give 4"),
        (changed(shape={"kind": "polygon", "points": [[0, 0], [1, 1], [9]]}), "has 1 values, it needs 2"),
        (changed(shape={"kind": "brush", "strokes": []}), "without strokes came"),
        (changed(shape={"kind": "bitmap", "file": " ", "width": 1, "height": 1}), "without a file"),
        ({**WORKING, "camera": [{"time": 0, "zoom": 0}]}, "zoom of camera keyframe 0 is 0: give 0.01"),
    ],
)
def test_what_does_not_work_is_told_with_what_does(values, message):
    with pytest.raises(MaskVideoError) as caught:
        trajectory_from_values(values)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not readable JSON"),
        ("[" * 20_000, "is not readable JSON"),
        (" " * (MOST_CHARACTERS + 1), f"give {MOST_CHARACTERS} or fewer"),
        ('{"format": "maskvideo trajectory", "version": 1, "objects": NaN}', "give a list"),
    ],
)
def test_text_that_is_no_trajectory_is_told(text, message):
    with pytest.raises(MaskVideoError) as caught:
        trajectory_from_json(text)
    assert message in str(caught.value)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["time", "x", "kind", "points"]), inner)
    ),
    max_leaves=8,
)


@few
@given(st.sampled_from([*(field.name for field in fields(MovingObject)), "camera", "objects", "version"]), anything)
def test_any_value_anywhere_is_read_or_refused_in_words(key, value):
    values = changed(**{key: value}) if key in SCHEMA["$defs"]["object"]["properties"] else {**WORKING, key: value}
    try:
        assert trajectory_from_json(trajectory_to_json(trajectory_from_values(values)))
    except MaskVideoError as error:
        assert str(error)
