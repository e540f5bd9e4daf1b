"""The colours that a prompt can name, and which of them it gives to the object and to the background."""

import re

import numpy as np

COLOUR_WORDS = {  # RGB 0..255; the demo model's world is painted with them
    "red": (215, 40, 40),
    "orange": (240, 140, 30),
    "yellow": (240, 220, 60),
    "green": (50, 160, 70),
    "turquoise": (70, 200, 210),
    "blue": (45, 80, 200),
    "purple": (130, 60, 170),
    "pink": (245, 150, 190),
    "brown": (120, 75, 40),
    "white": (240, 240, 240),
    "gray": (130, 130, 130),
    "black": (25, 25, 25),
}
SPELLINGS = {"grey": "gray", "violet": "purple", "cyan": "turquoise"}


def colour(word):
    """RGB of a colour word, float [3], 0..1; None for a word that names none."""
    rgb = COLOUR_WORDS.get(SPELLINGS.get(word, word))
    return None if rgb is None else np.array(rgb, np.float32) / 255


def prompt_colours(prompt):
    """The colour words of the object and of the background in prompts like "a red star on a blue background".

    The background's colour is the last one before the word "background" or, without that word, the first after "on";
    the object's is the first of the others. Returns (foreground, background), each a word of COLOUR_WORDS or None.
    """
    words = [SPELLINGS.get(word, word) for word in re.findall(r"[a-z]+", prompt.lower())]
    named = [index for index, word in enumerate(words) if word in COLOUR_WORDS]
    behind = _background_index(words, named)
    front = next((index for index in named if index != behind), None)
    return (None if front is None else words[front]), (None if behind is None else words[behind])


def _background_index(words, named):
    if "background" in words:
        return max((index for index in named if index < words.index("background")), default=None)
    if "on" in words:
        return min((index for index in named if index > words.index("on")), default=None)
    return None
