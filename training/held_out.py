"""What a training run shows of itself: masks that no clip has, a first frame that fits them, a prompt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..core.errors import MaskVideoError
from ..mask_tools.prepare import prepare_masks
from .buckets import fitting_size
from .clips import check_shape, cut_middle, fit_frame
from .config import TrainConfig


@dataclass(frozen=True)
class HeldOut:
    """``masks`` float ``[1, 1, T, H, W]`` of 0 and 1, ``first_frame`` ``[1, 3, 1, H, W]`` in 0..1: one window."""

    prompt: str
    masks: Tensor
    first_frame: Tensor


FirstFrame = np.ndarray | Callable[[Tensor], Tensor]
"""uint8 RGB ``[H, W, 3]``; or what draws ``[1, 3, H, W]`` in 0..1 for mask 0 ``[1, 1, H, W]``, fitted already."""


def make_held_out(prompt: str, masks: Tensor, first: FirstFrame, config: TrainConfig) -> HeldOut:
    """One window of ``masks`` ``[1, 1, T, H, W]`` and their first frame, fitted as clips are.

    A single mask is held; of more masks than a window the first are taken. Raises ``MaskVideoError`` for too few
    masks, an empty first mask, a frame of another shape than the masks, and an empty prompt.
    """
    if not prompt.strip():
        raise MaskVideoError('sample_prompt is empty: say what moves in the sample, such as "a red star on blue"')
    if isinstance(first, np.ndarray):
        check_shape("the sample", {first.shape[:2]}, masks)
    width, height = fitting_size(tuple(masks.shape[-2:]), config.width, config.height, config.aspect_buckets)
    fitted, _ = prepare_masks(cut_middle(masks, width, height), config.frames, (height, width))
    fitted = fitted[:, :, : config.frames]
    if isinstance(first, np.ndarray):
        frame = fit_frame(first, width, height)[None].to(torch.float32) / 255
    else:
        frame = first(fitted[:, :, 0])
    return HeldOut(prompt, fitted, frame[:, :, None])
