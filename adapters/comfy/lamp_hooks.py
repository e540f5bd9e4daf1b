"""LAMP's temporal layers in the host's U-Net: forward hooks that stay for one run, or while a motion trains."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from comfy.ldm.modules.diffusionmodules.openaimodel import UNetModel
from torch import Tensor, lerp, nn

from ...core.lamp_layers import norm_over_video
from ...core.motion_module import MotionModule
from .blocks import attention_blocks, convolutions, resnet_norms


@dataclass
class LampHooks:
    """What the hooks know: the motion, how strongly it acts, and the frames of a video in the batch ``[B*T, …]``."""

    motion: MotionModule
    frames: int
    strength: float = 1.0

    @contextmanager
    def on(self, unet: UNetModel) -> Iterator[None]:
        """The hooks on ``unet`` while the context lasts; none where the motion has no such layers."""
        handles = list(self._registered(unet)) if self.motion.has_lamp_layers and self.strength else []
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _registered(self, unet: UNetModel) -> Iterator:
        for name, convolution in convolutions(unet).items():
            yield convolution.register_forward_hook(partial(self._after_convolution, name))
        for name, block in attention_blocks(unet).items():
            layer = block.module.transformer_blocks[0]
            yield layer.register_forward_hook(partial(self._inside_block, name))
        for norm in resnet_norms(unet):
            yield norm.register_forward_hook(self._over_video)

    def _after_convolution(self, name: str, module: nn.Module, args: tuple, output: Tensor) -> Tensor:
        return self._blended(output, self.motion.after_convolution(name, output, self.frames))

    def _inside_block(self, name: str, module: nn.Module, args: tuple, output: Tensor) -> Tensor:
        return self._blended(output, self.motion.inside_block(name, output, self.frames))

    def _over_video(self, norm: nn.Module, args: tuple, output: Tensor) -> Tensor:
        return self._blended(output, norm_over_video(norm.forward, args[0], self.frames))

    def _blended(self, before: Tensor, after: Tensor) -> Tensor:
        after = after.to(before)
        return after if self.strength == 1 else lerp(before, after, self.strength)
