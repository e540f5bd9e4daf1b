"""Label colours under a lossy code or with soft edges: the colours of smooth areas, and the nearest one for a pixel."""

from __future__ import annotations

from itertools import product

import numpy as np

from .mask_labels import MOST_LABELS, fades
from .mask_plane import GREY, Plane, Reading, colour_parts
from .mask_survey import Survey
from .tracks import track_colour

LEAST_SHARE, LEAST_PX = 5e-5, 16
"""Of smooth areas that a coarse colour needs to count."""
WIDEST = 3
"""Neighbouring coarse colours that are one colour's; more are a gradient."""
BLACK = 40
"""Brightest channel of a ground that is black."""
COLOURFUL, COLOURFUL_SHARE = 16, 0.1
SMOOTH_SHARE = 0.75
"""Of a mask's area that is smooth, at least; photographs have less, or gradients."""


def read_levels(survey: Survey) -> Reading | None:
    """An object for each colour but the ground's; None where areas have gradients, or but one colour beside it."""
    levels = _levels(survey)
    if levels is None or not 2 <= len(levels) <= MOST_LABELS or survey.smooth_share < SMOOTH_SHARE:
        return None
    colours, masses, seen = map(np.array, zip(*levels, strict=True))
    objects = np.delete(np.arange(len(levels)), _ground(colours, masses))
    grey, seen = np.ptp(colours, axis=-1).max() <= COLOURFUL, seen[objects]
    alone = seen.sum(axis=0).max() == 1 < len(objects)
    if (grey and len(levels) == 2) or alone or fades(seen.sum(axis=1), len(survey.smooth)):
        return None
    labels = np.zeros(len(levels), np.uint8)
    labels[objects] = np.arange(1, len(objects) + 1)
    shown = [tuple(int(value) for value in colours[place].round().clip(0, 255)) for place in objects]
    names = tuple(f"object {n}" for n in range(1, len(objects) + 1))
    text = ", ".join("#{:02x}{:02x}{:02x}".format(*colour) for colour in shown[:6])
    return Reading(
        survey.channel,
        names,
        tuple(track_colour(i) if grey else colour for i, colour in enumerate(shown)),
        lambda plane: _nearest_level(plane, colours, labels),
        f"label colours near {text}: {len(objects)} object{'s' if len(objects) > 1 else ''}",
    )


def is_photograph(survey: Survey) -> bool:
    """Whether much of the sequence has colours, and they are too many to be labels."""
    mass = survey.bins.reshape(-1)
    if (not survey.many and len(survey.codes) <= 4 * MOST_LABELS) or not mass.sum():
        return False
    means = survey.bin_sums.reshape(-1, 3)[mass > 0] / mass[mass > 0, None]
    colourful = mass[mass > 0][np.ptp(means, axis=-1) > COLOURFUL].sum()
    return bool(colourful > COLOURFUL_SHARE * mass.sum())


def _levels(survey: Survey) -> list[tuple[np.ndarray, int, np.ndarray]] | None:
    """(mean RGB, pixels, bool [pictures], where it is) of each connected group of coarse colours, largest first.

    None where one is a gradient.
    """
    least = max(LEAST_PX, LEAST_SHARE * survey.smooth_pixels)
    left = {tuple(place) for place in np.argwhere(survey.bins >= least).tolist()}
    found = []
    while left:
        group, edge = [], [left.pop()]
        while edge:
            place = edge.pop()
            group.append(place)
            near = {tuple(a + b for a, b in zip(place, step, strict=True)) for step in product((-1, 0, 1), repeat=3)}
            edge += near & left
            left -= near
        places = tuple(np.array(group).T)
        if max(np.ptp(axis) for axis in places) >= WIDEST:
            return None
        mass = int(survey.bins[places].sum())
        seen = np.array([there[places].any() for there in survey.smooth])
        found.append((survey.bin_sums[places].sum(axis=0) / mass, mass, seen))
    return sorted(found, key=lambda level: -level[1])


def _ground(colours: np.ndarray, masses: np.ndarray) -> int:
    """The darkest where it is black and not a dark colour, else the largest."""
    darkest = int(colours.max(axis=-1).argmin())
    black = colours[darkest].max() <= BLACK and np.ptp(colours[darkest]) < COLOURFUL
    return darkest if black else int(np.argmax(masses))


def _nearest_level(plane: Plane, colours: np.ndarray, labels: np.ndarray) -> np.ndarray:
    codes = plane.codes if plane.colours else plane.codes.astype(np.int64) * GREY
    found, where = np.unique(codes, return_inverse=True)
    distances = np.stack([((colour_parts(found) - colour) ** 2).sum(axis=-1) for colour in colours])
    return labels[distances.argmin(axis=0)][where].reshape(codes.shape)
