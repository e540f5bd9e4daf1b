"""Motion as evidence: a pixel that moves like the object around it belongs to it, whatever its colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .flow_histogram import Cells, count, log_ratio, spread
from .flow_motion import pixel_grid
from .flow_settings import FlowSettings

if TYPE_CHECKING:
    from .flow_step import Step

SPEEDS = 25  # bins along x and along y
BIN_PX = 1.0  # at least, at 288 pixels of shorter side; wider in a frame with fast motion
FAST_BINS = 6  # 95 % of the pixels move by less than so many bins
GLOBAL_PRIOR = 1 / 184
"""How many pixels' worth the whole frame's motions weigh in a cell, as a share of the frame: 800 at 512x288. High, so
that a patch of background once taken for the object does not vouch for itself."""
UNSEEN = 0.02  # share of a motion that neither side has shown


def motion_evidence(step: Step, mask: np.ndarray, settings: FlowSettings) -> np.ndarray:
    """Log likelihood ratio [H, W] that this frame's pixels move as the object did, against as the rest did.

    mask: [H, W], 0..1, on the previous frame. Both sides' motions over the same interval (camera removed) are counted
    where they land, cell by cell. Zero where both move alike, and where the flow does not agree with itself.
    """
    size = step.current.size
    cells = Cells(size, settings.motion_cell * min(size))
    x, y = pixel_grid(size)
    before, now = step.own_motion
    width = _bin_width(before)
    at = cells.of(x + step.flow.forward[..., 0], y + step.flow.forward[..., 1]) * SPEEDS**2 + _speed(before, width)
    here, speed = cells.of(x, y), _speed(now, width)
    shape = (*cells.shape, SPEEDS, SPEEDS)
    likely = [_share(count(at, side, shape), here, speed) for side in (mask, 1 - mask)]
    return log_ratio(*likely, floor=1e-3) * step.flow.agreement


def _share(counts: np.ndarray, cells: np.ndarray, speed: np.ndarray) -> np.ndarray:
    counts = spread(counts)
    whole = counts.sum(axis=(0, 1)).ravel()
    whole = 0.9 * whole / max(float(whole.sum()), 1.0) + 0.1 * UNSEEN
    prior = GLOBAL_PRIOR * cells.size
    total = counts.sum(axis=(2, 3)).ravel()[cells]
    return (counts.ravel()[cells * SPEEDS**2 + speed] + prior * whole[speed]) / (total + prior)


def _bin_width(motion: np.ndarray) -> float:
    fast = np.percentile(np.linalg.norm(motion[::4, ::4], axis=-1), 95)
    return max(BIN_PX * min(motion.shape[:2]) / 288, float(fast) / FAST_BINS)


def _speed(motion: np.ndarray, width: float) -> np.ndarray:
    bins = np.clip(np.rint(motion / width) + SPEEDS // 2, 0, SPEEDS - 1).astype(np.int32)
    return bins[..., 1] * SPEEDS + bins[..., 0]
