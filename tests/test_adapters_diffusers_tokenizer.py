"""The tokenizer gives CLIP's published token ids."""

import pytest
from maskvideo.adapters.diffusers.tokenizer import load_tokenizer

START, END = 49406, 49407


@pytest.fixture(scope="module")
def tokenizer():
    return load_tokenizer()


def test_the_vocabulary_has_clips_size_and_length(tokenizer):
    assert len(tokenizer) == 49408
    assert tokenizer.model_max_length == 77
    assert (tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id) == (START, END, END)


@pytest.mark.parametrize(
    ("prompt", "ids"),
    [
        ("a photo of a cat", [320, 1125, 539, 320, 2368]),
        ("A  Photo of\na CAT", [320, 1125, 539, 320, 2368]),
        ("a red star on a blue background!", [320, 736, 1565, 525, 320, 1746, 5994, 256]),
        ("", []),
    ],
)
def test_prompts_get_the_published_ids(tokenizer, prompt, ids):
    assert tokenizer(prompt).input_ids == [START, *ids, END]


def test_any_byte_has_a_token(tokenizer):
    assert END not in tokenizer("héllo 星 ☄ \x01").input_ids[1:-1]


def test_short_prompts_are_filled_with_the_end_token_and_long_ones_cut(tokenizer):
    rows = tokenizer(["star", "star " * 100], padding="max_length", truncation=True).input_ids
    assert [len(row) for row in rows] == [77, 77]
    assert rows[0][2:] == [END] * 75
    assert rows[1][-1] == END and rows[1][-2] != END
