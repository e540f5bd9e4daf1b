import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.sam_model import build_sam, load_sam
from safetensors.torch import save_file

from .segment_base import needs_sam, save_sam, tiny_sam

pytestmark = needs_sam


@pytest.mark.parametrize("size", ["vit_b", "vit_l", "vit_h"])
def test_the_published_sizes_are_read_off_their_weights_shapes(size):
    from segment_anything import sam_model_registry

    with torch.device("meta"):
        theirs = sam_model_registry[size]()
        shapes = {name: value.shape for name, value in theirs.state_dict().items()}
        ours = build_sam(shapes)
    assert str(ours) == str(theirs)
    assert {name: value.shape for name, value in ours.state_dict().items()} == shapes
    for theirs_block, our_block in zip(theirs.image_encoder.blocks, ours.image_encoder.blocks, strict=True):
        assert our_block.window_size == theirs_block.window_size
        assert our_block.attn.num_heads == theirs_block.attn.num_heads
    assert ours.image_encoder.img_size == theirs.image_encoder.img_size


def test_a_checkpoint_computes_as_the_model_that_was_saved(tmp_path):
    saved = tiny_sam().eval()
    save_file(saved.state_dict(), tmp_path / "sam.safetensors")
    picture = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    for path in (save_sam(tmp_path / "sam.pth"), tmp_path / "sam.safetensors"):
        with torch.inference_mode():
            assert torch.equal(load_sam(path).image_encoder(picture), saved.image_encoder(picture))


def test_another_models_checkpoint_and_a_part_of_one_are_named(tmp_path):
    torch.save({"weight": torch.ones(2)}, tmp_path / "other.pth")
    with pytest.raises(MaskVideoError, match=r"other\.pth is no whole SAM checkpoint .*belongs to the sam2 backend"):
        load_sam(tmp_path / "other.pth")
    part = {name: value for name, value in tiny_sam().state_dict().items() if "no_mask_embed" not in name}
    torch.save(part, tmp_path / "part.pth")
    with pytest.raises(MaskVideoError, match=r"part\.pth is no whole SAM checkpoint .*no_mask_embed"):
        load_sam(tmp_path / "part.pth")
