"""Presence: what of a frame looks like an object rather than like the scene behind it, whatever was expected there."""

from __future__ import annotations

import numpy as np

from .flow_histogram import log_ratio

FLOOR = 1e-4


def likeness(for_object: np.ndarray, for_background: np.ndarray, levels: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Log likelihood ratio [H, W] of a pixel's look: the object's colours against the background's, or its plate's.

    for_object, for_background: share [H, W] of each pixel's colour. levels, known: of the plate. What the background
    shows at a pixel is what the plate has there, off by no more than it is elsewhere, or, as likely, any of its
    colours: a region that the plate explains is no object, even in the object's colours.
    """
    misfit = 2 ** (levels / 4) - 1  # in units of the plate's own error
    plate = np.exp(-np.square(misfit) / 2) / 2
    background = np.where(known, for_background / 2 + plate, for_background)
    return log_ratio(for_object, background, FLOOR)
