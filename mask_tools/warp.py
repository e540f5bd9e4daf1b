"""Masks through affine transforms: each pixel is read once, however many transforms were composed.

A matrix [3, 3] takes (x, y, 1) in pixels of the old picture to pixels of the new one, x to the right, y down, (0, 0)
the picture's top left corner, so that the centre of the first pixel is (0.5, 0.5). A new pixel is foreground where the
old mask, interpolated at the place that its centre comes from, covers more than half. Shrinking averages over the area
first, as `fit_masks` does, so that no thin part depends on where the grid falls.

OpenCV does it on the CPU, on the object's own rectangle alone; a batched grid sample does it on any other device. Both
agree but for pixels cut at exactly half.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

ON, HALF = 254, 127
"""OpenCV interpolates bytes: of two, the mean is the half itself, which is not more than half."""
MARGIN_PX = 2
"""Around a rectangle, for what interpolation reaches."""


def warp_masks(masks: np.ndarray, matrices: np.ndarray, device: str | torch.device = "cpu") -> np.ndarray:
    """Each mask through its own matrix.

    masks: uint8 [M, H, W] of 0 and 1. matrices: float [M, 3, 3], invertible. device: where to compute.
    Returns uint8 [M, H, W] of 0 and 1; what leaves the picture is cut off, what comes in is background.
    """
    if torch.device(device).type == "cpu":
        return np.stack([warp_mask(mask, matrix) for mask, matrix in zip(masks, matrices, strict=True)])
    return warp_tensor(torch.from_numpy(masks).to(device), torch.from_numpy(matrices)).cpu().numpy()


def warp_mask(mask: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """One mask on the CPU: uint8 [H, W] of 0 and 1 and [3, 3] -> uint8 [H, W]."""
    warped = np.zeros_like(mask)
    left, top, width, height = cv2.boundingRect(mask)
    target = _target(matrix, left, top, width, height, mask.shape)
    if not width or target is None:
        return warped
    source = cv2.copyMakeBorder(
        mask[top : top + height, left : left + width] * ON, *[MARGIN_PX] * 4, cv2.BORDER_CONSTANT, value=0
    )
    matrix = matrix @ _shift(left - MARGIN_PX, top - MARGIN_PX)
    shrink = _shrink(matrix)
    if shrink > 1:
        source = _area_averaged(source, shrink)
        matrix = matrix @ np.diag([shrink, shrink, 1.0])
    x0, y0, x1, y1 = target
    by_centres = _shift(-0.5 - x0, -0.5 - y0) @ matrix @ _shift(0.5, 0.5)  # OpenCV counts from pixels' centres
    part = cv2.warpAffine(source, by_centres[:2], (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR)
    warped[y0:y1, x0:x1] = part > HALF
    return warped


def warp_tensor(masks: Tensor, matrices: Tensor) -> Tensor:
    """A batch on the masks' own device: uint8 [M, H, W] of 0 and 1 and float [M, 3, 3] -> uint8 [M, H, W]."""
    warped = torch.empty_like(masks)
    shrinks = torch.tensor([_shrink(matrix.numpy()) for matrix in matrices.cpu().double()])
    for shrink in shrinks.unique().tolist():
        group = (shrinks == shrink).nonzero().flatten()
        source, to_source = masks[group.to(masks.device)][:, None].float(), matrices[group].double()
        if shrink > 1:
            height, width = source.shape[-2:]
            source = functional.avg_pool2d(functional.pad(source, (0, -width % shrink, 0, -height % shrink)), shrink)
            to_source = to_source @ torch.diag(torch.tensor([shrink, shrink, 1.0], dtype=torch.float64))
        grid = _sampling_grid(torch.linalg.inv(to_source), source.shape[-2:], masks.shape[-2:], masks.device)
        sampled = functional.grid_sample(source, grid, padding_mode="zeros", align_corners=False)
        warped[group.to(masks.device)] = (sampled[:, 0] > 0.5).to(torch.uint8)
    return warped


def _sampling_grid(to_source: Tensor, source_size, size, device) -> Tensor:
    """Where each new pixel reads: float32 [M, H, W, 2] in -1..1 of the source's edges."""
    height, width = size
    to_unit = torch.tensor([[2 / source_size[1], 0, -1], [0, 2 / source_size[0], -1], [0, 0, 1]], dtype=torch.float64)
    matrix = (to_unit @ to_source).float().to(device)
    x = torch.arange(width, device=device).float() + 0.5
    y = torch.arange(height, device=device).float() + 0.5
    along_x = matrix[:, None, None, :2, 0] * x[None, None, :, None]
    along_y = matrix[:, None, None, :2, 1] * y[None, :, None, None]
    return along_x + along_y + matrix[:, None, None, :2, 2]


def _shrink(matrix: np.ndarray) -> int:
    """By how much the source is averaged before it is read: what the matrix shrinks by, as a whole number."""
    return max(1, int(1 / np.sqrt(max(abs(np.linalg.det(matrix[:2, :2])), 1e-6)) + 1e-9))


def _area_averaged(source: np.ndarray, shrink: int) -> np.ndarray:
    height, width = source.shape
    padded = cv2.copyMakeBorder(source, 0, -height % shrink, 0, -width % shrink, cv2.BORDER_CONSTANT, value=0)
    size = padded.shape[1] // shrink, padded.shape[0] // shrink
    return cv2.resize(padded, size, interpolation=cv2.INTER_AREA)


def _target(matrix, left, top, width, height, size) -> tuple[int, int, int, int] | None:
    """The rectangle of the new picture that the old rectangle can reach, or None."""
    corners = np.array([(x, y, 1.0) for x in (left, left + width) for y in (top, top + height)]) @ matrix[:2].T
    limits = size[1], size[0]
    x0, y0 = np.clip(np.floor(corners.min(axis=0)) - MARGIN_PX, 0, limits).astype(int)
    x1, y1 = np.clip(np.ceil(corners.max(axis=0)) + MARGIN_PX, 0, limits).astype(int)
    return (int(x0), int(y0), int(x1), int(y1)) if x1 > x0 and y1 > y0 else None


def _shift(x: float, y: float) -> np.ndarray:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], float)
