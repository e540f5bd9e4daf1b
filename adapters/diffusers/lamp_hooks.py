"""LAMP's temporal layers in a diffusers U-Net: after its convolutions, inside its blocks, at its resnets' norms."""

from __future__ import annotations

from functools import partial

from diffusers import UNet2DConditionModel
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from ...core.lamp_layers import norm_over_video
from ...core.motion_module import MotionModule
from .blocks import convolutions, resnet_norms, spatial_transformers


class Frames:
    """How many frames the U-Net is being called with. A block that is computed twice finds the same number again."""

    count = 1

    def note(self, unet: nn.Module, args: tuple, kwargs: dict) -> None:
        self.count = kwargs["cross_attention_kwargs"]["guide"].frames


def install_lamp_layers(unet: UNet2DConditionModel, motion: MotionModule) -> list[RemovableHandle]:
    """Hooks that make ``unet`` LAMP's U-Net with the weights of ``motion``. Removing them all undoes it."""
    frames = Frames()
    handles = [unet.register_forward_pre_hook(frames.note, with_kwargs=True)]
    for name, convolution in convolutions(unet).items():
        handles.append(convolution.register_forward_hook(partial(_after_convolution, motion, name, frames)))
    for name, transformer in spatial_transformers(unet).items():
        layer = transformer.transformer_blocks[0]
        handles.append(layer.register_forward_hook(partial(_inside_block, motion, name, frames)))
    return handles + [norm.register_forward_hook(partial(_over_video, frames)) for norm in resnet_norms(unet)]


def _after_convolution(motion: MotionModule, name: str, frames: Frames, module: nn.Module, args, output: Tensor):
    return motion.after_convolution(name, output, frames.count)


def _inside_block(motion: MotionModule, name: str, frames: Frames, module: nn.Module, args, output: Tensor):
    return motion.inside_block(name, output, frames.count)


def _over_video(frames: Frames, norm: nn.Module, args: tuple, output: Tensor) -> Tensor:
    return norm_over_video(norm.forward, args[0], frames.count)
