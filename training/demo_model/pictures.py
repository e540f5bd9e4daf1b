"""The cached training set of the base stages: latents, masks and words of many world pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from safetensors.torch import load_file, save_file
from torch import Tensor
from tqdm import tqdm

from ...evaluation.colour_words import COLOUR_WORDS
from .networks import SIZE
from .silhouettes import KINDS
from .vae import to_pixels
from .words import caption_rows, random_caption
from .world import Scene, draw_picture

COUNT = 16000
_COLOUR_NAMES = list(COLOUR_WORDS)


@dataclass(frozen=True)
class Pictures:
    """``latents`` float16 ``[N, 4, h, w]`` (scaled), ``masks`` uint8 ``[N, H, W]`` (coverage 0..255), ``words`` int64
    ``[N, 3]``: which kind, colour and background."""

    latents: Tensor
    masks: Tensor
    words: Tensor

    def batch(self, key: list[int], count: int) -> tuple[Tensor, Tensor, Tensor, np.random.Generator]:
        """A random batch that depends on ``key`` alone: latents, masks ``[B, 1, H, W]`` in 0..1, caption rows."""
        rng = np.random.default_rng(key)
        chosen = torch.from_numpy(rng.integers(0, len(self.latents), count))
        captions = [random_caption(*scene_words(self.words[i].tolist()), rng) for i in chosen]
        rows = torch.stack([caption_rows(caption, rng) for caption in captions])
        return self.latents[chosen].float(), self.masks[chosen].float()[:, None] / 255, rows, rng


@torch.no_grad()
def cache_pictures(vae: AutoencoderKL, seed: int, folder: Path, count: int = COUNT) -> Pictures:
    """Draw and encode ``count`` pictures once; a second call reads the file."""
    path = folder / "pictures.safetensors"
    if not path.exists():
        latents, masks, words = [], [], []
        for start in tqdm(range(0, count, 16), desc="pictures", unit="batch"):
            drawn = [draw_picture(np.random.default_rng([seed, 3, i]), SIZE) for i in range(start, start + 16)]
            latents.append(_encode(vae, np.stack([image for image, _, _ in drawn])))
            masks.append(np.stack([(coverage * 255).astype(np.uint8) for _, coverage, _ in drawn]))
            words += [_word_indices(scene) for _, _, scene in drawn]
        tensors = {
            "latents": torch.cat(latents).half().contiguous(),
            "masks": torch.from_numpy(np.concatenate(masks)),
            "words": torch.tensor(words),
        }
        save_file(tensors, path)
    return Pictures(**load_file(path))


def _encode(vae: AutoencoderKL, images: np.ndarray) -> Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        mean = vae.encode(to_pixels(images)).latent_dist.mean
    return mean.float() * vae.config.scaling_factor


def _word_indices(scene: Scene) -> list[int]:
    return [KINDS.index(scene.kind), _COLOUR_NAMES.index(scene.colour), _COLOUR_NAMES.index(scene.ground)]


def scene_words(indices: list[int]) -> tuple[str, str, str]:
    """Kind, colour and background of one row of ``Pictures.words``."""
    kind, colour, ground = indices
    return KINDS[kind], _COLOUR_NAMES[colour], _COLOUR_NAMES[ground]
