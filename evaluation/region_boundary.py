"""J and F by the DAVIS benchmark (Perazzi et al., CVPR 2016): how well a mask's area and its outline fit.

The metrics of the literature on following an object, so that figures compare with published ones. `mask_iou.py`
judges generated videos, where the object must first be found again; here both masks are given.
"""

from dataclasses import dataclass
from math import ceil, hypot

import cv2
import numpy as np

from ..core.errors import MaskVideoError
from .mask_iou import iou

BOUNDARY_TOLERANCE = 0.008  # of the frame's diagonal (the benchmark's): 5 pixels at 512x288


@dataclass(frozen=True)
class RegionBoundary:
    """Mean J (region, IoU) and mean F (boundary) over frames, each 0..1, and the values of each frame."""

    j: float
    f: float
    j_frames: tuple[float, ...]
    f_frames: tuple[float, ...]


def score_masks(masks: np.ndarray, truth: np.ndarray) -> RegionBoundary:
    """Score a mask sequence against the truth, frame by frame.

    masks, truth: bool or 0/1 [T, H, W]. Leave out frames whose truth was given to the tracker.
    Raises MaskVideoError where the shapes differ or there are no frames.
    """
    if masks.shape != truth.shape or masks.ndim != 3 or not len(masks):
        raise MaskVideoError(
            f"masks {list(masks.shape)} are scored against masks of the same shape [T, H, W] with T at least 1, "
            f"not {list(truth.shape)}: fit one to the other"
        )
    j = tuple(iou(mask, true) for mask, true in zip(masks, truth, strict=True))
    f = tuple(boundary_f(mask, true) for mask, true in zip(masks, truth, strict=True))
    return RegionBoundary(float(np.mean(j)), float(np.mean(f)), j, f)


def boundary_f(mask: np.ndarray, truth: np.ndarray) -> float:
    """F: harmonic mean of the outlines' precision and recall, within a tolerance that grows with the frame.

    mask, truth: [H, W]. A point of one outline counts where the other outline passes within the tolerance. No outline
    (an empty or a full mask) on both sides is 1, on one side 0.
    """
    outlines = outline(mask), outline(truth)
    counts = [np.count_nonzero(line) for line in outlines]
    if not all(counts):
        return float(counts == [0, 0])
    disk = _disk(ceil(BOUNDARY_TOLERANCE * hypot(*truth.shape)))
    precision, recall = (
        np.count_nonzero(a & (cv2.dilate(b.astype(np.uint8), disk) > 0)) / count
        for a, b, count in zip(outlines, reversed(outlines), counts, strict=True)
    )
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def outline(mask: np.ndarray) -> np.ndarray:
    """Bool [H, W]: pixels that differ from the one to the right, below, or diagonally below (the benchmark's rule)."""
    mask = np.pad(mask.astype(bool), ((0, 1), (0, 1)), mode="edge")
    here = mask[:-1, :-1]
    return (here != mask[:-1, 1:]) | (here != mask[1:, :-1]) | (here != mask[1:, 1:])


def _disk(radius: int) -> np.ndarray:
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    return (x * x + y * y <= radius * radius).astype(np.uint8)
