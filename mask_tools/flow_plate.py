"""The background plate: what the scene looks like without its objects, kept in line with the camera.

Difference keying for a moving camera. Where the plate is known, a pixel that differs from it is likely an object, one
that fits it is likely background. How likely is learnt for each object from its own masks, so a plate that fits badly
(parallax, smoke) and an object that looks like its background both end up saying little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from .flow_histogram import log_ratio
from .flow_settings import FlowSettings

if TYPE_CHECKING:
    from .flow_step import Step, View

WEIGHTS = (0.5, 2.0, 2.0)  # of lightness, a and b: shadows change lightness first
NOISE = 1.5  # of a still picture, added to the measured misfit
LEVELS = 16
LIMIT = 2.5
ENOUGH = 100.0 / (288 * 512)  # of the frame: object pixels seen against a known plate before the evidence counts fully
MEMORY = 0.9


class Plate:
    """The scene without objects: colour (CIELAB) and where it is known.

    objects: [H, W], 0..1, the share of any object on the first frame.
    """

    def __init__(self, view: View, objects: np.ndarray, settings: FlowSettings) -> None:
        self._settings = settings
        self._colour = view.lab.astype(np.float32)
        self.known = _clear(objects)

    def compare(self, step: Step, objects: np.ndarray) -> np.ndarray:
        """Move the plate along with the camera; misfit level of each pixel, int [H, W], 0 = fits .. LEVELS - 1.

        objects: [H, W], 0..1, where objects are expected on this frame. The misfit is measured against what the
        background shows nearby, so it is in units of the plate's own error.
        """
        size = step.current.size[::-1]
        self._colour = cv2.warpPerspective(self._colour, step.camera, size, borderMode=cv2.BORDER_REPLICATE)
        self.known = cv2.warpPerspective(self.known.astype(np.float32), step.camera, size) > 0.9
        misfit = _misfit(step.current.lab, self._colour)
        background = (self.known & (cv2.dilate(objects, np.ones((7, 7))) < 0.2)).astype(np.float32)
        reach = self._settings.plate_noise_reach * min(size)
        total, weight = (_soften(part, reach) for part in (np.minimum(misfit, 40) * background, background))
        usual = (total + 0.06) / (weight + 0.02)  # 3 where no background is near
        sample = misfit[::4, ::4][background[::4, ::4] > 0]
        if sample.size:
            usual = np.minimum(usual, self._settings.plate_noise_most * (1 + float(np.median(sample))))
        return np.clip(4 * np.log2(1 + misfit / (usual + NOISE)), 0, LEVELS - 1).astype(np.int32)

    def hide(self, objects: np.ndarray) -> None:
        """Forget what an object covers that nobody knew of until now. objects: [H, W], 0..1."""
        self.known &= _clear(objects)

    def learn(self, view: View, objects: np.ndarray, alike: np.ndarray) -> None:
        """Take in what this frame shows of the background.

        objects: [H, W], 0..1. alike: bool, what looks like an object: if one was lost there, it is not taken in.
        """
        clear = _clear(objects) & ~(self.known & (cv2.dilate(alike.astype(np.uint8), np.ones((5, 5))) > 0))
        rate = np.where(clear, np.where(self.known, self._settings.plate_rate, 1.0), 0.0).astype(np.float32)[..., None]
        self._colour = self._colour * (1 - rate) + rate * view.lab
        self.known |= clear


class PlateEvidence:
    """What a misfit with the plate says about one object: two histograms of misfit, in the object and around it."""

    def __init__(self) -> None:
        self._seen = [np.full(LEVELS, 0.1), np.full(LEVELS, 0.1)]

    def evidence(self, level: np.ndarray, known: np.ndarray) -> np.ndarray:
        """Log likelihood ratio [H, W]: 0 where the plate is not known, and little until both sides have been seen."""
        inside, around = (_smooth(counts) / counts.sum() for counts in self._seen)
        trust = min(1.0, self._seen[0].sum() / (ENOUGH * level.size))
        return log_ratio(inside, around, floor=0.003, limit=LIMIT)[level] * known * trust

    def learn(self, level: np.ndarray, known: np.ndarray, mask: np.ndarray, reach_px: int) -> None:
        """mask: [H, W], 0..1, as found on this frame. Only the object's neighbourhood of `reach_px` counts."""
        square = np.ones((2 * reach_px + 1, 2 * reach_px + 1), np.uint8)
        near = known & (cv2.dilate((mask > 0.5).astype(np.uint8), square) > 0)
        self._seen = [
            MEMORY * old + (1 - MEMORY) * np.bincount(level[near & side], minlength=LEVELS)
            for old, side in zip(self._seen, (mask > 0.8, mask < 0.2), strict=True)
        ]


def _misfit(lab: np.ndarray, plate: np.ndarray) -> np.ndarray:
    """Colour distance [H, W] to the best of the plate's 3 x 3 pixels around: a pixel's misalignment costs nothing."""
    image = _soften(lab.astype(np.float32), 0.6)
    height, width = lab.shape[:2]
    padded = cv2.copyMakeBorder(plate, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    shifted = (padded[y : y + height, x : x + width] for y in range(3) for x in range(3))
    weights = np.float32([WEIGHTS])
    best = np.full((height, width), np.inf, np.float32)
    for other in shifted:
        np.minimum(best, cv2.transform(np.square(image - other), weights), out=best)
    return np.sqrt(cv2.boxFilter(best, -1, (3, 3)))


def _clear(objects: np.ndarray) -> np.ndarray:
    return cv2.dilate(objects, np.ones((5, 5))) < 0.2


def _soften(image: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(image, (0, 0), sigma)


def _smooth(counts: np.ndarray) -> np.ndarray:
    return np.convolve(np.pad(counts, 1, mode="edge"), [0.25, 0.5, 0.25], "valid")
