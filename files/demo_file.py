"""The bundled demo model's files, and what a reader of them needs to know."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor

from ..core.errors import MaskVideoError
from .weights import read_tensors

DEMO_FOLDER = Path(__file__).resolve().parents[1] / "assets" / "demo"
BASE_FILE = DEMO_FOLDER / "maskvideo_demo.safetensors"
MOTION_FILE = DEMO_FOLDER / "motion.safetensors"
TOKEN_EMBEDDING = "cond_stage_model.transformer.text_model.embeddings.token_embedding.weight"


@dataclass(frozen=True)
class DemoFile:
    """A bundle as the recipe in ``training/demo_model`` wrote it.

    ``state``: all weights under the key names of an SD1.x single file, float16 as stored; the token embedding has a row
    for each of CLIP's ids. ``configs``: ``{component: config}`` in diffusers' terms.
    """

    state: dict[str, Tensor]
    configs: dict[str, dict]


def read_demo_file(path: Path = BASE_FILE) -> DemoFile:
    """Read a demo bundle. Raises ``MaskVideoError`` where the file is missing, truncated or no demo bundle."""
    state = read_tensors(path)
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata() or {}
    if "configs" not in metadata:
        raise MaskVideoError(f"{path.name} is no demo model: its metadata has no configs; install the pack again")
    configs = json.loads(metadata["configs"])
    state[TOKEN_EMBEDDING] = expand_rows(state[TOKEN_EMBEDDING], metadata, configs["text_encoder"]["vocab_size"])
    return DemoFile(state, configs)


def expand_rows(rows: Tensor, metadata: dict[str, str], tokens: int) -> Tensor:
    """The compact token embedding ``[rows, D]`` as one row for each of CLIP's ids: ``[tokens, D]``.

    Ids that the demo world has no word for share one trained row.
    """
    index = torch.full((tokens,), json.loads(metadata["unknown_row"]))
    for token, row in json.loads(metadata["token_rows"]).items():
        index[int(token)] = row
    return rows[index]
