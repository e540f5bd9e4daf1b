"""The one place where frames change layout: uint8, channels last in files; float, channels first in the model."""

import numpy as np
import torch


def to_tensor(frames):
    """uint8 frames [T, H, W, 3] (array or iterable of [H, W, 3]) -> float tensor [1, 3, T, H, W], 0..1."""
    stacked = torch.from_numpy(np.stack(list(frames)))
    return stacked.permute(3, 0, 1, 2).unsqueeze(0).float().div_(255)


def to_uint8(frames):
    """Float tensor [1, 3, T, H, W], 0..1 (clamped) -> uint8 array [T, H, W, 3]."""
    scaled = frames[0].detach().float().clamp(0, 1).mul(255).round().to(torch.uint8)
    return np.ascontiguousarray(scaled.permute(1, 2, 3, 0).cpu().numpy())


def masks_to_uint8(masks):
    """Mask tensor [1, 1, T, H, W] -> uint8 array [T, H, W] of 0 and 255, cut at 0.5."""
    return (masks[0, 0].detach().cpu().numpy() > 0.5).astype(np.uint8) * 255
