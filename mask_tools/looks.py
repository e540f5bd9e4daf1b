"""What a video shows inside an object's masks: a mask on bare background, and an object still there without a mask.

An object stands out from what lies around it, in some frames at least. A mask whose inside looks like its surroundings
and not like the object lies on bare background; where masks are empty, the object's last place is looked at instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from .flow_histogram import shares, spread

WORKING_SIDE_PX = 288
LEVELS, SHADES = 8, 10  # bins of lightness, and of each chroma axis from -40 to 40
RING = 0.35
"""How far around a mask its surroundings reach, as a fraction of its side (the root of its area)."""
STANDS_OUT, CLEAR, FAINT = 0.25, 0.7, 0.5
"""Least contrast, 0..1, of an object that can be judged; shares of it that count as clear, and as none."""


@dataclass(frozen=True)
class _Look:
    """Shares of colours inside a mask (its last place where it is empty) and around it."""

    inside: np.ndarray
    around: np.ndarray
    held: bool

    @property
    def contrast(self) -> float:
        return 1 - _alike(self.inside, self.around)


class Looks:
    """One object's looks, frame by frame."""

    def __init__(self) -> None:
        self._looks: list[_Look | None] = []
        self._place: np.ndarray | None = None

    def see(self, frame: np.ndarray, mask: np.ndarray) -> None:
        """frame: uint8 RGB [H, W, 3]; mask: uint8 of 0 and 1, of any size."""
        scale = min(1.0, WORKING_SIDE_PX / min(frame.shape[:2]))
        size = tuple(max(8, round(side * scale)) for side in frame.shape[1::-1])
        small = cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST)
        held = bool(small.any())
        self._place = small if held else self._place
        if self._place is None:
            self._looks.append(None)
            return
        lab = cv2.cvtColor(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2LAB)
        self._looks.append(_Look(_colours(lab, self._place), _colours(lab, _ring(self._place)), held))

    def ghosts(self) -> Iterator[tuple[int, str]]:
        """(frame, reason) of masks on bare background."""
        for frame, look, contrast, own in self._judged():
            if look.held and contrast < FAINT and own < FAINT:
                yield frame, "lies on what looks like the background around it, not like the object"

    def missed(self) -> set[int]:
        """Empty frames in which the object still shows where it was last."""
        return {f for f, look, contrast, own in self._judged() if not look.held and contrast > CLEAR and own > CLEAR}

    def _judged(self) -> Iterator[tuple[int, _Look, float, float]]:
        """(frame, look, contrast, likeness to the object), both as shares of those of the object's clear frames."""
        held = [look for look in self._looks if look is not None and look.held]
        best = float(np.percentile([look.contrast for look in held], 90)) if held else 0.0
        if best < STANDS_OUT:
            return
        clear = [look.inside for look in held if look.contrast >= CLEAR * best]
        own = np.mean(clear, axis=0)
        usual = float(np.median([_alike(inside, own) for inside in clear]))
        for frame, look in enumerate(self._looks):
            if look is not None:
                yield frame, look, look.contrast / best, _alike(look.inside, own) / usual


def _colours(lab: np.ndarray, region: np.ndarray) -> np.ndarray:
    held = np.clip(lab, (0, 88, 88), (255, 167, 167)).astype(np.uint8)
    counts = cv2.calcHist([held], [0, 1, 2], region, [LEVELS, SHADES, SHADES], [0, 256, 88, 168, 88, 168])
    return shares(spread(counts))


def _ring(region: np.ndarray) -> np.ndarray:
    reach = max(2, round(RING * float(np.sqrt(np.count_nonzero(region)))))
    wide, near = (cv2.dilate(region, np.ones((2 * r + 1, 2 * r + 1), np.uint8)) for r in (reach, 2))
    return wide - near


def _alike(first: np.ndarray, second: np.ndarray) -> float:
    """Bhattacharyya coefficient, 0..1."""
    return float(np.sqrt(first * second).sum())
