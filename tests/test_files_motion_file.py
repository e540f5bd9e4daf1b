import json
import os
from dataclasses import asdict, replace

import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.core.motion_format import MotionMetadata
from maskvideo.core.motion_module import MotionConfig, MotionModule
from maskvideo.core.video_model import Architecture, AttentionBlock
from maskvideo.files.motion_file import load_motion, save_motion
from safetensors import safe_open
from safetensors.torch import load_file, save_file

BASE = Architecture((AttentionBlock("down.0.0", 8, 2, 0), AttentionBlock("mid.0", 16, 2, 1)), context_width=12)
CONFIG = MotionConfig(frames=4, mask_width=8, rank=2)
METADATA = MotionMetadata(
    architecture=BASE,
    motion_prompt="a horse runs",
    frames=4,
    resolution=(64, 48),
    noise_prior="first_frame",
    alpha=0.2,
    training={"steps": 3},
    motion=asdict(CONFIG),
    step=3,
    dataset="abc",
)


def a_trained_module(config=CONFIG):
    module = MotionModule(BASE, config)
    generator = torch.Generator().manual_seed(0)
    for parameter in module.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator)
    return module


@pytest.fixture
def motion_file(tmp_path):
    path = tmp_path / "horse.safetensors"
    save_motion(path, a_trained_module(), METADATA)
    return path


def rewrite(path, change_metadata=lambda metadata: metadata, change_state=lambda state: state):
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    state = {name: tensor.clone() for name, tensor in load_file(path).items()}
    save_file(change_state(state), path, change_metadata(metadata))


@pytest.mark.parametrize("projections", ["lora", "full", "none"])
def test_a_saved_module_comes_back_to_the_bit(tmp_path, projections):
    config = replace(CONFIG, projections=projections)
    saved, path = a_trained_module(config), tmp_path / "horse.safetensors"
    save_motion(path, saved, replace(METADATA, motion=asdict(config)))
    loaded = load_motion(path, BASE)
    assert loaded.module.config == config
    state = loaded.module.export_state()
    assert state.keys() == saved.export_state().keys()
    assert all(torch.equal(state[name], tensor) for name, tensor in saved.export_state().items())


def test_the_metadata_comes_back(motion_file):
    loaded = load_motion(motion_file, BASE).metadata
    assert replace(loaded, motion={}) == replace(METADATA, motion={})


def test_every_key_begins_with_its_block_or_the_shared_trunk(motion_file):
    starts = ("down.0.0.", "mid.0.", "mask_encoder.trunk.")
    names = list(load_file(motion_file))
    assert all(name.startswith(starts) for name in names)
    assert all(any(name.startswith(start) for name in names) for start in starts)


def test_loaded_weights_survive_the_files_removal(motion_file):
    module = load_motion(motion_file, BASE).module
    before = {name: tensor.clone() for name, tensor in module.export_state().items()}
    motion_file.write_bytes(b"\0" * motion_file.stat().st_size)
    assert all(torch.equal(tensor, before[name]) for name, tensor in module.export_state().items())


def test_saving_again_replaces_the_file_and_leaves_nothing_else(motion_file):
    save_motion(motion_file, a_trained_module(), replace(METADATA, step=9))
    assert load_motion(motion_file, BASE).metadata.step == 9
    assert os.listdir(motion_file.parent) == ["horse.safetensors"]


def test_saving_into_a_missing_folder_is_an_error_that_names_it(tmp_path):
    with pytest.raises(MaskVideoError, match=r"there is no folder .*nowhere"):
        save_motion(tmp_path / "nowhere" / "horse.safetensors", a_trained_module(), METADATA)


def test_a_failed_save_keeps_the_last_good_file(motion_file):
    with pytest.raises(TypeError):
        save_motion(motion_file, a_trained_module(), replace(METADATA, training={("no", "key"): 1}))
    assert load_motion(motion_file, BASE).metadata.step == 3
    assert os.listdir(motion_file.parent) == ["horse.safetensors"]


