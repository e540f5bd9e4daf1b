"""Which base a run trains on: a hash over samples of all weights of the frozen U-Net, LoRAs merged into it included."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor, nn

SAMPLES = 64
"""Values of each weight: a LoRA changes whole matrices, and a checkpoint all of them."""


@torch.no_grad()
def base_fingerprint(unet: nn.Module) -> str:
    """A SHA-256 that changes with the weights of ``unet`` and with nothing else.

    Sampled values are copied and rounded to bfloat16, never summed, so that every device gives the same, and a base in
    float16 or bfloat16 the same as its float32 original where that one rounds to it. Names, order and shapes of the
    weights do not count: the two adapters call and shape the same weight differently.
    """
    samples = [_sampled(weight) for weight in unet.parameters()]
    values = torch.cat(samples).cpu().view(torch.uint8)  # one transfer
    parts = values.split([2 * len(sample) for sample in samples])
    return hashlib.sha256(b"".join(sorted(part.numpy().tobytes() for part in parts))).hexdigest()


def _sampled(weight: Tensor) -> Tensor:
    """bfloat16 ``[n]``, n at most ``SAMPLES``: values evenly spaced over ``weight``, however it lies in memory."""
    count = min(SAMPLES, weight.numel())
    places = torch.arange(count, device=weight.device) * (weight.numel() // count)
    return weight.detach()[torch.unravel_index(places, weight.shape)].reshape(-1).to(torch.bfloat16)
