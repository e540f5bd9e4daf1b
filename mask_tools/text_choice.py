"""Which of the boxes found by a text is meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..core.errors import MaskVideoError
from .prompts import Box, ObjectPrompt
from .tracks import free_name

THRESHOLD = 0.3
"""The least score of a find: what Grounding DINO's authors use lies between 0.25 and 0.35."""
SAME_OBJECT_IOU = 0.7
"""Boxes that overlap more than this are one object found twice."""
CHOICES = ("best", "largest", "leftmost", "rightmost", "all")


@dataclass(frozen=True)
class FoundBox:
    """box: (x0, y0, x1, y1), 0..1 from left and top. score: 0..1. label: the phrase of the text that it shows."""

    box: Box
    score: float
    label: str


def without_doubles(found: Sequence[FoundBox]) -> list[FoundBox]:
    """The best of the boxes that overlap, and only boxes with an inside; best first."""
    found = [one for one in found if one.box[2] > one.box[0] and one.box[3] > one.box[1]]
    corners = [[one.box[0], one.box[1], one.box[2] - one.box[0], one.box[3] - one.box[1]] for one in found]
    kept = cv2.dnn.NMSBoxes(corners, [one.score for one in found], 0.0, SAME_OBJECT_IOU) if found else []
    return [found[int(index)] for index in np.asarray(kept).flatten()]


def choose_boxes(found: Sequence[FoundBox], choice: str = "best") -> list[FoundBox]:
    """For each label, the one box that is meant, or all of them; choice is one of CHOICES."""
    if choice not in CHOICES:
        raise MaskVideoError(f"choice {choice!r} is unknown: use one of {', '.join(CHOICES)}")
    if choice == "all":
        return list(found)
    rank = {
        "best": lambda one: one.score,
        "largest": lambda one: (one.box[2] - one.box[0]) * (one.box[3] - one.box[1]),
        "leftmost": lambda one: -one.box[0] - one.box[2],
        "rightmost": lambda one: one.box[0] + one.box[2],
    }[choice]
    labels = dict.fromkeys(one.label for one in found)
    return [max((one for one in found if one.label == label), key=rank) for label in labels]


def box_prompts(chosen: Sequence[FoundBox], frame: int = 0) -> tuple[ObjectPrompt, ...]:
    """A prompt for each box on that frame, named by its label: "dog", "dog 2"."""
    prompts: list[ObjectPrompt] = []
    for one in chosen:
        name = free_name(one.label, [prompt.name for prompt in prompts])
        prompts.append(ObjectPrompt(name, frame, box=one.box))
    return tuple(prompts)
