"""The bundled demo model's file is read whole, with an embedding for each of CLIP's ids."""

import json

import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.files.demo_file import BASE_FILE, MOTION_FILE, TOKEN_EMBEDDING, expand_rows, read_demo_file
from safetensors.torch import save_file


def test_every_token_of_clip_has_an_embedding():
    demo = read_demo_file()
    text = demo.configs["text_encoder"]
    assert demo.state[TOKEN_EMBEDDING].shape == (text["vocab_size"], text["hidden_size"])


def test_known_tokens_get_their_row_and_all_others_share_one():
    rows = torch.arange(6.0).view(3, 2)
    metadata = {"unknown_row": "0", "token_rows": json.dumps({"4": 1, "1": 2})}
    assert expand_rows(rows, metadata, 5).tolist() == [[0, 1], [4, 5], [0, 1], [0, 1], [2, 3]]


def test_files_are_where_they_are_said_to_be():
    assert BASE_FILE.is_file() and MOTION_FILE.is_file()


def test_other_file_is_no_demo_model(tmp_path):
    save_file({"a": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(MaskVideoError, match=r"other\.safetensors is no demo model"):
        read_demo_file(tmp_path / "other.safetensors")
