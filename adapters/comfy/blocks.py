"""The parts of the host's U-Net that a motion changes, under their canonical names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from comfy.ldm.modules.attention import SpatialTransformer
from comfy.ldm.modules.diffusionmodules.openaimodel import Downsample, ResBlock, UNetModel, Upsample
from torch import nn

from ...core.errors import MaskVideoError
from ...core.video_model import Architecture, AttentionBlock, Convolution

Place = tuple[str, int]
"""How the host names a block to its patches, such as ``("input", 4)``."""


@dataclass(frozen=True)
class HostBlock:
    """One spatial transformer: ``block`` as the motion knows it, ``place`` and ``prefix`` as the host does.

    ``prefix`` is where its transformer layer lies in the MODEL's state dict; it ends in a dot.
    """

    block: AttentionBlock
    place: Place
    prefix: str
    module: nn.Module


def attention_blocks(unet: UNetModel) -> dict[str, HostBlock]:
    """Canonical name (``down.0.0``, ``mid.0``, ``up.2.1``) to block, in execution order.

    Raises ``MaskVideoError`` where a block has several transformer layers (SDXL).
    """
    return {block.block.name: block for block in _walk(unet)}


def list_attention_blocks(unet: UNetModel) -> Architecture:
    """What a motion module must know of this U-Net, the same as for diffusers' U-Net with these weights.

    Raises ``MaskVideoError`` where the U-Net has several transformer layers in one block or no cross-attention.
    """
    blocks = list(attention_blocks(unet).values())
    if not blocks:
        raise MaskVideoError("the U-Net has no cross-attention block: give an SD1.x MODEL")
    context_width = blocks[0].module.transformer_blocks[0].attn2.to_k.in_features
    after = tuple(Convolution(name, module.out_channels) for name, module in convolutions(unet).items())
    return Architecture(tuple(block.block for block in blocks), context_width, unet.in_channels, after)


def convolutions(unet: UNetModel) -> dict[str, nn.Module]:
    """Canonical name (``conv_in``, ``down.0.resnets.1.conv2``) to convolution, those of the transformers left out."""
    sides = {"down": unet.input_blocks[1:], "up": unet.output_blocks}
    named = [pair for side, blocks in sides.items() for pair in _side_convolutions(side, blocks)]
    middle = [layer for layer in unet.middle_block or () if isinstance(layer, ResBlock)]
    named += [
        pair for count, layer in enumerate(middle) for pair in _resnet_convolutions(f"mid.resnets.{count}", layer)
    ]
    return {"conv_in": unet.input_blocks[0][0], **dict(named), "conv_out": unet.out[2]}


def resnet_norms(unet: UNetModel) -> list[nn.Module]:
    """The group norms outside of the transformers: two in each resnet, and the last one."""
    resnets = [module for module in unet.modules() if isinstance(module, ResBlock)]
    return [norm for resnet in resnets for norm in (resnet.in_layers[0], resnet.out_layers[0])] + [unet.out[0]]


def layers_by_level(unet: UNetModel) -> Iterator[tuple[nn.Module, int]]:
    """Every layer of the U-Net's blocks, and the number of halvings before it."""
    level = 0
    for blocks in (unet.input_blocks, [unet.middle_block or ()], unet.output_blocks):
        for layer in (layer for layers in blocks for layer in layers):
            yield layer, level
            level += isinstance(layer, Downsample) - isinstance(layer, Upsample)


def _side_convolutions(side: str, blocks) -> Iterator[tuple[str, nn.Module]]:
    stage = count = 0
    for layer in (layer for layers in blocks for layer in layers):
        if isinstance(layer, ResBlock):
            yield from _resnet_convolutions(f"{side}.{stage}.resnets.{count}", layer)
            count += 1
        elif isinstance(layer, Downsample | Upsample):
            down = isinstance(layer, Downsample)
            yield f"{side}.{stage}.{side}samplers.0.conv", layer.op if down else layer.conv
            stage, count = stage + 1, 0


def _resnet_convolutions(name: str, resnet: ResBlock) -> Iterator[tuple[str, nn.Module]]:
    yield f"{name}.conv1", resnet.in_layers[2]
    yield f"{name}.conv2", resnet.out_layers[3]
    if not isinstance(resnet.skip_connection, nn.Identity):
        yield f"{name}.conv_shortcut", resnet.skip_connection


def _walk(unet: UNetModel) -> Iterator[HostBlock]:
    """A stage of the U-Net ends where the latent grid is halved or doubled."""
    stage = level = count = 0
    for index, layers in enumerate(unet.input_blocks):
        for number, layer in _transformers(layers):
            yield _describe(f"down.{stage}.{count}", level, ("input", index), f"input_blocks.{index}.{number}", layer)
            count += 1
        if any(isinstance(layer, Downsample) for layer in layers):
            stage, level, count = stage + 1, level + 1, 0
    for count, (number, layer) in enumerate(_transformers(unet.middle_block)):
        yield _describe(f"mid.{count}", level, ("middle", 0), f"middle_block.{number}", layer)
    stage = count = 0
    for index, layers in enumerate(unet.output_blocks):
        for number, layer in _transformers(layers):
            yield _describe(f"up.{stage}.{count}", level, ("output", index), f"output_blocks.{index}.{number}", layer)
            count += 1
        if any(isinstance(layer, Upsample) for layer in layers):
            stage, level, count = stage + 1, level - 1, 0


def _transformers(layers) -> list[tuple[int, nn.Module]]:
    return [(number, layer) for number, layer in enumerate(layers or ()) if isinstance(layer, SpatialTransformer)]


def _describe(name: str, level: int, place: Place, path: str, transformer: nn.Module) -> HostBlock:
    layers = transformer.transformer_blocks
    if len(layers) != 1:
        raise MaskVideoError(f"block {name} has {len(layers)} transformer layers, SD1.x has 1: give an SD1.x MODEL")
    block = AttentionBlock(name, layers[0].attn1.to_q.in_features, layers[0].n_heads, level)
    return HostBlock(block, place, f"diffusion_model.{path}.transformer_blocks.0.", transformer)
