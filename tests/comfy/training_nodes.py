"""Motion Dataset and Train Motion LoRA called as the host calls them, on a drawn clip and tiny settings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from maskvideo.files.images import write_image

WIDTH, HEIGHT, FRAMES = 96, 64, 5
SETTINGS = "[motion]\nmask_width = 8\nframes = 4"


def frames_and_masks(frames=FRAMES):
    """uint8 ``[T, H, W, 3]`` and ``[T, H, W]``: a bright square that moves to the right on a dark ground."""
    pictures, masks = np.full((frames, HEIGHT, WIDTH, 3), 40, np.uint8), np.zeros((frames, HEIGHT, WIDTH), np.uint8)
    for index in range(frames):
        masks[index, 16:48, 8 + 8 * index : 40 + 8 * index] = 255
    pictures[masks > 0] = (230, 40, 40)
    return pictures, masks


def write_clip(folder, frames=FRAMES, masks=FRAMES, prompt=None):
    """A clip's folder, as the node reads it."""
    for name, pictures in zip(("frames", "masks"), frames_and_masks(max(frames, masks)), strict=True):
        (folder / name).mkdir(parents=True)
        for index in range({"frames": frames, "masks": masks}[name]):
            write_image(folder / name / f"{index}.png", pictures[index])
    if prompt:
        (folder / "prompt.txt").write_text(prompt, encoding="utf-8")


def batch(frames=FRAMES, masks=FRAMES):
    """The same clip as an IMAGE and a MASK."""
    pictures, _ = frames_and_masks(frames)
    _, drawn = frames_and_masks(masks)
    return {"image": torch.from_numpy(pictures) / 255, "mask": torch.from_numpy(drawn) / 255}


def default_of(one):
    """What the graph starts with: a list's first entry."""
    options = getattr(one, "options", None)
    return options[0] if options else getattr(one, "default", None)


def motion_file(folders: Path, name="my_motion") -> Path:
    return folders / "motion_lora" / f"{name}.safetensors"


@pytest.fixture
def folders(host, tmp_path, monkeypatch):
    """The host's folders, for this test alone: ``input``, ``temp``, ``models/motion_lora`` and those of segmenters."""
    import folder_paths

    monkeypatch.setattr(folder_paths, "folder_names_and_paths", dict(folder_paths.folder_names_and_paths))
    folder_paths.folder_names_and_paths["motion_lora"] = ([str(tmp_path / "motion_lora")], {".safetensors"})
    for name in ("sam2", "sams"):
        folder_paths.folder_names_and_paths[name] = ([str(tmp_path / name)], {".pt", ".pth"})
        (tmp_path / name).mkdir()
    for name in ("input", "temp"):
        monkeypatch.setattr(folder_paths, f"{name}_directory", str(tmp_path / name))
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.fixture
def make_dataset(folders):
    from maskvideo.nodes.training import MotionDataset

    given = {"motion_prompt": "a red star moves", "folder": "none", "width": WIDTH, "height": HEIGHT}
    with torch.inference_mode():
        yield lambda **inputs: MotionDataset.execute(**given | inputs).args


@pytest.fixture(scope="module")
def demo(host):
    from maskvideo.adapters.comfy.demo_model import load_demo_model

    with torch.inference_mode():
        return load_demo_model()[:3]


@pytest.fixture
def train(demo, folders):
    """The node's outputs with its own defaults, on three tiny steps."""
    from maskvideo.nodes.training import TrainMotionLoRA

    given = {one.id: default_of(one) for one in TrainMotionLoRA.define_schema().inputs if default_of(one) is not None}
    given |= dict(zip(("model", "clip", "vae"), demo, strict=True))
    given |= {"steps": 3, "frames": 4, "rank": 2, "settings": SETTINGS}

    def run(dataset, **inputs):
        with torch.inference_mode():
            return TrainMotionLoRA.execute(**given | {"dataset": dataset} | inputs).args

    return run
