"""A matte: one object, brighter than its ground, cut halfway between the darkest and the brightest of the sequence."""

from __future__ import annotations

import numpy as np

from .mask_plane import BRIGHTEST, FLOAT_STEPS, Plane, Reading, colour_parts
from .mask_survey import INSIDE, PICTURES, PIXELS, Survey, is_joined
from .tracks import ONE_OBJECT, track_colour

TRIM = 0.001
"""Share of the pixels beyond the range where no value lies flat: what noise reaches now and then."""
LEAST_CONTRAST = 1 / 8
"""Of the range: less between darkest and brightest is noise, and nothing is there."""
COLOURFUL, SOLID = 16, 0.5
"""Between a colour's brightest and darkest channel; of its pixels that have four equal neighbours."""
FEW = 16
"""Pixels of smooth areas that make a coarse colour count, or a tiny object in a sequence that is else of one value."""


def read_matte(survey: Survey) -> Reading:
    """The sequence as a matte, whatever its values: an object where they are above the cut.

    A sequence of one value is empty, or full where it is bright.
    """
    if survey.colours:
        low, high, channel = *_brightness_range(survey), BRIGHTEST
    else:
        low, high, channel = *_range(survey), survey.channel
    if high - low < LEAST_CONTRAST * _full(survey):
        high = max(high, _brightest_few(survey))
    two_levels = len(survey.codes) == 2 and not survey.lossy and is_joined(survey.table[1])
    if two_levels or (high > low and _has_dark_colour(survey)) or high - low >= LEAST_CONTRAST * _full(survey):
        cut = (low + high) / 2
        text = _text(survey, low, high, f"matte{'' if two_levels else f', cut at {_number(survey, cut)}'}")
    else:
        cut = -1.0 if low >= _full(survey) / 2 else np.inf
        text = _text(survey, low, high, "the object is everywhere" if cut < 0 else "no object")
    return Reading(channel, (ONE_OBJECT,), (track_colour(0),), lambda plane: _above(plane, cut), text)


def _above(plane: Plane, cut: float) -> np.ndarray:
    codes = colour_parts(plane.codes).max(axis=-1) if plane.colours else plane.codes
    return (codes > cut).astype(np.uint8)


def _full(survey: Survey) -> int:
    """The value of white: less than the file format's where fewer bits are used and values lie flat."""
    flat = survey.codes[survey.table[:, PICTURES] > 0]
    if survey.full > 256 and len(flat) > 1:
        return next((full for full in (1023, 4095, 16383) if flat[-1] <= full), survey.full)
    return survey.full


def _range(survey: Survey) -> tuple[float, float]:
    """Darkest and brightest value that lies flat; where noise leaves none, the range without its rare ends."""
    share = np.cumsum(survey.table[:, PIXELS]) / survey.pixels
    low, high = survey.codes[np.searchsorted(share, TRIM)], survey.codes[np.searchsorted(share, 1 - TRIM)]
    flat = survey.codes[survey.table[:, PICTURES] > 0]
    if survey.lossy or not len(flat):
        return float(low), float(max([high, *flat[-1:]]))
    return float(min(low, flat[0])), float(max(high, flat[-1]))


def _has_dark_colour(survey: Survey) -> bool:
    """Whether a colour that is no grey lies flat beside another, so that it is a label however dark it is."""
    if not survey.colours or survey.many or survey.lossy:
        return False
    flat = (survey.table[:, INSIDE] >= SOLID * survey.table[:, PIXELS]) & (survey.table[:, PIXELS] >= FEW)
    return bool(flat.sum() > 1 and (np.ptp(colour_parts(survey.codes[flat]), axis=-1) >= COLOURFUL).any())


def _brightest_few(survey: Survey) -> float:
    """A value that few pixels reach or pass; black where not every pixel was counted."""
    if survey.many or not len(survey.codes):
        return 0.0
    values = colour_parts(survey.codes).max(axis=-1) if survey.colours else survey.codes
    order = np.argsort(-values)
    place = np.searchsorted(np.cumsum(survey.table[order, PIXELS]), FEW)
    return float(values[order[min(place, len(order) - 1)]])


def _brightness_range(survey: Survey) -> tuple[float, float]:
    """The same of the brightest channel, from smooth areas; from every colour where there are none."""
    there = survey.bins >= min(FEW, survey.bins.max())
    if survey.smooth_pixels:
        brightness = (survey.bin_sums[there] / survey.bins[there][:, None]).max(axis=-1)
    else:
        brightness = colour_parts(survey.codes).max(axis=-1)
    return float(brightness.min()), float(brightness.max())


def _text(survey: Survey, low: float, high: float, meaning: str) -> str:
    """Such as "values 16 and 235: matte"."""
    values = "value" if low == high else "values"
    what = {"colour": "brightness" if survey.colours else values}.get(survey.channel, survey.channel)
    joint = "and" if len(survey.codes) == 2 else "to"
    span = _number(survey, low) if low == high else f"{_number(survey, low)} {joint} {_number(survey, high)}"
    return f"{what} {span}: {meaning}"


def _number(survey: Survey, value: float) -> str:
    if survey.full == FLOAT_STEPS:
        return f"{value / FLOAT_STEPS:.3g}"
    return f"{round(value)}" if value % 1 != 0.5 else f"{value:.1f}"
