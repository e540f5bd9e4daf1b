"""A model in diffusers' own format: a folder with ``model_index.json`` and a folder for each component."""

from __future__ import annotations

import json
from pathlib import Path

from torch import Tensor

from ...core.errors import MaskVideoError
from ...files.weights import read_tensors
from .key_variants import vae_names
from .ldm_layout import text_encoder_keys, unet_keys

INDEX = "model_index.json"
PIPELINE = "StableDiffusionPipeline"
CONFIGS = {
    "unet": "unet/config.json",
    "vae": "vae/config.json",
    "text_encoder": "text_encoder/config.json",
    "scheduler": "scheduler/scheduler_config.json",
}


def read_pipeline_folder(folder: Path) -> tuple[dict[str, Tensor], dict[str, dict]]:
    """The weights under single-file names, and ``{component: config}`` in diffusers' terms.

    Raises ``MaskVideoError`` where the folder is none of a Stable Diffusion 1.x pipeline or lacks a part of one.
    """
    _check_index(folder)
    configs = {component: _read_json(folder / path) for component, path in CONFIGS.items()}
    if configs["unet"].get("use_linear_projection"):
        raise MaskVideoError(f"{folder.name} is an SD2.x pipeline: give one of SD1.x, or an SD1.x single file")
    unet, text = read_tensors(folder / "unet"), read_tensors(folder / "text_encoder")
    text = {key: weight for key, weight in text.items() if not key.endswith(".position_ids")}
    state = {theirs: unet[ours] for ours, theirs in unet_keys(unet).items()}
    state |= {theirs: text[ours] for ours, theirs in text_encoder_keys(text).items()}
    return state | vae_names(read_tensors(folder / "vae")), configs


def _check_index(folder: Path) -> None:
    if not (folder / INDEX).is_file():
        found = ", ".join(sorted(path.name for path in folder.iterdir())[:4]) or "nothing"
        raise MaskVideoError(
            f"{folder} is a folder without {INDEX} (it has {found}): give an SD1.x .safetensors file, or the folder "
            "of a diffusers pipeline"
        )
    kind = _read_json(folder / INDEX).get("_class_name")
    if kind != PIPELINE:
        raise MaskVideoError(f"{folder.name} is a {kind} of diffusers: give a {PIPELINE} of SD1.x, or its single file")


def _read_json(path: Path) -> dict:
    if not path.is_file():
        raise MaskVideoError(f"{path} does not exist: give a complete folder of a diffusers pipeline")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MaskVideoError(f"{path} cannot be read ({error}): copy or download it again") from error
