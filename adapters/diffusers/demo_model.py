"""The bundled demo model: tiny, offline, and in every other way an SD1.x checkpoint."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from diffusers import ControlNetModel

from ...files.demo_file import BASE_FILE, MOTION_FILE, read_demo_file
from ...files.motion_file import LoadedMotion, load_motion
from .checkpoint import controlnet_from_state, model_from_state
from .video_unet import DiffusersVideoModel


@dataclass(frozen=True)
class DemoModel:
    """Base, scribble ControlNet and motion; the motion is not set on the model."""

    model: DiffusersVideoModel
    controlnet: ControlNetModel
    motion: LoadedMotion


def load_demo_model() -> DemoModel:
    """All parts of the bundled model, float32, on the CPU. Contacts no hub."""
    model, controlnet = load_demo_base()
    return DemoModel(model, controlnet, load_motion(MOTION_FILE, model.architecture))


def load_demo_base(path: Path = BASE_FILE) -> tuple[DiffusersVideoModel, ControlNetModel]:
    """Base and ControlNet of a bundle that the recipe in ``training/demo_model`` wrote.

    Raises ``MaskVideoError`` where the file is missing or no demo bundle.
    """
    demo = read_demo_file(path)
    model = model_from_state(demo.state, demo.configs, source=path.name)
    return model, controlnet_from_state(demo.state, demo.configs, source=path.name)
