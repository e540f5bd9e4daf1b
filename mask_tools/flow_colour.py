"""Colour as evidence: which colours an object has and which its surroundings, in the whole frame and place by place.

Local colour models that move with the picture are the idea of Video SnapCut (Bai et al., SIGGRAPH 2009) and of the
bilateral grid of BVS (Märki et al., CVPR 2016); here both sides are plain histograms over cells of place and colour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .flow_histogram import Cells, count, log_ratio, shares, spread
from .flow_motion import pixel_grid
from .flow_settings import FlowSettings

if TYPE_CHECKING:
    from .flow_step import Step, View

LIGHTNESS_BINS, CHROMA_BINS, CHROMA_BIN = 12, 20, 5
COLOURS = (LIGHTNESS_BINS, CHROMA_BINS, CHROMA_BINS)
BINS = int(np.prod(COLOURS))
FLOOR = 1e-5
OBJECT_PRIOR, BACKGROUND_PRIOR = 1 / 1843, 1 / 614
"""How many pixels' worth the global colours weigh in a cell, as a share of the frame: 80 and 240 at 512x288."""


def colour_bins(lab: np.ndarray) -> np.ndarray:
    """Flat bin, int32 [H, W], of uint8 CIELAB pixels: 12 steps of lightness, 20 x 20 of chroma around grey."""
    values = lab.astype(np.float32)
    lightness = np.rint(values[..., 0] * ((LIGHTNESS_BINS - 1) / 255)).astype(np.int32)
    chroma = np.rint(np.clip((values[..., 1:] - 128) / CHROMA_BIN + CHROMA_BINS / 2, 0, CHROMA_BINS - 1))
    a, b = chroma[..., 0].astype(np.int32), chroma[..., 1].astype(np.int32)
    return (lightness * CHROMA_BINS + a) * CHROMA_BINS + b


class ColourModel:
    """The colours of one object and of the rest, learnt from masks as the clip goes by.

    mask: float [H, W], 0..1, on the prompted frame: its colours are kept for good beside those of later frames.
    """

    def __init__(self, view: View, mask: np.ndarray, settings: FlowSettings) -> None:
        self._settings = settings
        self._cells = Cells(view.size, settings.colour_cell * min(view.size))
        self._first = self._recent = [shares(_counted(view, side)) for side in (mask, 1 - mask)]
        self._local = [np.float32(0), np.float32(0)]

    def evidence(self, step: Step, mask: np.ndarray) -> np.ndarray:
        """Log likelihood ratio [H, W] at this frame's pixels, both models weighted. mask: on the previous frame."""
        whole, bins = self.whole(step.current), step.current.bins
        self._advance(step, mask)
        x, y = pixel_grid(step.current.size)
        cells = self._cells.of(x, y)
        priors = [share * bins.size for share in (OBJECT_PRIOR, BACKGROUND_PRIOR)]
        near = [
            _blend(counts, cells, bins, colour, prior)
            for counts, colour, prior in zip(self._local, whole, priors, strict=True)
        ]
        return self._settings.global_colour_weight * log_ratio(*whole, FLOOR) + (
            self._settings.local_colour_weight * log_ratio(*near, FLOOR)
        )

    def whole(self, view: View) -> tuple[np.ndarray, np.ndarray]:
        """Share [H, W] of each pixel's colour among the object's colours and among the background's, place unheeded."""
        share = self._settings.first_share
        return tuple(
            (share * first + (1 - share) * recent).ravel()[view.bins]
            for first, recent in zip(self._first, self._recent, strict=True)
        )

    def learn(self, view: View, mask: np.ndarray) -> None:
        """Let the global colours follow the mask found on this frame, slowly; an object out of sight teaches none."""
        rate = self._settings.colour_rate
        for side, weight in enumerate((mask, 1 - mask)):
            if weight.sum() > 10:
                fresh = shares(_counted(view, weight))
                self._recent = [*self._recent[:side], _mix(self._recent[side], fresh, rate), *self._recent[side + 1 :]]

    def _advance(self, step: Step, mask: np.ndarray) -> None:
        """Count the previous frame's pixels at the places where the flow has taken them."""
        x, y = pixel_grid(step.current.size)
        bins = self._cells.of(x + step.flow.forward[..., 0], y + step.flow.forward[..., 1]) * BINS + step.previous.bins
        shape = (*self._cells.shape, *COLOURS)
        self._local = [
            self._settings.colour_memory * old + count(bins, weight, shape)
            for old, weight in zip(self._local, (mask, 1 - mask), strict=True)
        ]


def _blend(counts, cells, bins, whole, prior):
    """Share of each pixel's colour around its cell; where few pixels were counted, the whole frame's share."""
    smooth = spread(counts)
    total = smooth.sum(axis=(2, 3, 4)).ravel()[cells]
    return (smooth.ravel()[cells * BINS + bins] + prior * whole) / (total + prior)


def _counted(view, weight):
    return spread(count(view.bins, weight, COLOURS))


def _mix(old, new, share):
    return (1 - share) * old + share * new
