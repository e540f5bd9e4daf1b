"""The bundled demo model: tiny, offline, and in every other way an SD1.x checkpoint."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import ControlNetModel
from safetensors import safe_open
from torch import Tensor

from ...core.errors import MaskVideoError
from ...files.motion_file import LoadedMotion, load_motion
from .checkpoint import controlnet_from_state, model_from_state, read_tensors
from .video_unet import DiffusersVideoModel

DEMO_FOLDER = Path(__file__).resolve().parents[2] / "assets" / "demo"
BASE_FILE = DEMO_FOLDER / "maskvideo_demo.safetensors"
MOTION_FILE = DEMO_FOLDER / "motion.safetensors"
DEMO_SIZE = (160, 256)
"""Height and width in pixels that the demo model was trained at."""
TOKEN_EMBEDDING = "cond_stage_model.transformer.text_model.embeddings.token_embedding.weight"


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
    state = read_tensors(path)
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata() or {}
    if "configs" not in metadata:
        raise MaskVideoError(f"{path.name} is no demo model: its metadata has no configs; install the pack again")
    configs = json.loads(metadata["configs"])
    state[TOKEN_EMBEDDING] = expand_rows(state[TOKEN_EMBEDDING], metadata, configs["text_encoder"]["vocab_size"])
    model = model_from_state(state, configs, source=path.name)
    return model, controlnet_from_state(state, configs, source=path.name)


def expand_rows(rows: Tensor, metadata: dict[str, str], tokens: int) -> Tensor:
    """The compact token embedding ``[rows, D]`` as one row for each of CLIP's ids: ``[tokens, D]``.

    Ids that the demo world has no word for share one trained row.
    """
    index = torch.full((tokens,), json.loads(metadata["unknown_row"]))
    for token, row in json.loads(metadata["token_rows"]).items():
        index[int(token)] = row
    return rows[index]
