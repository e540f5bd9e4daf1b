"""One object on its way through the clip: where it is expected, what speaks for it, what is kept of it."""

from __future__ import annotations

import cv2
import numpy as np

from .flow_colour import ColourModel
from .flow_motion import carry, object_motion
from .flow_motion_cue import motion_evidence
from .flow_outline import drop_strays, guided_filter
from .flow_plate import Plate, PlateEvidence
from .flow_presence import likeness
from .flow_search import Search
from .flow_settings import FlowSettings
from .flow_step import Step, View


class FlowObject:
    """What is known of one object at the last frame.

    mask: float32 [H, W], 0..1, the probability that a pixel is the object; all 0 while the object is out of sight.
    likeness: float32 [H, W], log likelihood ratio of each pixel's look, whatever was expected there.
    """

    def __init__(self, view: View, mask: np.ndarray, settings: FlowSettings) -> None:
        self._settings = settings
        self.mask, self._shape, self._belief = mask, mask, 1.0
        self._colours, self._against_plate = ColourModel(view, mask, settings), PlateEvidence()
        self._search = Search(float(mask.sum()), settings)
        self.likeness = self._expected = self._motion = self._levels = None

    def expect(self, step: Step) -> np.ndarray:
        """Where the object should be on this frame, float [H, W], 0..1.

        Its mask carried by the flow, pixel by pixel; and its remembered shape moved as a whole, which still knows
        the parts that something hides. Blurred by how far either may be wrong.
        """
        moved = object_motion(step.flow.forward, self.mask, step.camera)
        self._shape = cv2.warpAffine(self._shape, moved, self.mask.shape[::-1])
        carried = carry(self.mask, step.flow.backward)
        doubt = self._settings.prior_blur * np.sqrt(carried.sum())
        expected = np.maximum(carried, self._settings.shape_share * self._belief * self._shape)
        self._expected = cv2.GaussianBlur(expected, (0, 0), max(0.7, float(doubt)))
        return self._expected

    def log_odds(self, step: Step, plate: Plate, levels: np.ndarray) -> np.ndarray:
        """Log odds [H, W] of this object against the rest: Bayes' rule, the cues taken as independent.

        levels: the misfit with the background plate, of `Plate.compare`.
        """
        self._levels = levels
        self._motion = self._settings.motion_weight * motion_evidence(step, self.mask, self._settings)
        self.likeness = likeness(self._colours.whole(step.current), levels, plate, step)
        return (
            self._prior(step)
            + self._colours.evidence(step, self.mask)
            + self._motion
            + self._settings.plate_weight * self._against_plate.evidence(levels, plate.known)
        )

    def accept(self, step: Step, probability: np.ndarray, plate: Plate) -> None:
        """Draw the outline, drop what cannot be the object, and learn from the result.

        probability: float [H, W], after all objects have competed.
        """
        mask = self._draw(step.current, probability)
        reach = max(1, round(self._settings.reach * min(probability.shape)))
        square = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
        mask = mask * cv2.dilate((self._expected > 0.3).astype(np.uint8), square)
        mask = drop_strays(mask, self._expected, self._shape)
        self._judge(mask)
        self.mask = mask if self._belief == 1 else np.zeros_like(mask)
        self._remember_shape()
        self._colours.learn(step.current, self.mask)
        self._against_plate.learn(self._levels, plate.known, self.mask, reach)

    def look_around(self, view: View, plate: Plate, others: np.ndarray) -> None:
        """Look for the object over the whole frame where little or nothing of it was found near its place.

        others: bool [H, W], what other objects have.
        """
        seen = self.mask > 0.5
        found = self._search.find(self.likeness, plate.known, seen, others)
        if found is None:
            return
        odds = np.where(found | seen, 1 + np.maximum(self.likeness, 0), -4)
        self.mask = self._shape = self._draw(view, 1 / (1 + np.exp(-odds)))
        self._belief = 1.0

    @property
    def missing(self) -> np.ndarray:
        """Where the object may be while it is looked for: bool [H, W], what looks like it."""
        return (self.likeness > 0) & self._search.searching

    def _draw(self, view: View, probability: np.ndarray) -> np.ndarray:
        radius = max(1, round(self._settings.outline_reach * min(probability.shape)))
        return guided_filter(view.rgb, probability.astype(np.float32), radius, self._settings.outline_smoothness)

    def _judge(self, mask: np.ndarray) -> None:
        """Believe in the object where its looks and its motion speak for it; forget it slowly otherwise.

        What is found only because it was expected there is a memory, not an observation: averaged over it, this frame
        speaks for the background.
        """
        found = mask > 0.5
        seen = found.any() and float((self.likeness + self._motion)[found].mean()) > 0
        self._belief = 1.0 if seen else self._belief * self._settings.belief_kept

    def _remember_shape(self) -> None:
        """Let the remembered shape follow the mask; not while half of it or more is out of sight."""
        seen = min(1.0, float(self.mask.sum()) / max(float(self._shape.sum()), 1.0))
        rate = self._settings.shape_rate * max(0.0, 2 * seen - 1)
        self._shape = (1 - rate) * self._shape + rate * self.mask

    def _prior(self, step: Step) -> np.ndarray:
        floor = self._settings.prior_floor
        expected, agreement = np.clip(self._expected, floor, 1 - floor), step.flow.agreement
        # A fast object disagrees with itself everywhere: only what disagrees more than the object does is uncovered.
        usual = (agreement * self._expected).sum() / max(float(self._expected.sum()), 1.0)
        trust = self._settings.prior_weight * (0.5 + 0.5 * agreement)
        uncovered = np.clip(usual - agreement, 0, 1)
        return trust * np.log(expected / (1 - expected)) - self._settings.uncovered_weight * uncovered
