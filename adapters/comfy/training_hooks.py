"""A motion that trains on a private U-Net: hooks on projections and blocks, and blocks computed twice to save memory.

Sampling merges a motion's projections into the host's weights; a merged weight has no gradient, so here they are added
to what each projection gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

import torch
from comfy.ldm.modules.attention import SpatialTransformer
from comfy.ldm.modules.diffusionmodules.openaimodel import ResBlock, UNetModel
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ...core.lora import Delta
from ...core.mask_encoder import module_key
from ...core.motion_module import TARGETS, MotionModule
from ...core.video_model import CHECKPOINTED_LEVELS
from .blocks import HostBlock, layers_by_level
from .run_state import KEY, Call

CHECKPOINTED = (ResBlock, SpatialTransformer)


@contextmanager
def training_hooks(blocks: Mapping[str, HostBlock], motion: MotionModule) -> Iterator[None]:
    """``motion`` on all ``blocks`` of a U-Net of one's own while the context lasts.

    What each call of the U-Net needs besides, a ``Call``, lies in its options.
    """
    handles = [
        block.module.register_forward_hook(partial(_after_block, name), with_kwargs=True)
        for name, block in blocks.items()
    ]
    handles += [
        _projection(block, target).register_forward_hook(partial(_add_delta, delta))
        for name, block in blocks.items()
        for target, delta in _deltas(motion, name)
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def checkpoint_blocks(unet: UNetModel, enabled: bool) -> None:
    """Each block of ``CHECKPOINTED_LEVELS`` keeps its input alone and computes itself anew for the gradient, or no
    longer does."""
    for module, level in layers_by_level(unet):
        if isinstance(module, CHECKPOINTED) and level < CHECKPOINTED_LEVELS:
            if enabled:
                module.forward = partial(_checkpointed, type(module).forward.__get__(module))
            else:
                vars(module).pop("forward", None)


def _checkpointed(forward: Callable, *args, **kwargs) -> Tensor:
    """The host writes the place in the U-Net into the options as it goes: the second pass needs those of the first."""
    if not torch.is_grad_enabled():
        return forward(*args, **kwargs)
    args = tuple(dict(one) if isinstance(one, dict) else one for one in args)
    kwargs = {name: dict(one) if isinstance(one, dict) else one for name, one in kwargs.items()}
    return checkpoint(forward, *args, use_reentrant=False, **kwargs)


def _after_block(name: str, transformer: nn.Module, args: tuple, kwargs: dict, output: Tensor) -> Tensor:
    call = (kwargs.get("transformer_options") or args[2])[KEY]
    if "forward" in vars(transformer) and torch.is_grad_enabled():
        return checkpoint(_through_motion, call, name, output, use_reentrant=False)
    return _through_motion(call, name, output)


def _through_motion(call: Call, name: str, output: Tensor) -> Tensor:
    return call.motion.after_block(name, output, call.guide)


def _add_delta(delta: Delta, projection: nn.Module, args: tuple, output: Tensor) -> Tensor:
    return output + delta(args[0])


def _deltas(motion: MotionModule, name: str) -> Iterator[tuple[str, Delta]]:
    layers = motion.blocks[module_key(name)]
    for target in TARGETS:
        attention, part = target.split(".")
        if attention in layers and part in layers[attention]:
            yield target, layers[attention][part]


def _projection(block: HostBlock, target: str) -> nn.Module:
    """The host's layer; its ``to_out`` is a linear layer and a dropout."""
    layer = block.module.transformer_blocks[0].get_submodule(target)
    return layer[0] if isinstance(layer, nn.Sequential) else layer
