"""A folder that diffusers wrote is a checkpoint like any other."""

import json

import pytest
from diffusers import DDIMScheduler, StableDiffusionPipeline
from maskvideo.adapters.diffusers.checkpoint import load_checkpoint, load_controlnet
from maskvideo.adapters.diffusers.configs import component_config
from maskvideo.adapters.diffusers.tokenizer import load_tokenizer
from maskvideo.core.errors import MaskVideoError
from safetensors.torch import load_file, save_file

from .checkpoint_base import assert_same, tiny_components


@pytest.fixture(scope="module")
def components():
    return tiny_components()


@pytest.fixture
def folder(components, tmp_path):
    """As ``save_pretrained`` writes a pipeline."""
    unet, vae, text_encoder = components
    scheduler = DDIMScheduler.from_config(component_config("scheduler") | {"beta_end": 0.01})
    parts = {"unet": unet, "vae": vae, "text_encoder": text_encoder, "scheduler": scheduler}
    missing = {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}
    StableDiffusionPipeline(**parts, tokenizer=load_tokenizer(), **missing).save_pretrained(tmp_path / "tiny")
    return tmp_path / "tiny"


def edit(path, **changes):
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_it_is_read_with_its_own_configs(components, folder):
    model = load_checkpoint(folder)
    for original, read in zip(components, (model.unet, model.vae, model.text_encoder), strict=True):
        assert_same(original, read)
    assert model.scheduler_config["beta_end"] == 0.01


def test_another_vae_may_be_a_folder_too(folder, tmp_path):
    other = tiny_components(seed=3)[1]
    other.save_pretrained(tmp_path / "vae")
    assert_same(other, load_checkpoint(folder, vae=tmp_path / "vae").vae)


def test_where_a_copy_in_half_precision_lies_beside_the_full_one_is_read(components, folder):
    file = folder / "unet" / "diffusion_pytorch_model.safetensors"
    save_file({key: weight.half() for key, weight in load_file(file).items()}, file.with_suffix(".fp16.safetensors"))
    assert_same(components[0], load_checkpoint(folder).unet)


def test_a_folder_of_another_pipeline_is_named(folder):
    edit(folder / "model_index.json", _class_name="StableDiffusionXLPipeline")
    with pytest.raises(MaskVideoError, match=r"tiny is a StableDiffusionXLPipeline of diffusers: give a Stable"):
        load_checkpoint(folder)


def test_sd2_is_named(folder):
    edit(folder / "unet" / "config.json", use_linear_projection=True)
    with pytest.raises(MaskVideoError, match=r"tiny is an SD2\.x pipeline"):
        load_checkpoint(folder)


def test_a_folder_that_is_no_pipeline_is_named_with_what_it_holds(folder):
    with pytest.raises(MaskVideoError, match=r"unet is a folder without model_index\.json \(it has config\.json, "):
        load_checkpoint(folder / "unet")


def test_pickles_in_it_are_not_read(folder):
    (folder / "vae" / "diffusion_pytorch_model.safetensors").rename(folder / "vae" / "diffusion_pytorch_model.bin")
    with pytest.raises(MaskVideoError, match=r"vae is a folder without a \.safetensors file"):
        load_checkpoint(folder)


def test_a_pipeline_is_no_controlnet(folder):
    with pytest.raises(MaskVideoError, match="is a whole pipeline of diffusers: give one of the folders in it"):
        load_controlnet(folder)
