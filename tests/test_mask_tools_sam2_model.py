import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools import sam2_model
from maskvideo.mask_tools.model_files import read_model_file
from safetensors.torch import save_file
from torch.overrides import TorchFunctionMode

from .segment_base import SIDE_PX, needs_sam2, save_sam2

pytestmark = needs_sam2

SIZES = ("t", "s", "b+", "l")


class ScheduleOnCpu(TorchFunctionMode):
    """On the meta device, which holds shapes alone, the package's drop-path rates would have no values to read."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        return func(*args, **{**(kwargs or {}), **({"device": "cpu"} if func is torch.linspace else {})})


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return save_sam2(tmp_path_factory.mktemp("sam2") / "sam2.1_hiera_tiny.pt")


@pytest.mark.parametrize("version", ["sam2", "sam2.1"])
@pytest.mark.parametrize("size", SIZES)
def test_the_config_is_found_by_the_weights_shapes(version, size):
    config = f"configs/{version}/{version}_hiera_{size}.yaml"
    with torch.device("meta"), ScheduleOnCpu():
        weights = sam2_model.build_predictor(config).state_dict()
    assert sam2_model.find_config(weights, "file.pt") == config


def test_the_weights_of_a_pt_file_and_of_its_safetensors_form_are_in_the_predictor(checkpoint, tmp_path):
    weights = read_model_file(checkpoint)
    save_file(weights, tmp_path / "tiny.safetensors")
    for path in (checkpoint, tmp_path / "tiny.safetensors"):
        loaded = sam2_model.load_sam2(path, SIDE_PX)
        assert not loaded.training and loaded.image_size == SIDE_PX
        assert all(torch.equal(value, weights[name]) for name, value in loaded.state_dict().items())


def test_a_checkpoint_of_another_model_is_named(tmp_path):
    torch.save({"vision_encoder.weight": torch.ones(2)}, tmp_path / "other.pt")
    with pytest.raises(MaskVideoError, match=r"other\.pt is no SAM 2 checkpoint in Meta's layout"):
        sam2_model.load_sam2(tmp_path / "other.pt")


def test_a_checkpoint_with_missing_or_foreign_weights_is_named(checkpoint, tmp_path):
    weights = read_model_file(checkpoint)
    without = {name: value for name, value in weights.items() if not name.startswith("memory_encoder")}
    torch.save(without, tmp_path / "part.pt")
    with pytest.raises(MaskVideoError, match=r"part\.pt lacks memory_encoder.* more: give a whole checkpoint"):
        sam2_model.load_sam2(tmp_path / "part.pt", SIDE_PX)
    torch.save(weights | {"no_mem_embed": torch.ones(1, 1, 3)}, tmp_path / "odd.pt")
    with pytest.raises(MaskVideoError, match=r"odd\.pt does not fit SAM 2: .*no_mem_embed"):
        sam2_model.load_sam2(tmp_path / "odd.pt", SIDE_PX)
    shallow = {name: value for name, value in weights.items() if ".blocks.11." not in name}
    torch.save(shallow, tmp_path / "cut.pt")
    with pytest.raises(MaskVideoError, match="width 96 with 11 blocks, the sizes of SAM 2 are 96 with 12"):
        sam2_model.load_sam2(tmp_path / "cut.pt")


@pytest.mark.parametrize(("given", "nearest"), [(500, 512), (0, 32), (-64, 32)])
def test_an_image_size_off_the_grid_is_refused_with_the_nearest(checkpoint, given, nearest):
    with pytest.raises(MaskVideoError, match=f"image size is {given} px: .* use {nearest}"):
        sam2_model.load_sam2(checkpoint, given)
