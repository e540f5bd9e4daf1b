"""Classifier-free guidance as one batch ``[unconditional | conditional]``, with the mask as a condition of its own."""

from __future__ import annotations

import torch
from torch import Tensor


def split_branches(prediction: Tensor) -> tuple[Tensor, Tensor]:
    """``[2B, ...]`` into the unconditional and the conditional half, as views."""
    uncond, cond = prediction.chunk(2)
    return uncond, cond


def combine_guidance(uncond: Tensor, cond: Tensor, cfg: float) -> Tensor:
    """``ε_uncond + cfg·(ε_cond − ε_uncond)`` (classifier-free guidance, eq. 6 with w = cfg − 1).

    ``cfg`` 1 is the conditional prediction, 0 the unconditional one.
    """
    return torch.lerp(uncond, cond, cfg)


def mask_gate(batch: int, strength: float, mask_guidance: bool, like: Tensor) -> Tensor:
    """``[2*batch]``: how strongly the mask acts on each entry of ``[unconditional | conditional]``.

    With ``mask_guidance`` the mask is dropped from the unconditional branch, so that cfg amplifies the mask as well
    as the text (this pack's own, in none of its papers); the model must have seen dropped masks in training. Without
    it, as in MaskVideo, the mask acts alike on both branches. ``strength`` 0 switches the mask off, 1 is the trained
    strength. The gate takes dtype and device of ``like``.
    """
    uncond = 0.0 if mask_guidance else strength
    return like.new_tensor([uncond] * batch + [strength] * batch)
