"""The parts of a diffusers U-Net that a motion changes, under their canonical names."""

from __future__ import annotations

from collections.abc import Iterator

from diffusers import UNet2DConditionModel
from torch import nn

from ...core.errors import MaskVideoError
from ...core.video_model import Architecture, AttentionBlock, Convolution, canonical_place


def spatial_transformers(unet: UNet2DConditionModel) -> dict[str, nn.Module]:
    """Canonical name (``down.0.0``, ``mid.0``, ``up.2.1``) to ``Transformer2DModel``, in execution order."""
    return {name: module for name, module, _ in _walk(unet)}


def list_attention_blocks(unet: UNet2DConditionModel) -> Architecture:
    """What a motion module must know of this U-Net.

    Raises ``MaskVideoError`` where the U-Net has several transformer layers in one block (SDXL) or no
    cross-attention: only SD1.x-shaped U-Nets serve as a base.
    """
    blocks = tuple(_describe(name, module, level) for name, module, level in _walk(unet))
    if not blocks:
        raise MaskVideoError("the U-Net has no cross-attention block: give the U-Net of an SD1.x model")
    after = tuple(Convolution(name, module.out_channels) for name, module in convolutions(unet).items())
    return Architecture(blocks, int(unet.config.cross_attention_dim), int(unet.config.in_channels), after)


def convolutions(unet: UNet2DConditionModel) -> dict[str, nn.Conv2d]:
    """Canonical name (``conv_in``, ``down.0.resnets.1.conv2``) to convolution, those of the transformers left out."""
    return {canonical_place(path): module for path, module in _outside_attention(unet, nn.Conv2d)}


def resnet_norms(unet: UNet2DConditionModel) -> list[nn.GroupNorm]:
    """The group norms outside of the transformers: two in each resnet, and the last one."""
    return [module for _, module in _outside_attention(unet, nn.GroupNorm)]


def _outside_attention(unet: UNet2DConditionModel, kind: type) -> Iterator[tuple[str, nn.Module]]:
    for path, module in unet.named_modules():
        if isinstance(module, kind) and ".attentions." not in path:
            yield path, module


def stages(unet: UNet2DConditionModel) -> Iterator[tuple[str, nn.Module, int]]:
    """``down.0`` and its like, the stage, and the number of halvings before it, in execution order."""
    level = 0
    for i, block in enumerate(unet.down_blocks):
        yield f"down.{i}", block, level
        level += bool(getattr(block, "downsamplers", None))
    if unet.mid_block is not None:
        yield "mid", unet.mid_block, level
    for i, block in enumerate(unet.up_blocks):
        yield f"up.{i}", block, level
        level -= bool(getattr(block, "upsamplers", None))


def _walk(unet: UNet2DConditionModel) -> Iterator[tuple[str, nn.Module, int]]:
    """Name, transformer and the number of halvings before it, in execution order."""
    for prefix, block, level in stages(unet):
        for j, transformer in enumerate(getattr(block, "attentions", ())):
            yield f"{prefix}.{j}", transformer, level


def _describe(name: str, transformer: nn.Module, level: int) -> AttentionBlock:
    layers = len(transformer.transformer_blocks)
    if layers != 1:
        raise MaskVideoError(f"block {name} has {layers} transformer layers, SD1.x has 1: give an SD1.x base")
    attention = transformer.transformer_blocks[0].attn1
    return AttentionBlock(name, attention.to_q.in_features, attention.heads, level)
