import pytest
from maskvideo.evaluation.colour_words import COLOUR_WORDS, colour, prompt_colours


@pytest.mark.parametrize(
    "prompt, expected",
    [
        ("a red star on a blue background", ("red", "blue")),
        ("a Pink blob on a Black background, moving", ("pink", "black")),
        ("on a grey background, a white circle", ("white", "gray")),
        ("yellow background with a green polygon", ("green", "yellow")),
        ("an orange shape on cyan", ("orange", "turquoise")),
        ("a brown goat", ("brown", None)),
        ("a star on a purple background", (None, "purple")),
        ("a bored redhead walks", (None, None)),
        ("", (None, None)),
    ],
)
def test_a_prompt_names_the_objects_and_the_backgrounds_colour(prompt, expected):
    assert prompt_colours(prompt) == expected


def test_a_colour_is_its_rgb_between_0_and_1():
    assert colour("red") * 255 == pytest.approx(COLOUR_WORDS["red"])
    assert (colour("grey") == colour("gray")).all()
    assert colour("reddish") is None
