"""The trained changes of the attention projections as the host's own weight patches."""

from __future__ import annotations

from collections.abc import Mapping

from comfy.weight_adapter import LoRAAdapter

from ...core.errors import MaskVideoError
from ...core.lora import Delta, LowRankDelta
from ...core.mask_encoder import module_key
from ...core.motion_module import TARGETS, MotionModule
from .blocks import HostBlock

Patches = dict[str, object]
"""State-dict key to patch, as ``ModelPatcher.add_patches`` takes them."""


def weight_patches(module: MotionModule, blocks: Mapping[str, HostBlock]) -> Patches:
    """A patch for each projection that ``module`` changes. They merge into ``W_q`` too, so ``M = W_q m`` follows."""
    patches = {}
    for name, block in blocks.items():
        layers = module.blocks[module_key(name)]
        for target in TARGETS:
            attention, part = target.split(".")
            if attention in layers and part in layers[attention]:
                patches |= _patches(_projection(block, target), layers[attention][part])
    return patches


def add_weight_patches(model, patches: Patches, strength: float) -> None:
    """Adds ``patches`` to a MODEL of one's own. Raises ``MaskVideoError`` where the MODEL lacks one of their keys."""
    missing = patches.keys() - set(model.add_patches(patches, strength))
    if missing:
        raise MaskVideoError(
            f"this MODEL has no {min(missing)}: it was changed after the motion was loaded; put Load Motion LoRA last"
        )


def _projection(block: HostBlock, target: str) -> str:
    return f"{block.prefix}{target}{'.0' if target.endswith('to_out') else ''}"


def _patches(projection: str, delta: Delta) -> Patches:
    patches = {f"{projection}.weight": _patch(delta)}
    if delta.bias is not None:
        patches[f"{projection}.bias"] = ("diff", (delta.bias.detach(),))
    return patches


def _patch(delta: Delta):
    if isinstance(delta, LowRankDelta):
        up, down = delta.up.weight.detach(), delta.down.weight.detach()
        return LoRAAdapter(set(), (up, down, delta.scale * down.shape[0], None, None, None))
    return "diff", (delta.merged_weight().detach(),)
