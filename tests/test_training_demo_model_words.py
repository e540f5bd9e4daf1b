"""Captions and the compact vocabulary of the demo world."""

import numpy as np
from maskvideo.adapters.diffusers.tokenizer import load_tokenizer
from maskvideo.training.demo_model.bundle import token_rows
from maskvideo.training.demo_model.words import (
    END_ROW,
    LENGTH,
    ROWS,
    START_ROW,
    UNKNOWN_ROW,
    caption_rows,
    random_caption,
)

PROMPT = "a red blob on a blue background"


def test_a_caption_becomes_one_row_for_each_word_between_start_and_end():
    rows = caption_rows(PROMPT).tolist()
    assert len(rows) == LENGTH
    assert rows[0] == START_ROW and set(rows[8:]) == {END_ROW}
    assert UNKNOWN_ROW not in rows


def test_a_word_that_the_world_has_not_is_unknown():
    assert caption_rows("a camel").tolist()[1:3] == [caption_rows("a").tolist()[1], UNKNOWN_ROW]


def test_clips_tokenizer_and_the_compact_vocabulary_agree_on_a_prompt():
    tokenizer = load_tokenizer()
    rows = token_rows(tokenizer)
    assert sorted(rows.values()) == list(range(1, ROWS))
    ids = tokenizer(PROMPT, padding="max_length", max_length=LENGTH).input_ids
    assert [rows.get(token, UNKNOWN_ROW) for token in ids] == caption_rows(PROMPT).tolist()


def test_every_tenth_caption_is_empty_for_guidance():
    rng = np.random.default_rng(0)
    empty = sum(random_caption("star", "red", "blue", rng) == "" for _ in range(1000))
    assert 60 < empty < 140
