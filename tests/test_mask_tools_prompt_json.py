import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.prompt_json import parse_boxes, parse_points, parse_prompts

SIZE = (100, 200)
FRACTIONS = st.floats(0, 1)


def points_of(prompts):
    return {(prompt.name, prompt.frame): prompt.points for prompt in prompts}


def boxes_of(prompts):
    return {(prompt.name, prompt.frame): prompt.box for prompt in prompts}


def test_a_list_is_one_objects_points_on_the_first_frame():
    found = parse_points('[{"x": 0.25, "y": 0.5}, {"x": 0.9, "y": 0.1, "label": 0}]', SIZE)
    assert points_of(found) == {("object 1", 0): ((0.25, 0.5, 1), (0.9, 0.1, 0))}


def test_names_make_several_objects_on_any_frames():
    text = '{"rider": [{"x": 0.1, "y": 0.2}, {"frame": 7, "x": 0.3, "y": 0.4, "label": 0}], "horse": {"x": 1, "y": 1}}'
    assert points_of(parse_points(text, SIZE)) == {
        ("rider", 0): ((0.1, 0.2, 1),),
        ("rider", 7): ((0.3, 0.4, 0),),
        ("horse", 0): ((1, 1, 1),),
    }


@given(st.lists(st.tuples(FRACTIONS, FRACTIONS, st.integers(0, 9), st.integers(0, 1)), min_size=1, max_size=5))
def test_every_point_that_is_written_is_read(points):
    text = json.dumps({"a": [{"x": x, "y": y, "frame": frame, "label": label} for x, y, frame, label in points]})
    read = [(*point[:2], prompt.frame, point[2]) for prompt in parse_points(text, SIZE) for point in prompt.points]
    assert sorted(read) == sorted(points)


@pytest.mark.parametrize(
    ("points", "negative"),
    [
        ('[{"x": 50, "y": 50}]', '[{"x": 180, "y": 10}]'),  # the host's SAM nodes, KJNodes' Points Editor
        ('{"positive": [{"x": 50, "y": 50}], "negative": [{"x": 180, "y": 10}]}', ""),  # what the editor stores
        ([{"x": 50, "y": 50}], [{"x": 180, "y": 10}]),  # lists, as nodes pass them on
        ('[{"x": 0.25, "y": 0.5}]', '[{"x": 0.9, "y": 0.1}]'),  # the editor with its normalize switch on
    ],
)
def test_other_packs_points_are_read_as_they_are(points, negative):
    assert points_of(parse_points(points, SIZE, negative)) == {("object 1", 0): ((0.25, 0.5, 1), (0.9, 0.1, 0))}


@pytest.mark.parametrize("nothing", ["", "  ", "[]", '""', "{}", "null"])
def test_nothing_is_no_prompt(nothing):
    assert parse_points(nothing, SIZE, nothing) == parse_boxes(nothing, SIZE) == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"positive": null, "negative": []}', "positive is None: give a list"),
        ("[{x: 1}]", "points are no JSON .* write them as"),
        ("3", "points are 3: write them as"),
        ('[{"x": 0.5}]', r"a point is {'x': 0\.5}: it needs the numbers x, y"),
        ('[{"x": "0.5", "y": 0.5}]', "it needs the numbers x, y"),
        ("[[0.5, 0.5]]", "a point is .* write it as"),
        ('[{"x": 0.5, "y": 0.5, "labl": 0}]', "a point has 'labl': it takes frame, label, x, y"),
        ('[{"x": 250, "y": 50}]', r"point \(250, 50\) lies outside the 200x100 clip: the nearest is \(200, 50\)"),
        ('{"dog": [{"x": 50, "y": 50}]}', r"point \(50, 50\) of 'dog' is in pixels: .* divide x by"),
        ('[{"frame": 2, "x": 50, "y": 50}]', "is in pixels"),
        ('{"dog": 3}', "what stands for 'dog' is 3: give a list"),
        ('[{"x": -0.1, "y": 0.5}]', r"nearest inside is \(0, 0\.5\)"),
        ('[{"x": 1.1, "y": 0.5}]', r"nearest inside is \(1, 0\.5\)"),
        ('[{"x": 0.1, "y": 0.5, "frame": "2"}]', "frame of 'object 1' is '2'"),
    ],
)
def test_points_that_cannot_be_meant_are_named(text, message):
    with pytest.raises(MaskVideoError, match=message):
        parse_points(text, SIZE)


def test_negative_points_beside_named_ones_are_refused():
    with pytest.raises(MaskVideoError, match="write them with"):
        parse_points('{"dog": [{"x": 0.5, "y": 0.5}]}', SIZE, '[{"x": 0.1, "y": 0.1}]')


@pytest.mark.parametrize(
    "text",
    [
        "[[0.25, 0.5, 0.75, 1]]",
        "[0.25, 0.5, 0.75, 1]",
        '[{"box": [0.25, 0.5, 0.75, 1]}]',
        '{"object 1": [{"frame": 0, "box": [0.25, 0.5, 0.75, 1]}]}',
        "[[50, 50, 150, 100]]",  # KJNodes' editor
        '[{"x": 50, "y": 50, "width": 100, "height": 50}]',  # the host's
        '{"x": 50, "y": 50, "width": 100, "height": 50}',
    ],
)
def test_one_box_in_any_form(text):
    assert boxes_of(parse_boxes(text, SIZE)) == {("object 1", 0): (0.25, 0.5, 0.75, 1)}


def test_a_list_holds_a_box_for_each_object_and_names_hold_boxes_on_several_frames():
    assert list(boxes_of(parse_boxes("[[0, 0, 0.5, 0.5], [0.5, 0.5, 1, 1]]", SIZE))) == [
        ("object 1", 0),
        ("object 2", 0),
    ]
    named = '{"dog": [{"box": [0, 0, 0.5, 0.5]}, {"frame": 5, "box": [0.5, 0.5, 1, 1]}]}'
    assert list(boxes_of(parse_boxes(named, SIZE))) == [("dog", 0), ("dog", 5)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[0.1, 0.2, 0.3]]", r"a box of 'object 1' is \[0\.1, 0\.2, 0\.3\]: give \[left, top, right, bottom\]"),
        ("[[50, 50, 250, 100]]", r"reaches outside the 200x100 clip: cut it to \[50, 50, 200, 100\]"),
        ('{"dog": [{"box": [50, 50, 100, 100]}]}', "of 'dog' is in pixels"),
        ("[[-0.1, 0, 0.5, 0.5]]", r"reaches outside the frame, .* cut it to \(0, 0, 0\.5, 0\.5\)"),
        ("[[0.5, 0.5, 1.5, 0.9]]", r"cut it to \(0\.5, 0\.5, 1, 0\.9\)"),
        ("[[0.5, 0.5, 0.1, 0.1]]", "has no inside"),
        ('[{"x": 3, "y": 4}]', "it needs the numbers x, y, width, height"),
        ('{"dog": 3}', "give a list"),
    ],
)
def test_boxes_that_cannot_be_meant_are_named(text, message):
    with pytest.raises(MaskVideoError, match=message):
        parse_boxes(text, SIZE)


def test_objects_keep_the_order_of_their_names_whether_points_or_boxes_show_them():
    points = '{"cat": [], "dog": [{"x": 0.5, "y": 0.5}], "ball": []}'
    boxes = '{"bird": [{"box": [0, 0, 1, 1]}], "cat": [{"frame": 3, "box": [0, 0, 0.5, 0.5]}]}'
    assert [prompt.name for prompt in parse_prompts(points, boxes, SIZE)] == ["cat", "dog", "bird"]
