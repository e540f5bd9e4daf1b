import pytest
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.text_choice import CHOICES, FoundBox, box_prompts, choose_boxes, without_doubles

FOUND = [
    FoundBox((0.4, 0.1, 0.6, 0.3), 0.9, "dog"),
    FoundBox((0.1, 0.1, 0.4, 0.9), 0.6, "dog"),
    FoundBox((0.7, 0.2, 0.9, 0.3), 0.5, "dog"),
    FoundBox((0.0, 0.0, 0.1, 0.1), 0.4, "ball"),
]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [("best", [0, 3]), ("largest", [1, 3]), ("leftmost", [1, 3]), ("rightmost", [2, 3]), ("all", [0, 1, 2, 3])],
)
def test_one_box_for_each_phrase_is_meant_or_all_of_them(choice, expected):
    assert choose_boxes(FOUND, choice) == [FOUND[index] for index in expected]


def test_an_unknown_choice_is_refused_with_those_there_are():
    with pytest.raises(MaskVideoError, match=f"choice 'first' is unknown: use one of {', '.join(CHOICES)}"):
        choose_boxes(FOUND, "first")


def test_boxes_become_prompts_with_names_of_their_own():
    prompts = box_prompts(FOUND, frame=3)
    assert [prompt.name for prompt in prompts] == ["dog", "dog 2", "dog 3", "ball"]
    assert [prompt.box for prompt in prompts] == [one.box for one in FOUND]
    assert {prompt.frame for prompt in prompts} == {3}


def test_an_object_found_twice_counts_once_with_its_best_box():
    again = FoundBox((0.41, 0.1, 0.6, 0.31), 0.7, "dog")
    beside = FoundBox((0.5, 0.1, 0.7, 0.3), 0.65, "dog")  # overlaps by a third: another one
    assert without_doubles([FOUND[0], again, beside, FOUND[1]]) == [FOUND[0], beside, FOUND[1]]


def test_a_box_cut_away_at_the_edge_is_no_find():
    assert without_doubles([FoundBox((1.0, 0.2, 1.0, 0.4), 0.9, "dog")]) == []
