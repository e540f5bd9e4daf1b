"""CLIP's tokenizer, built from the byte-pair merges that ship with the pack."""

from __future__ import annotations

import gzip
import inspect
import json
import tempfile
from pathlib import Path

from transformers import CLIPTokenizer

MERGES = Path(__file__).resolve().parents[2] / "assets" / "clip" / "merges.txt.gz"
TOKENS = 77
"""Length of SD1.x's text, with the start and end token."""


def load_tokenizer(tokens: int = TOKENS) -> CLIPTokenizer:
    """The tokenizer of SD1.x's text encoder; longer prompts are cut to ``tokens``. Contacts no hub."""
    merges = gzip.decompress(MERGES.read_bytes()).decode("utf-8").splitlines()
    vocabulary = build_vocabulary(merges)
    if "vocab_file" in inspect.signature(CLIPTokenizer.__init__).parameters:
        return _from_files(vocabulary, merges, tokens)
    pairs = [tuple(merge.split()) for merge in merges]
    return CLIPTokenizer(vocab=vocabulary, merges=pairs, model_max_length=tokens)


def build_vocabulary(merges: list[str]) -> dict[str, int]:
    """Token to id in CLIP's order: single bytes, bytes that end a word, merges, start and end of text."""
    letters = byte_letters()
    words = [*letters, *(f"{letter}</w>" for letter in letters), *(merge.replace(" ", "") for merge in merges)]
    return {word: index for index, word in enumerate([*words, "<|startoftext|>", "<|endoftext|>"])}


def byte_letters() -> list[str]:
    """A visible letter for each of the 256 bytes: printable Latin-1 stands for itself, the rest start at U+0100."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = 256 - len(printable)
    return [chr(code) for code in printable] + [chr(0x100 + index) for index in range(others)]


def _from_files(vocabulary: dict[str, int], merges: list[str], tokens: int) -> CLIPTokenizer:
    """Transformers 4 takes its tables as files only."""
    with tempfile.TemporaryDirectory() as folder:
        vocabulary_file, merges_file = Path(folder, "vocab.json"), Path(folder, "merges.txt")
        vocabulary_file.write_text(json.dumps(vocabulary), encoding="utf-8")
        merges_file.write_text("\n".join(["#version: 0.2", *merges, ""]), encoding="utf-8")
        return CLIPTokenizer(str(vocabulary_file), str(merges_file), model_max_length=tokens)
