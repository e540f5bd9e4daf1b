"""Outlines: grow, shrink, feather, fill holes, drop specks. Distances are Euclidean, so corners grow round."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import ceil

import cv2
import numpy as np
import torch
from torch import Tensor

from ..core.errors import MaskVideoError
from .distance_field import signed_distance
from .sequence import PerMask, TrackSequence, chosen
from .tracks import binary_masks


@dataclass(frozen=True)
class Grow:
    """Every pixel within `px` pixels of the object becomes part of it. objects: names, none = all."""

    px: float
    objects: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_px("grow", self.px)

    def applied(self, sequence: TrackSequence) -> TrackSequence:
        return PerMask(sequence, partial(grow_mask, px=self.px), chosen(sequence, self.objects))


@dataclass(frozen=True)
class Shrink:
    """Every pixel within `px` pixels of the background becomes background; the picture's border is no background."""

    px: float
    objects: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_px("shrink", self.px)

    def applied(self, sequence: TrackSequence) -> TrackSequence:
        return PerMask(sequence, partial(shrink_mask, px=self.px), chosen(sequence, self.objects))


@dataclass(frozen=True)
class FillHoles:
    """Background that an object encloses becomes part of it. largest_px: holes of more pixels stay, 0 fills all."""

    largest_px: int = 0
    objects: tuple[str, ...] = ()

    def applied(self, sequence: TrackSequence) -> TrackSequence:
        return PerMask(sequence, partial(fill_holes, largest_px=self.largest_px), chosen(sequence, self.objects))


@dataclass(frozen=True)
class DropSpecks:
    """Pieces of an object of fewer than `smallest_px` pixels go; its largest piece stays in any case."""

    smallest_px: int
    objects: tuple[str, ...] = ()

    def applied(self, sequence: TrackSequence) -> TrackSequence:
        return PerMask(sequence, partial(drop_specks, smallest_px=self.smallest_px), chosen(sequence, self.objects))


def grow_mask(mask: np.ndarray, px: float) -> np.ndarray:
    """uint8 [H, W] of 0 and 1 -> the same, grown by `px` pixels."""
    part = _around(mask, ceil(px) + 1)
    grown = mask.copy()
    if part is not None and px > 0:
        grown[part] = cv2.distanceTransform(1 - mask[part], cv2.DIST_L2, cv2.DIST_MASK_PRECISE) <= px
    return grown


def shrink_mask(mask: np.ndarray, px: float) -> np.ndarray:
    """uint8 [H, W] of 0 and 1 -> the same, shrunk by `px` pixels."""
    part = _around(mask, 1)
    shrunk = mask.copy()
    if part is not None and px > 0 and not mask.all():
        shrunk[part] = cv2.distanceTransform(mask[part], cv2.DIST_L2, cv2.DIST_MASK_PRECISE) > px
    return shrunk


def fill_holes(mask: np.ndarray, largest_px: int = 0) -> np.ndarray:
    """uint8 [H, W] of 0 and 1 -> the same without holes. What reaches the edge of the object's rectangle is open."""
    part = _around(mask, 0)
    filled = mask.copy()
    if part is None:
        return filled
    _, labels, stats, _ = cv2.connectedComponentsWithStats(1 - mask[part], connectivity=4)
    height, width = labels.shape
    left, top, wide, high, area = stats.T
    closed = (left > 0) & (top > 0) & (left + wide < width) & (top + high < height)
    closed &= area <= (largest_px or mask.size)
    closed[0] = False  # the object itself
    filled[part] |= closed.astype(np.uint8)[labels]
    return filled


def drop_specks(mask: np.ndarray, smallest_px: int) -> np.ndarray:
    """uint8 [H, W] of 0 and 1 -> the same without its small pieces."""
    part = _around(mask, 0)
    kept = mask.copy()
    if part is None:
        return kept
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask[part], connectivity=8)
    areas = stats[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0  # the background
    stays = areas >= min(smallest_px, areas.max())
    stays[0] = False
    kept[part] = stays[labels]
    return kept


def feather_masks(masks: Tensor | np.ndarray, px: float) -> Tensor:
    """Soft outlines: from 0 to 1 over `px` pixels, half of them inside the outline and half outside.

    masks: [1, 1, T, H, W] or [T, H, W]. Returns float [1, 1, T, H, W], 0..1; 0 pixels leave 0 and 1.
    """
    check_px("feather", px)
    binary = binary_masks(masks)
    soft = np.stack([_feathered(mask, px) for mask in binary])
    return torch.from_numpy(soft)[None, None]


def check_px(name: str, px: float) -> None:
    if not 0 <= px <= 1e5:
        raise MaskVideoError(f"{name} is {px:g} pixels: give {min(max(px, 0), 1e5):g}, it must be 0 or more")


def _feathered(mask: np.ndarray, px: float) -> np.ndarray:
    part = _around(mask, ceil(px) + 1)
    soft = mask.astype(np.float32)
    if part is not None and px > 0 and not mask.all():
        soft[part] = np.clip(0.5 + signed_distance(np.ascontiguousarray(mask[part])) / px, 0, 1)
    return soft


def _around(mask: np.ndarray, margin_px: int) -> tuple[slice, slice] | None:
    """The object's rectangle with a margin, within the picture; None where the mask is empty."""
    left, top, width, height = cv2.boundingRect(mask)
    if not width:
        return None
    rows = slice(max(top - margin_px, 0), top + height + margin_px)
    return rows, slice(max(left - margin_px, 0), left + width + margin_px)
