import numpy as np
import pytest
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.prompts import ObjectPrompt, by_object, merge_prompts

MASK = np.ones((4, 6), bool)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"points": ((1.2, -0.5, 1),)}, r"point \(1\.2, -0\.5\) of 'dog' lies outside.*nearest inside is \(1, 0\)"),
        ({"points": ((0.5, float("nan"), 1),)}, "lies outside the frame"),
        ({"points": ((0.5, 0.5, 2),)}, "has label 2: give 1 for the object or 0"),
        ({"box": (0.1, 0.2, 1.4, 0.6)}, r"box \(0\.1, 0\.2, 1\.4, 0\.6\) .* cut it to \(0\.1, 0\.2, 1, 0\.6\)"),
        ({"box": (1.2, 0.2, 1.4, 0.6)}, "give one that meets the frame"),
        ({"box": (0.6, 0.2, 0.4, 0.6)}, "has no inside: give left, top, right, bottom"),
        ({"mask": np.zeros((4, 6), bool)}, "the mask of 'dog' is empty"),
        ({"mask": np.ones((4, 6))}, r"is float64 \[4, 6\]: give bool"),
        ({}, "the prompt for 'dog' on frame 0 is empty: give a point or a box"),
        ({"frame": -1, "mask": MASK}, "frame of 'dog' is -1: give a whole number"),
        ({"frame": 1.5, "mask": MASK}, "frame of 'dog' is 1.5: give a whole number"),
    ],
)
def test_what_points_at_nothing_is_refused_with_the_nearest_that_does(wrong, message):
    with pytest.raises(MaskVideoError, match=message):
        ObjectPrompt("dog", **wrong)


def test_an_object_needs_a_name():
    with pytest.raises(MaskVideoError, match="name is ''"):
        ObjectPrompt("", points=((0.5, 0.5, 1),))


def test_edges_of_the_frame_are_inside_it():
    prompt = ObjectPrompt("dog", points=((0, 0, 1), (1, 1, 0)), box=(0, 0, 1, 1))
    assert prompt.shows_object and prompt.where() == "the point (0, 0)"


def test_points_and_boxes_of_one_object_on_one_frame_become_one_prompt():
    click, box = ObjectPrompt("dog", points=((0.5, 0.5, 1),)), ObjectPrompt("dog", box=(0.1, 0.1, 0.9, 0.9))
    against, later = ObjectPrompt("dog", points=((0.9, 0.5, 0),)), ObjectPrompt("dog", 3, mask=MASK)
    merged = merge_prompts([click, box, later, against])
    assert [(prompt.frame, prompt.points, prompt.box) for prompt in merged] == [
        (0, ((0.5, 0.5, 1), (0.9, 0.5, 0)), (0.1, 0.1, 0.9, 0.9)),
        (3, (), None),
    ]
    assert merged[1].mask is MASK


def test_an_objects_prompts_are_sorted_by_frame_and_objects_keep_their_order():
    prompts = [ObjectPrompt(name, frame, mask=MASK) for name, frame in (("b", 4), ("a", 2), ("b", 1))]
    assert [(name, [one.frame for one in own]) for name, own in by_object(prompts).items()] == [
        ("b", [1, 4]),
        ("a", [2]),
    ]


def test_points_beside_the_object_alone_do_not_show_it():
    assert not ObjectPrompt("dog", points=((0.5, 0.5, 0),)).shows_object
    assert ObjectPrompt("dog", points=((0.5, 0.5, 0), (0.4, 0.4, 1))).shows_object
