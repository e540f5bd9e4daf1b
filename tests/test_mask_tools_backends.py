from importlib.util import find_spec

import pytest
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools import sam2_model, sam_model
from maskvideo.mask_tools.backends import BACKENDS, load_backend
from maskvideo.mask_tools.segmenter_install import SAM, SAM2

from .segment_base import SIDE_PX, needs_sam, needs_sam2, save_sam, save_sam2


def test_flow_needs_no_file():
    assert hasattr(load_backend("flow"), "track")


@needs_sam2
def test_sam2_comes_from_its_checkpoint(tmp_path):
    backend = load_backend("sam2", save_sam2(tmp_path / "tiny.pt"), "cpu", SIDE_PX)
    assert backend.predictor.image_size == SIDE_PX


@needs_sam
def test_sam_comes_from_its_checkpoint(tmp_path):
    assert hasattr(load_backend("sam", save_sam(tmp_path / "tiny.pth")), "track")


@needs_sam
@needs_sam2
@pytest.mark.parametrize("name", ["sam", "sam2"])
def test_a_model_without_a_checkpoint_is_refused_with_one_to_get(name):
    with pytest.raises(MaskVideoError, match=f"backend {name} needs a checkpoint, such as {name}.*flow backend"):
        load_backend(name)


def test_an_unknown_backend_is_refused_with_those_there_are():
    with pytest.raises(MaskVideoError, match=f"backend 'sam3' is unknown: use one of {', '.join(BACKENDS)}"):
        load_backend("sam3")


@pytest.mark.parametrize(
    ("module", "missing", "message"),
    [
        (
            sam2_model,
            {"sam2"},
            f"sam2 is not installed: {SAM2}",
        ),
        (sam2_model, {"sam2", "torchvision"}, "sam2 and torchvision are not installed: .* that belongs to torch"),
        (sam2_model, {"torchvision"}, "torchvision is not installed: install the torchvision that belongs to torch"),
        (sam_model, {"segment_anything"}, f"segment-anything is not installed: {SAM}"),
        (sam_model, {"torchvision"}, "torchvision is not installed, segment-anything needs it"),
    ],
)
def test_a_missing_package_is_named_with_the_command_that_installs_it(monkeypatch, module, missing, message):
    monkeypatch.setattr(module, "find_spec", lambda name: None if name in missing else find_spec("json"))
    with pytest.raises(MaskVideoError, match=message):
        module.check_installed()
