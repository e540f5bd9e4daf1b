"""Other names that SD1.x files give the same weights, brought to those of the published single file."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from .ldm_layout import TEXT_PREFIX, VAE_PREFIX, to_ldm_shape, vae_keys

_TEXT_LEVEL = f"{TEXT_PREFIX}text_model."
_VAE_PARTS = ("encoder.", "decoder.", "quant_conv.", "post_quant_conv.")
_EARLY_ATTENTION = {"query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"}
"""The VAE's attention in files that diffusers wrote before 0.15."""


def published_names(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """``state`` of a checkpoint as the published file names it.

    The text encoder may lack the level ``text_model``, as in NovelAI's model and in merges with it; the VAE may have
    diffusers' names. Everything else keeps its name.
    """
    named = {_with_text_level(key): weight for key, weight in state.items()}
    vae = {key: weight for key, weight in named.items() if key.startswith(VAE_PREFIX)}
    return {key: weight for key, weight in named.items() if key not in vae} | vae_names(vae)


def vae_names(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights of a VAE in ``state`` as the published file names them, with its prefix.

    The names may have the prefix or not, and be the original's or diffusers'. What is no VAE's is left out.
    """
    bare = {key.removeprefix(VAE_PREFIX): weight for key, weight in state.items()}
    vae = {key: weight for key, weight in bare.items() if key.startswith(_VAE_PARTS)}
    if not any(key.startswith("decoder.up_blocks.") for key in vae):
        return {VAE_PREFIX + key: weight for key, weight in vae.items()}
    vae = {_with_late_attention(key): weight for key, weight in vae.items()}
    return {theirs: to_ldm_shape(theirs, vae[ours]) for ours, theirs in vae_keys(vae).items()}


def _with_text_level(key: str) -> str:
    if key.startswith(TEXT_PREFIX) and not key.startswith(_TEXT_LEVEL):
        return _TEXT_LEVEL + key.removeprefix(TEXT_PREFIX)
    return key


def _with_late_attention(key: str) -> str:
    start, middle, name = key.partition(".attentions.0.")
    layer, dot, kind = name.partition(".")
    return start + middle + _EARLY_ATTENTION.get(layer, layer) + dot + kind
