"""Trained changes of a frozen projection, kept apart from it: low-rank (LoRA, Hu et al. 2021) or of full rank.

A delta answers what is added to the frozen projection's output, and its weight where adding that is cheaper. It may
change the projection's bias too. All start at zero, so the base model is unchanged until something is learned.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class LowRankDelta(nn.Module):
    """``ΔW = alpha / rank · up · down``, and with ``bias`` a Δb."""

    def __init__(self, in_features: int, out_features: int, rank: int, alpha: float, bias: bool = False):
        super().__init__()
        self.scale = alpha / rank
        self.down = nn.Linear(in_features, rank, bias=False)
        self.up = _zero_linear(rank, out_features, bias)

    def forward(self, x: Tensor) -> Tensor:
        """``x`` ``[..., in]`` to ``ΔW x + Δb`` ``[..., out]``."""
        return self.up(self.down(x) * self.scale)

    def merged_weight(self) -> Tensor:
        """ΔW ``[out, in]``."""
        return self.up.weight @ (self.down.weight * self.scale)

    @property
    def bias(self) -> Tensor | None:
        """Δb ``[out]``; None where the bias stays."""
        return self.up.bias


class FullDelta(nn.Module):
    """ΔW itself, for full fine-tuning, and with ``bias`` a Δb."""

    def __init__(self, in_features: int, out_features: int, bias: bool = False):
        super().__init__()
        self.delta = _zero_linear(in_features, out_features, bias)

    def forward(self, x: Tensor) -> Tensor:
        """``x`` ``[..., in]`` to ``ΔW x + Δb`` ``[..., out]``."""
        return self.delta(x)

    def merged_weight(self) -> Tensor:
        """ΔW ``[out, in]``."""
        return self.delta.weight

    @property
    def bias(self) -> Tensor | None:
        """Δb ``[out]``; None where the bias stays."""
        return self.delta.bias


Delta = LowRankDelta | FullDelta


def project_with_delta(base: nn.Module, delta: Delta, x: Tensor) -> Tensor:
    """``base(x) + ΔW x + Δb`` for ``x`` ``[..., in]``, in the cheaper of the two ways.

    With many tokens, ``W + ΔW`` once and one projection cost less than a second pass over all tokens. A base that is
    more than a plain ``nn.Linear`` on the same device and in the same dtype (offloaded, quantised, patched, hooked) is
    only called, never read.
    """
    if _merges(base, delta, x):
        return nn.functional.linear(x, base.weight + delta.merged_weight(), _summed(base.bias, delta.bias))
    return base(x) + delta(x)


def _summed(bias: Tensor | None, change: Tensor | None) -> Tensor | None:
    if bias is None or change is None:
        return change if bias is None else bias
    return bias + change


def _zero_linear(in_features: int, out_features: int, bias: bool) -> nn.Linear:
    layer = nn.Linear(in_features, out_features, bias)
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer


def _merges(base: nn.Module, delta: Delta, x: Tensor) -> bool:
    if type(base) is not nn.Linear or base._forward_hooks or base._forward_pre_hooks or "forward" in vars(base):
        return False
    # Half a step of bfloat16 is 0.4 % of a weight: smaller deltas would vanish in the sum.
    if x.dtype == torch.bfloat16:
        return False
    weights = (base.weight, next(delta.parameters()))
    if any((weight.device, weight.dtype) != (x.device, x.dtype) for weight in weights):
        return False
    if isinstance(delta, FullDelta):
        return True
    # A low-rank delta in training: the gradient of W + ΔW would be of full rank, over all tokens.
    if torch.is_grad_enabled() and delta.up.weight.requires_grad:
        return False
    tokens = x.numel() // x.shape[-1]
    return tokens * (base.in_features + base.out_features) > base.in_features * base.out_features
