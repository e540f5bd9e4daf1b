"""Captions of the synthetic world, and the compact vocabulary they are written in."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ...evaluation.colour_words import COLOUR_WORDS
from .silhouettes import KINDS

TEMPLATES = (
    "a {colour} {kind} on a {ground} background",
    "a {colour} {kind} on a {ground} background",
    "a {colour} {kind} in front of a {ground} background",
    "{colour} {kind} , {ground} background",
    "a {colour} {kind}",
    "{colour} on {ground}",
    "a {ground} background",
)
MOTION_PROMPT = "a blob moves on a background"
WORDS = ("a", "on", "in", "front", "of", "background", "moves", "shape", "object", "the", ",", *KINDS, *COLOUR_WORDS)
"""Every word that a caption can hold; each is one token of the CLIP vocabulary."""
UNKNOWN_ROW, START_ROW, END_ROW, FIRST_WORD_ROW = 0, 1, 2, 3
ROWS = FIRST_WORD_ROW + len(WORDS)
LENGTH = 77
_ROW = {word: FIRST_WORD_ROW + i for i, word in enumerate(WORDS)}


def random_caption(kind: str, colour: str, ground: str, rng: np.random.Generator) -> str:
    """One of the templates, filled; every tenth is empty, for classifier-free guidance."""
    if rng.random() < 0.1:
        return ""
    return str(rng.choice(TEMPLATES)).format(colour=colour, kind=kind, ground=ground)


def caption_rows(caption: str, rng: np.random.Generator | None = None, unknown: float = 0.04) -> Tensor:
    """Rows of the compact embedding, int64 ``[LENGTH]``, padded with the end token as SD1.x does.

    With ``rng``, words turn unknown at random so that the unknown row is trained too.
    """
    rows = [_ROW.get(word, UNKNOWN_ROW) for word in caption.split()]
    if rng is not None:
        rows = [UNKNOWN_ROW if rng.random() < unknown else row for row in rows]
    rows = [START_ROW, *rows, END_ROW]
    return torch.tensor(rows + [END_ROW] * (LENGTH - len(rows)))
