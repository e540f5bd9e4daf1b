"""Load Motion LoRA through the API: what a user sees where a file is good, damaged, foreign or gone."""

import json
import re
import shutil

import pytest
import torch
from maskvideo.files.demo_file import BASE_FILE, MOTION_FILE
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from .api_client import PromptFailedError, PromptRefusedError
from .hosts import main_host, reason_to_skip
from .server import start_server


def graph(file: str) -> dict:
    return {
        "1": {"class_type": "MaskVideo_LoadDemoModel", "inputs": {}},
        "2": {"class_type": "MaskVideo_LoadMotionLoRA", "inputs": {"model": ["1", 0], "file": file, "strength": 1.0}},
        "3": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 1}},
        "4": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["1", 1], "text": "a red star"}},
        "5": {"class_type": "KSampler", "inputs": ksampler()},
        "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}},
        "7": {"class_type": "PreviewImage", "inputs": {"images": ["6", 0]}},
    }


def ksampler() -> dict:
    links = {"model": ["2", 0], "positive": ["4", 0], "negative": ["4", 0], "latent_image": ["3", 0]}
    return {**links, "seed": 0, "steps": 1, "cfg": 1.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0}


@pytest.fixture
def folder(server):
    return server.base / "models" / "motion_lora"


def write_motion(path, metadata=None, drop=None):
    """The bundled motion with other metadata, or without the tensors whose name begins with ``drop``."""
    with safe_open(MOTION_FILE, framework="pt") as file:
        known = file.metadata()
    tensors = {name: tensor for name, tensor in load_file(MOTION_FILE).items() if not (drop and name.startswith(drop))}
    path.parent.mkdir(exist_ok=True)
    save_file(tensors, path, {**known, **(metadata or {})})


def message(server, file: str) -> str:
    with pytest.raises(PromptFailedError) as error:
        server.api.run(graph(file))
    return str(error.value)


def test_bundled_motion_loads(server):
    assert server.api.run(graph("demo"))["7"]["images"]


def test_a_file_of_extra_model_paths_loads(tmp_path):
    if reason := reason_to_skip(main_host()):
        pytest.skip(reason)
    write_motion(tmp_path / "elsewhere" / "far.safetensors")
    paths = tmp_path / "paths.yaml"
    paths.write_text(f"mine:\n  motion_lora: {tmp_path / 'elsewhere'}\n", encoding="utf-8")
    flags = ["--cpu", "--extra-model-paths-config", str(paths)]
    with start_server(main_host(), tmp_path / "base", flags) as server:
        write_motion(server.base / "models" / "motion_lora" / "near.safetensors")
        offered = server.api.object_info()["MaskVideo_LoadMotionLoRA"]["input"]["required"]["file"][1]["options"]
        assert offered == ["demo", "far.safetensors", "near.safetensors"]
        assert all(server.api.run(graph(file))["7"]["images"] for file in offered[1:])


def test_file_of_a_subfolder_loads(server, folder):
    write_motion(folder / "mine" / "copy.safetensors")
    offered = server.api.object_info()["MaskVideo_LoadMotionLoRA"]["input"]["required"]["file"][1]["options"]
    name = next(name for name in offered if name.endswith("copy.safetensors"))
    assert server.api.run(graph(name))["7"]["images"]


def test_truncated_file_is_named_with_its_size(server, folder):
    data = MOTION_FILE.read_bytes()[:-1000]
    (folder / "cut.safetensors").write_bytes(data)
    assert re.search(rf"cut\.safetensors.*truncated or damaged, {len(data)} bytes", message(server, "cut.safetensors"))


def test_checkpoint_among_the_motions_is_no_motion_file(server, folder):
    shutil.copy(BASE_FILE, folder / "base.safetensors")
    assert re.search(r"base\.safetensors.*motion file", message(server, "base.safetensors"))


def test_newer_format_asks_for_a_newer_pack(server, folder):
    write_motion(folder / "newer.safetensors", {"maskvideo.format_version": "999"})
    assert re.search(r"newer\.safetensors.*has format 999, this pack", message(server, "newer.safetensors"))


def test_motion_of_another_base_says_what_differs(server, folder):
    with safe_open(MOTION_FILE, framework="pt") as file:
        base = json.loads(file.metadata()["maskvideo.architecture"])
    write_motion(folder / "foreign.safetensors", {"maskvideo.architecture": json.dumps({**base, "context_width": 768})})
    assert re.search(r"foreign\.safetensors.*text width", message(server, "foreign.safetensors"))


def test_missing_block_is_named(server, folder):
    write_motion(folder / "missing.safetensors", drop="mid.0.")
    assert "mid.0" in message(server, "missing.safetensors")


def test_empty_file_and_picture_are_damaged_files(server, folder):
    (folder / "empty.safetensors").write_bytes(b"")
    assert "empty.safetensors" in message(server, "empty.safetensors")
    torch.save({"a": torch.zeros(1)}, folder / "pickle.safetensors")
    assert "pickle.safetensors" in message(server, "pickle.safetensors")


@pytest.mark.parametrize("name", ["", "gone.safetensors", "../../outside.safetensors", "/etc/passwd", "pickle.pt"])
def test_name_that_the_list_does_not_offer_is_refused(server, folder, name):
    (folder.parents[1] / "outside.safetensors").write_bytes(b"")
    (folder / "pickle.pt").write_bytes(b"")
    with pytest.raises(PromptRefusedError, match=re.escape(f"there is no motion file {name} in ")):
        server.api.run(graph(name))


def test_file_that_is_written_anew_is_read_anew(server, folder):
    write_motion(folder / "changing.safetensors")
    server.api.run(graph("changing.safetensors"))
    (folder / "changing.safetensors").write_bytes(b"no longer a motion")
    assert "changing.safetensors" in message(server, "changing.safetensors")
