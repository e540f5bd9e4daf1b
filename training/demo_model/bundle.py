"""Stage 5: everything in one file, in the layout of an SD1.x single-file checkpoint."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from diffusers import AutoencoderKL, ControlNetModel, UNet2DConditionModel
from safetensors.torch import save_file
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from ...files.atomic import atomic_path
from .networks import SCHEDULER, TEXT_ENCODER, UNET, VAE
from .words import END_ROW, FIRST_WORD_ROW, START_ROW, UNKNOWN_ROW, WORDS

FORMAT = "maskvideo-demo-1"


@dataclass(frozen=True)
class Networks:
    """The trained parts."""

    vae: AutoencoderKL
    unet: UNet2DConditionModel
    text_encoder: CLIPTextModel
    controlnet: ControlNetModel


def write_bundle(
    path: Path,
    networks: Networks,
    tokenizer: CLIPTokenizer,
    to_ldm_layout: Callable[..., Mapping[str, Tensor]],
    recipe: Mapping,
) -> None:
    """Write ``path`` in float16, with the networks' configs, the vocabulary and the recipe as metadata.

    The token embedding keeps the world's words only; ``token_rows`` maps CLIP's token ids to its rows, and every other
    id means row ``UNKNOWN_ROW``. ``to_ldm_layout`` is the adapter's.
    """
    tensors = to_ldm_layout(networks.unet, networks.vae, networks.text_encoder, networks.controlnet)
    configs = {
        "unet": UNET,
        "vae": VAE,
        "text_encoder": TEXT_ENCODER,
        "scheduler": SCHEDULER,
        "controlnet": controlnet_config(networks.controlnet),
    }
    metadata = {
        "format": FORMAT,
        "configs": json.dumps(configs),
        "token_rows": json.dumps(token_rows(tokenizer)),
        "unknown_row": json.dumps(UNKNOWN_ROW),
        "recipe": json.dumps(recipe),
    }
    with atomic_path(path) as temporary:
        save_file({name: value.half().contiguous() for name, value in tensors.items()}, temporary, metadata)


def token_rows(tokenizer: CLIPTokenizer) -> dict[int, int]:
    """CLIP's id of each word of the world -> its row in the compact embedding."""
    rows = {tokenizer.bos_token_id: START_ROW, tokenizer.eos_token_id: END_ROW}
    for i, word in enumerate(WORDS):
        ids = tokenizer(word, add_special_tokens=False).input_ids
        if len(ids) != 1:
            raise ValueError(f"{word!r} is {len(ids)} tokens of CLIP's vocabulary: take a word that is one")
        rows[ids[0]] = FIRST_WORD_ROW + i
    return rows


def controlnet_config(controlnet: ControlNetModel) -> dict:
    """What builds the ControlNet anew: plain values only, without the library's private keys."""
    return {key: value for key, value in controlnet.config.items() if not key.startswith("_") and value is not None}
