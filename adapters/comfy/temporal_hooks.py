"""Temporal layers after the host's spatial transformers: forward hooks that stay for one sampling run.

A hook holds nothing but the block's name: it reads the guide from the options that the block was called with, and
without one there it leaves the output alone. It is taken off when the run ends, however it ends, so what shares the
U-Net with this MODEL never sees one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from torch import Tensor, lerp, nn

from .blocks import HostBlock
from .run_state import KEY, Call


@contextmanager
def temporal_hooks(blocks: Mapping[str, HostBlock]) -> Iterator[None]:
    """The hooks on all ``blocks`` while the context lasts."""
    handles = [
        block.module.register_forward_hook(partial(_after_block, name), with_kwargs=True)
        for name, block in blocks.items()
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _after_block(name: str, transformer: nn.Module, args: tuple, kwargs: dict, output: Tensor) -> Tensor:
    """The block's output ``[B*T, C, h, w]`` through ``MotionModule.after_block``, blended by the motion's strength."""
    options = kwargs.get("transformer_options") or (args[2] if len(args) > 2 else {})
    call = options.get(KEY)
    if not isinstance(call, Call):
        return output
    after = call.motion.after_block(name, output, call.guide).to(output)
    return after if call.strength == 1 else lerp(output, after, call.strength)
