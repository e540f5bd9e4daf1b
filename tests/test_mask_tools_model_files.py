import pickle
from pathlib import Path

import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.model_files import read_model_file
from safetensors.torch import save_file

WEIGHTS = {"layer.weight": torch.arange(6.0).reshape(2, 3), "layer.bias": torch.ones(2)}


class Touch:
    """Writes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (Path(self.path),)


SAVERS = {
    "flat.pth": lambda path: torch.save(WEIGHTS, path),
    "model.pt": lambda path: torch.save({"model": WEIGHTS, "epoch": 3}, path),
    "state.ckpt": lambda path: torch.save({"state_dict": WEIGHTS}, path),
    "old.pth": lambda path: torch.save(WEIGHTS, path, _use_new_zipfile_serialization=False),
    "half.pt": lambda path: torch.save({name: value.half() for name, value in WEIGHTS.items()}, path),
    "flat.safetensors": lambda path: save_file(WEIGHTS, path),
}


@pytest.mark.parametrize("name", SAVERS)
def test_every_usual_checkpoint_gives_the_same_weights(tmp_path, name):
    SAVERS[name](tmp_path / name)
    read = read_model_file(tmp_path / name)
    assert read.keys() == WEIGHTS.keys()
    assert all(torch.equal(read[key], value) and read[key].dtype == torch.float32 for key, value in WEIGHTS.items())


@pytest.mark.parametrize("wrap", ["torch", "pickle"])
def test_a_pickle_with_code_in_it_is_refused_and_does_not_run(tmp_path, wrap):
    trap, path = tmp_path / "it ran", tmp_path / "model.pt"
    if wrap == "torch":
        torch.save({"model": WEIGHTS, "extra": Touch(trap)}, path)
    else:
        path.write_bytes(pickle.dumps({"model": Touch(trap)}, protocol=2))
    with pytest.raises(MaskVideoError, match=r"model\.pt asks for \S+ and could run code: it was refused"):
        read_model_file(path)
    assert not trap.exists()
    torch.load(path, weights_only=False) if wrap == "torch" else pickle.loads(path.read_bytes())
    assert trap.exists()  # the trap works: only the reader kept it shut


@pytest.mark.parametrize("name", ["flat.pth", "old.pth", "flat.safetensors"])
@pytest.mark.parametrize("kept", [0, 30, 0.5, 0.95])
def test_a_truncated_checkpoint_is_named(tmp_path, name, kept):
    SAVERS[name](tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: int(kept if kept >= 1 else kept * len(whole))])
    with pytest.raises(MaskVideoError, match="damaged"):
        read_model_file(tmp_path / name)


def test_a_web_page_saved_as_a_checkpoint_is_named(tmp_path):
    (tmp_path / "model.pt").write_text("<html>404 not found</html>")
    with pytest.raises(MaskVideoError, match="damaged or holds more than weights"):
        read_model_file(tmp_path / "model.pt")


def test_a_file_without_weights_is_named(tmp_path):
    torch.save({"epoch": 3}, tmp_path / "model.pt")
    with pytest.raises(MaskVideoError, match="holds no weights"):
        read_model_file(tmp_path / "model.pt")


def test_a_missing_file_and_another_kind_of_file_are_named(tmp_path):
    with pytest.raises(MaskVideoError, match="there is no model file"):
        read_model_file(tmp_path / "model.pt")
    with pytest.raises(MaskVideoError, match=r"model\.onnx is no weights file: give one that ends in \.safetensors"):
        read_model_file(tmp_path / "model.onnx")
