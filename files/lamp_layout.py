"""LAMP's motion checkpoints: a whole 3D U-Net under diffusers' names, of which only the motion is kept.

LAMP adds, under names of its own, what ``core/lamp_layers.py`` computes, and tunes the self-attention's query
projections in place: what it learned there is the difference to the base that it started from.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ..core.errors import MaskVideoError
from ..core.motion_module import TARGETS, MotionConfig, MotionModule
from ..core.video_model import Architecture, canonical_place

CONVOLUTION = {"conv_gate": "gate", "conv1d": "conv"}
"""LAMP's two layers after a convolution, and ours."""
LAYER = ".transformer_blocks.0."
FRAME_ATTENTION = {"norm_temp": "norm", "attn_temp.to_out.0": "to_out"}
QKV = tuple(f"attn_temp.to_{part}.weight" for part in "qkv")
TUNED = "attn1.to_q"
"""What every LAMP checkpoint has tuned in place."""
SAME = 3e-3
"""Weights whose difference is a smaller share of them than this differ by the rounding of a half-precision file."""
CURE = "give the unet folder of a LAMP checkpoint, or the file in it"


def convert_lamp(
    state: Mapping[str, Tensor], base: Mapping[str, Tensor], architecture: Architecture, frames: int = 16
) -> MotionModule:
    """The motion in the LAMP checkpoint ``state``, and the ``base`` U-Net that it was tuned from, by diffusers' names.

    Attention projections besides ``TUNED`` are kept where they were tuned too. The motion knows no masks.

    Raises ``MaskVideoError`` where ``state`` is none of LAMP's, lacks a key, has one that LAMP does not have or of
    another shape, and where it was tuned from another base.
    """
    check_is_lamp(state)
    ours = {canonical(key): weight.float() for key, weight in state.items() if is_added(key)}
    tuned = tuned_targets(state, base)
    config = MotionConfig(
        frames, mask_branch=False, temporal_layers="lamp", projections="full", targets=tuple(sorted(tuned))
    )
    motion = MotionModule(architecture, config).requires_grad_(False).eval()
    motion.import_state(_with_qkv(ours) | _deltas(state, base, config.targets))
    return motion


def check_is_lamp(keys: Mapping[str, Tensor]) -> None:
    """Raise ``MaskVideoError`` where no key is one that LAMP added, naming what came."""
    added = [key for key in keys if is_added(key)]
    convolved, attended = (any(part in key for key in added) for part in (".conv1d.", ".attn_temp."))
    if not added:
        raise MaskVideoError(f"no LAMP checkpoint: it has no temporal layers, only keys such as {min(keys)!r}; {CURE}")
    if not convolved or not attended:
        there, lacking = ("attention", "convolutions") if attended else ("convolutions", "attention")
        raise MaskVideoError(
            f"no LAMP checkpoint: it has temporal {there} ({min(added)!r}) but no temporal {lacking}, as Tune-A-Video "
            f"and others; {CURE}"
        )


def is_added(key: str) -> bool:
    """Whether LAMP added this tensor to the base."""
    return any(f".{part}." in f".{key}" for part in (*CONVOLUTION, "attn_temp", "norm_temp"))


def base_key(key: str) -> str:
    """The base's name of a tensor that LAMP took from it: LAMP's convolutions lie one level deeper."""
    return key.replace(".conv2d.", ".")


def canonical(key: str) -> str:
    """The motion file's name of a tensor that LAMP added; q, k and v, which become one tensor, keep LAMP's."""
    key = canonical_place(key)
    if LAYER not in key:
        place, layer, parameter = key.rsplit(".", 2)
        return f"{place}.{CONVOLUTION.get(layer, layer)}.{parameter}"
    transformer, rest = key.split(LAYER)
    layer, parameter = rest.rsplit(".", 1)
    return f"{transformer.replace('.attentions.', '.')}.frame_attention.{FRAME_ATTENTION.get(layer, layer)}.{parameter}"


def tuned_targets(state: Mapping[str, Tensor], base: Mapping[str, Tensor]) -> set[str]:
    """Which of the module's ``TARGETS`` the checkpoint has tuned; every other weight must be the base's.

    Raises ``MaskVideoError`` for the first that is not.
    """
    taken = {base_key(key): weight for key, weight in state.items() if not is_added(key)}
    for kind, one, other in (("lacks", base, taken), ("has", taken, base)):
        if stray := sorted(one.keys() - other.keys()):
            raise MaskVideoError(f"LAMP checkpoint {kind} {stray[0]!r}, unlike its base: {CURE}, and its own --base")
    changed = {key for key, weight in taken.items() if not _is_same(key, weight, base[key])}
    targets = {key: _target(key) for key in changed}
    if other := sorted(key for key in changed if targets[key] is None):
        raise MaskVideoError(
            f"{other[0]!r} and {len(other) - 1} more weights are not the base's, and LAMP leaves them alone: "
            "give the --base that the checkpoint was tuned from (SD1.4 for the published ones)"
        )
    return {TUNED, *targets.values()}


def _is_same(key: str, weight: Tensor, base: Tensor) -> bool:
    if weight.shape != base.shape:
        raise MaskVideoError(
            f"{key!r} has shape {list(weight.shape)} in the LAMP checkpoint, {list(base.shape)} in the base: "
            "give the --base that it was tuned from (SD1.4 for the published ones)"
        )
    return torch.dist(weight.float(), base.float()) <= SAME * base.float().norm()


def _target(key: str) -> str | None:
    """``attn1.to_q`` for the weight of that projection in any block; None for what is no projection."""
    layer = key.split(LAYER)[-1].removesuffix(".weight").removesuffix(".0")
    return layer if LAYER in key and key.endswith(".weight") and layer in TARGETS else None


def _deltas(state: Mapping[str, Tensor], base: Mapping[str, Tensor], targets: tuple[str, ...]) -> dict[str, Tensor]:
    """Tuned minus base for every block, as full deltas."""
    deltas = {}
    for key in base:
        if _target(key) in targets:
            block = canonical(key).split(".frame_attention.")[0]
            deltas[f"{block}.{_target(key)}.delta.weight"] = state[key].float() - base[key].float()
    return deltas


def _with_qkv(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """q, k and v as one projection, and the convolution over the frames as one over frames and pixels."""
    joined = {key: weight for key, weight in state.items() if not key.endswith(QKV)}
    for key in (key for key in state if key.endswith(QKV[0])):
        block = key.removesuffix(QKV[0])
        parts = [state[block + part] for part in QKV if block + part in state]
        joined[f"{block}to_qkv.weight"] = torch.cat(parts)
    shaped = {key: weight[..., None] for key, weight in joined.items() if weight.ndim == 3}
    return joined | shaped
