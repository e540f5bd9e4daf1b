"""A motion module put onto a diffusers U-Net, and taken off again without a trace."""

from __future__ import annotations

import torch
from diffusers import UNet2DConditionModel
from diffusers.models.attention_processor import Attention
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ...core.errors import MaskVideoError
from ...core.motion_module import MotionModule
from .attention import FirstFrameProcessor, MaskCrossProcessor
from .blocks import list_attention_blocks, spatial_transformers
from .lamp_hooks import install_lamp_layers


class Installed:
    """What ``install`` changed; ``remove`` puts everything back and may be called twice."""

    def __init__(self):
        self._originals: list[tuple[Attention, object]] = []
        self._handles: list[torch.utils.hooks.RemovableHandle] = []

    def replace(self, attention: Attention, processor: object) -> None:
        self._originals.append((attention, attention.processor))
        attention.set_processor(processor)

    def hook(self, transformer: nn.Module, after: AfterBlock) -> None:
        self._handles.append(transformer.register_forward_hook(after, with_kwargs=True))

    def keep(self, handles: list[torch.utils.hooks.RemovableHandle]) -> None:
        self._handles += handles

    def remove(self) -> None:
        """The original processors come back and no hook stays."""
        for handle in self._handles:
            handle.remove()
        for attention, processor in reversed(self._originals):
            attention.set_processor(processor)
        self._handles, self._originals = [], []


class AfterBlock:
    """Forward hook of one spatial transformer: hands its output to ``MotionModule.after_block``."""

    def __init__(self, block: str, motion: MotionModule):
        self.block, self.motion = block, motion

    def __call__(self, transformer: nn.Module, args: tuple, kwargs: dict, output) -> tuple[Tensor]:
        guide = kwargs["cross_attention_kwargs"]["guide"]
        hidden = output[0]  # [B*T, C, h, w]
        if transformer.gradient_checkpointing and torch.is_grad_enabled():
            return (checkpoint(self.motion.after_block, self.block, hidden, guide, use_reentrant=False),)
        return (self.motion.after_block(self.block, hidden, guide),)


def install(unet: UNet2DConditionModel, motion: MotionModule) -> Installed:
    """Puts ``motion`` onto ``unet``, which then needs ``cross_attention_kwargs={"guide": guide}`` in each call.

    The U-Net's weights and its ``state_dict`` stay as they are. Raises ``MaskVideoError`` where the module was made
    for another base or where a motion module is installed already.
    """
    difference = motion.architecture.describe_difference(list_attention_blocks(unet))
    if difference:
        raise MaskVideoError(f"the motion module does not fit this U-Net: {difference}; use the base it was trained on")
    installed = Installed()
    for name, transformer in spatial_transformers(unet).items():
        layer = transformer.transformer_blocks[0]
        if isinstance(layer.attn1.processor, FirstFrameProcessor):
            raise MaskVideoError("the U-Net has a motion module already: remove it before another is installed")
        installed.replace(layer.attn1, FirstFrameProcessor(name, motion))
        installed.replace(layer.attn2, MaskCrossProcessor(name, motion))
        installed.hook(transformer, AfterBlock(name, motion))
    if motion.has_lamp_layers:
        installed.keep(install_lamp_layers(unet, motion))
    return installed
