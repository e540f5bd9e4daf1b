"""Presence: what of a frame looks like an object rather than like the scene behind it, whatever was expected there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .flow_histogram import log_ratio
from .flow_plate import LEVELS

if TYPE_CHECKING:
    from .flow_plate import Plate
    from .flow_step import Step

FLOOR = 1e-4
MISFIT = 2 ** (np.arange(LEVELS) / 4) - 1
"""Of each level of the plate, in units of the plate's own error."""
FITS = np.exp(-np.square(MISFIT) / 2).astype(np.float32)


def likeness(colours: tuple[np.ndarray, np.ndarray], levels: np.ndarray, plate: Plate, step: Step) -> np.ndarray:
    """Log likelihood ratio of each pixel's look: an object's colours against the background, float32 [H, W].

    colours: share [H, W] of each pixel's colour among the object's and among the background's. levels: the misfit with
    the plate. Half of what the background shows is what the plate has there, off by no more than it is elsewhere and
    moving with the camera; the other half is any of its colours. So a region that the plate explains is no object, even
    in the object's colours.
    """
    of_object, of_background = colours
    explained = step.still * FITS[levels]
    background = np.where(plate.known, (of_background + explained) / 2, of_background)
    return log_ratio(of_object, background, FLOOR).astype(np.float32)
