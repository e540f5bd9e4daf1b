"""Only whole ``.safetensors`` files are read."""

import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.files.weights import read_tensors
from safetensors.torch import save_file


def test_tensors_come_as_they_were_saved(tmp_path):
    save_file({"a": torch.arange(3)}, tmp_path / "a.safetensors")
    assert read_tensors(tmp_path / "a.safetensors")["a"].tolist() == [0, 1, 2]


def test_missing_file_is_named(tmp_path):
    with pytest.raises(MaskVideoError, match=r"gone\.safetensors does not exist"):
        read_tensors(tmp_path / "gone.safetensors")


def test_pickle_is_not_opened(tmp_path):
    (tmp_path / "a.ckpt").write_bytes(b"\x80")
    with pytest.raises(MaskVideoError, match=r"a\.ckpt is no \.safetensors file"):
        read_tensors(tmp_path / "a.ckpt")


def test_truncated_file_is_said_to_be(tmp_path):
    save_file({"a": torch.zeros(100)}, tmp_path / "a.safetensors")
    (tmp_path / "a.safetensors").write_bytes((tmp_path / "a.safetensors").read_bytes()[:-8])
    with pytest.raises(MaskVideoError, match="truncated or damaged"):
        read_tensors(tmp_path / "a.safetensors")
