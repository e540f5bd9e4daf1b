"""LoRAs of the base itself (a style, a character), merged into its weights as the host's Load LoRA merges them.

A motion then trains on the merged base, or acts on it. What is read: LoRA and LoCon of U-Net and text encoder under the
names of kohya's scripts, diffusers and peft, with or without alpha, and full differences of weights.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from math import prod
from pathlib import Path

import torch
from torch import Tensor, nn

from ...core.errors import MaskVideoError
from ...files.weights import read_tensors
from .file_kind import check_is_lora
from .ldm_layout import UNET_PREFIX, unet_keys
from .video_unet import DiffusersVideoModel

_ROLES = {
    ".lora_up.weight": "up",
    ".lora_down.weight": "down",
    ".lora_mid.weight": "mid",
    ".lora_B.weight": "up",
    ".lora_A.weight": "down",
    ".lora_B.default.weight": "up",
    ".lora_A.default.weight": "down",
    ".lora.up.weight": "up",
    ".lora.down.weight": "down",
    ".lora_linear_layer.up.weight": "up",
    ".lora_linear_layer.down.weight": "down",
    "_lora.up.weight": "up",
    "_lora.down.weight": "down",
    ".alpha": "alpha",
    ".diff": "weight",
    ".diff_b": "bias",
}
"""What a tensor is, by the end of its key; what is before it names the layer."""
_PEFT_PREFIX = "base_model.model."


@torch.no_grad()
def merge_lora(model: DiffusersVideoModel, path: str | Path, strength: float) -> list[str]:
    """Adds ``strength`` times the LoRA in a file to the weights of ``model``; 0 leaves them as they are.

    Merge before the model leaves float32. Returns the file's keys that this base has no layer for. Raises
    ``MaskVideoError``, with the weights as they were, where the file is missing, truncated, no LoRA or one of another
    base.
    """
    state, source = read_tensors(path), Path(path).name
    check_is_lora(state, source)
    layers, named = _by_layer(state), _layer_names(model)
    unknown = [key for layer, parts in layers.items() if layer not in named for key in parts["keys"]]
    if len(unknown) == len(state):
        raise MaskVideoError(f"{source} is a LoRA of another base: SD1.x has no {unknown[0]}; give a LoRA for SD1.x")
    known = [(named[layer], parts) for layer, parts in layers.items() if layer in named]
    for layer, parts in known:
        _check_fits(layer, parts, source)
    for layer, parts in known:
        _merge(layer, parts, strength)
    return unknown


def _by_layer(state: Mapping[str, Tensor]) -> dict[str, dict]:
    """``{layer: {role: tensor}}`` and with each the ``keys`` that it came from; what has no role is a layer alone."""
    layers: dict[str, dict] = defaultdict(lambda: {"keys": []})
    for key, tensor in state.items():
        end = next((end for end in _ROLES if key.endswith(end)), "")
        parts = layers[key.removesuffix(end).removeprefix(_PEFT_PREFIX)]
        parts["keys"].append(key)
        if end:
            parts[_ROLES[end]] = tensor
    return layers


def _layer_names(model: DiffusersVideoModel) -> dict[str, nn.Module]:
    """Every name that a LoRA file may give a layer of U-Net or text encoder, to that layer."""
    unet = {key: theirs for key, theirs in unet_keys(model.unet.state_dict()).items() if key.endswith(".weight")}
    named = {}
    for key, theirs in unet.items():
        layer = model.unet.get_submodule(_layer(key))
        named |= dict.fromkeys(_unet_names(_layer(key), _layer(theirs).removeprefix(UNET_PREFIX)), layer)
    for key in model.text_encoder.state_dict():
        if key.endswith(".weight"):
            layer = model.text_encoder.get_submodule(_layer(key))
            named |= dict.fromkeys(_text_names("text_model." + _layer(key).removeprefix("text_model.")), layer)
    return named


def _layer(key: str) -> str:
    return key.removesuffix(".weight")


def _unet_names(ours: str, theirs: str) -> Iterable[str]:
    flat, early = ours.replace(".", "_"), ours.replace(".to_", ".processor.to_").replace(".to_out.0", ".to_out")
    kohya = (f"lora_unet_{flat}", f"lycoris_{flat}", f"lora_unet_{theirs.replace('.', '_')}")
    dotted = (f"{prefix}{name}" for prefix in ("", "unet.") for name in (ours, early))
    return *kohya, *dotted, f"diffusion_model.{theirs}"


def _text_names(layer: str) -> Iterable[str]:
    flat = layer.replace(".", "_")
    return f"lora_te_{flat}", f"lora_te1_{flat}", f"text_encoder.{layer}", f"text_encoders.clip_l.transformer.{layer}"


def _check_fits(layer: nn.Module, parts: Mapping, source: str) -> None:
    if ("up" in parts) != ("down" in parts):
        raise MaskVideoError(f"{source} has {parts['keys'][0]} without its other half: copy or download it again")
    for name, came in _shapes(parts).items():
        needed = list(getattr(layer, name).shape) if getattr(layer, name, None) is not None else None
        if needed is None or came[0] != needed[0] or prod(came) != prod(needed):
            raise MaskVideoError(
                f"{source} is a LoRA of another base: {parts['keys'][0]} makes {came}, this base has {needed} there; "
                "give a LoRA for SD1.x"
            )


def _shapes(parts: Mapping) -> dict[str, list[int]]:
    """The shapes of what is added, by the parameter that it is added to."""
    shapes = {name: list(parts[name].shape) for name in ("weight", "bias") if name in parts}
    if "up" in parts:
        shapes["weight"] = [len(parts["up"]), *parts["down"].shape[1:], *_kernel(parts)]
    return shapes


def _kernel(parts: Mapping) -> list[int]:
    return list(parts["mid"].shape[2:]) if "mid" in parts else []


def _merge(layer: nn.Module, parts: Mapping, strength: float) -> None:
    """In the host's order of operations, so that the base's fingerprint is the same on both sides."""
    for name in ("weight", "bias"):
        if name in parts:
            weight = getattr(layer, name)
            weight.add_(strength * parts[name].float().reshape(weight.shape))
    if "up" in parts:
        scale = parts["alpha"].item() / len(parts["down"]) if "alpha" in parts else 1.0
        layer.weight.add_((strength * scale) * _product(parts).reshape(layer.weight.shape))


def _product(parts: Mapping) -> Tensor:
    """``up · down``, with LoCon's convolution between the two where there is one."""
    up, down = parts["up"].float().flatten(1), parts["down"].float().flatten(1)
    return torch.einsum("or,rs...,si->oi...", up, parts["mid"].float(), down) if "mid" in parts else up @ down