@pytest.mark.parametrize("fraction", [0.0, 0.001, 0.5, 0.999])
def test_a_truncated_file_is_refused(motion_file, fraction):
    whole = motion_file.read_bytes()
    motion_file.write_bytes(whole[: int(len(whole) * fraction)])
    message = r"horse\.safetensors: truncated or damaged, \d+ bytes .*copy the file again"
    with pytest.raises(MaskVideoError, match=message):
        load_motion(motion_file, BASE)


def test_a_web_page_saved_as_a_motion_file_is_refused(motion_file):
    motion_file.write_text("<!DOCTYPE html><html>Not found</html>")
    with pytest.raises(MaskVideoError, match="truncated or damaged, 37 bytes"):
        load_motion(motion_file, BASE)


def test_another_base_is_refused(motion_file):
    with pytest.raises(MaskVideoError, match=r"horse\.safetensors: .*another base model.*text width 24 instead of 12"):
        load_motion(motion_file, replace(BASE, context_width=24))


def test_a_base_without_one_of_the_blocks_is_refused(motion_file):
    with pytest.raises(MaskVideoError, match=r"another base model than the one loaded: block mid\.0 is missing"):
        load_motion(motion_file, replace(BASE, blocks=BASE.blocks[:1]))


def test_a_file_without_one_of_the_blocks_is_refused(motion_file):
    rewrite(motion_file, change_state=lambda s: {n: t for n, t in s.items() if not n.startswith("mid.0.")})
    with pytest.raises(MaskVideoError, match=r"horse\.safetensors: motion weights lack 'mid\.0\."):
        load_motion(motion_file, BASE)


def test_weights_of_another_shape_are_refused(motion_file):
    key = "down.0.0.attn1.to_q.up.weight"
    rewrite(motion_file, change_state=lambda s: s | {key: torch.zeros(8, 3)})
    with pytest.raises(MaskVideoError, match=rf"{key}' has shape \(8, 3\), this base needs \(8, 2\)"):
        load_motion(motion_file, BASE)


def test_a_newer_format_is_refused(motion_file):
    rewrite(motion_file, lambda metadata: metadata | {"maskvideo.format_version": "2"})
    with pytest.raises(MaskVideoError, match=r"horse\.safetensors: the motion file has format 2, .* update the pack"):
        load_motion(motion_file, BASE)


@pytest.mark.parametrize("metadata", [None, {"ss_network_module": "networks.lora"}])
def test_foreign_safetensors_are_refused(tmp_path, metadata):
    path = tmp_path / "lora.safetensors"
    save_file({"lora_unet.weight": torch.zeros(2)}, path, metadata)
    with pytest.raises(MaskVideoError, match=r"lora\.safetensors: no MaskVideo motion file"):
        load_motion(path, BASE)


def test_a_setting_that_this_version_does_not_know_is_named(motion_file):
    motion = json.dumps(asdict(CONFIG) | {"rankk": 2})
    rewrite(motion_file, lambda metadata: metadata | {"maskvideo.motion": motion})
    with pytest.raises(MaskVideoError, match="no key 'rankk': the closest is 'rank'"):
        load_motion(motion_file, BASE)


@pytest.mark.parametrize("name", ["horse.ckpt", "horse.pt", "horse"])
def test_only_safetensors_are_loaded_or_saved(tmp_path, name):
    message = rf"{name}: a motion file ends in \.safetensors.* give horse\.safetensors"
    with pytest.raises(MaskVideoError, match=message):
        load_motion(tmp_path / name, BASE)
    with pytest.raises(MaskVideoError, match=message):
        save_motion(tmp_path / name, a_trained_module(), METADATA)
    assert os.listdir(tmp_path) == []


def test_a_missing_file_names_the_closest_one_there(motion_file):
    with pytest.raises(MaskVideoError, match=r"hors\.safetensors: no such file: closest there is horse\.safetensors"):
        load_motion(motion_file.with_name("hors.safetensors"), BASE)
    with pytest.raises(MaskVideoError, match=r"no such file$"):
        load_motion(motion_file.parent / "nowhere" / "horse.safetensors", BASE)
