"""An object out of sight is looked for by its looks, over the whole frame."""

from __future__ import annotations

import cv2
import numpy as np

from .flow_settings import FlowSettings

JOIN, SMOOTH, AWAY = 0.15, 0.06, 1.5
"""Parts so far apart belong together, likeness is averaged over so much, and what is nearer to the object than the
third may be a part of it and is no look-alike; of the object's side, the root of its area."""
MEMORY, LARGEST = 0.97, 3.0
BACKGROUND = np.float32(-4)


class Search:
    """What an object amounts to while it is in sight, how much else looked like it, and the search when it is not.

    searching: whether the object was out of sight, or nearly, on the last frame.
    Both are masses: sums of log likelihood ratios, so that a large pale candidate and a small sure one compare.
    """

    def __init__(self, area_px: float, settings: FlowSettings) -> None:
        self._settings = settings
        self._mass, self._area, self._lookalike = 0.0, area_px, 0.0
        self.searching = False

    def find(self, likeness: np.ndarray, known: np.ndarray, mask: np.ndarray, others: np.ndarray) -> np.ndarray | None:
        """Where the object is besides its mask, bool [H, W]; None while it is well in sight or nothing resembles it.

        likeness: [H, W], as `likeness` gives it. known: bool, where the plate is; elsewhere looks prove nothing, since
        there the scene is new. mask, others: bool, what this object and what others have.
        """
        here = np.where(known, likeness, np.minimum(likeness, 0))
        mass = float(likeness[mask].sum())
        self.searching = mass <= self._settings.hidden_share * self._mass
        if not self.searching:
            return self._remember(here, mask, others, mass)
        found, candidate = best_candidate(np.where(others, BACKGROUND, here), self._area)
        least = max(
            self._settings.refound_share * self._mass,
            self._settings.over_lookalikes * self._lookalike,
            2 * mass,
        )
        return found if candidate > least and np.count_nonzero(found) < LARGEST * self._area else None

    def _remember(self, likeness: np.ndarray, mask: np.ndarray, others: np.ndarray, mass: float) -> None:
        self._mass = _rising(self._mass, mass)
        self._area = _rising(self._area, float(np.count_nonzero(mask)))
        reach = 2 * max(1, round(AWAY * float(np.sqrt(self._area)))) + 1
        taken = cv2.dilate(mask.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
        half = cv2.resize(np.where(taken | others, BACKGROUND, likeness), None, fx=0.5, fy=0.5)
        _, elsewhere = best_candidate(half, self._area / 4)
        self._lookalike = max(4 * elsewhere, 0.9 * self._lookalike)


def best_candidate(likeness: np.ndarray, area_px: float) -> tuple[np.ndarray, float]:
    """The part of a frame that looks most like the object, bool [H, W], and its mass; all False and 0 if none does.

    likeness: log likelihood ratio, float32 [H, W]. area_px: the object's.
    """
    side = float(np.sqrt(max(area_px, 1.0)))
    smooth = cv2.GaussianBlur(likeness, (0, 0), max(0.7, SMOOTH * side))
    alike = smooth > 0
    gap = 2 * max(1, round(JOIN * side / 2)) + 1
    joined = cv2.morphologyEx(alike.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((gap, gap), np.uint8))
    pieces, labels = cv2.connectedComponents(joined)
    masses = np.bincount(labels.ravel(), np.maximum(smooth, 0).ravel(), pieces)
    masses[0] = 0.0
    best = int(np.argmax(masses))
    return alike & (labels == best) & (best > 0), float(masses[best])


def _rising(old: float, new: float) -> float:
    """Up at once, down slowly: an object that something hides bit by bit is no smaller."""
    return max(new, MEMORY * old + (1 - MEMORY) * new)
