"""Label images: an object for each value, colour or palette entry, or by class x 1000 + instance, without loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from .mask_plane import FLOAT_STEPS, GREY, Plane, Reading, colour_parts
from .mask_survey import BORDER, FLAT_SHARE, INSIDE, PICTURES, PIXELS, Survey, is_joined
from .tracks import Colour, track_colour

MOST_LABELS = 250
SMALL = 32
"""A value below this numbers an object (1, 2, ..), it is no dark grey."""
VOIDS, VOID_COLOUR = (255, 65535), 0xE0E0C0
"""What label images have where pixels are nobody's: the highest value, or VOC's and DAVIS' colour."""
INSTANCES, MOTS_VOID = 1000, 10000
"""Values from here on are class x 1000 + instance; one of them is nobody's in the MOTS data."""
STUDIO = (16, 235)
MOST_SOFT = 0.1
"""Of the objects' pixels that may belong to no label: more are soft edges or noise."""
NEAR = 12
"""Values so near to the ground are noise, where other values are soft edges or noise too."""
FADE_PICTURES, LEAST_PICTURES, LEAST_TRANSIENT = 2, 6, 3
"""Values seen in so few pictures each are a fade's, where there are so many pictures, and such values."""
MOST_NAMED = 6


@dataclass(frozen=True, eq=False)
class Values:
    """The values of a survey, and what they number.

    codes: as in the planes. numbers: what they mean, the codes themselves where they are colours. rows: of the survey's
    table. ground, void: bool, which of them are no object.
    """

    survey: Survey
    codes: np.ndarray
    numbers: np.ndarray
    ground: np.ndarray
    void: np.ndarray
    instances: bool = False

    @property
    def objects(self) -> np.ndarray:
        return ~self.ground & ~self.void

    @property
    def coloured(self) -> bool:
        return self.survey.colours and self.numbers.max() > 255

    @property
    def small(self) -> bool:
        return not self.coloured and bool(self.numbers[self.objects].max(initial=0) < SMALL)

    def pixels(self, which: np.ndarray) -> int:
        return int(self.survey.table[which, PIXELS].sum())


def read_labels(survey: Survey) -> Reading | None:
    """An object for each value or colour that is not the ground; None where the values are no labels."""
    if survey.many or survey.lossy or len(survey.codes) > 4 * MOST_LABELS:
        return None
    values = _coloured(survey) if _has_colours(survey) else _numbered(survey)
    flat = _flat(values)
    if flat is None or not flat.any() or flat.sum() > MOST_LABELS or _fades(values, flat):
        return None
    if flat.sum() == 1 and not values.small and not values.coloured:
        return None  # one object, cut as a matte
    order = _order(values, flat)
    return Reading(survey.channel, *_named(values, order), _labeller(values, order), _text(values, order))


def _has_colours(survey: Survey) -> bool:
    return survey.colours and bool((survey.codes % GREY).any())


def _coloured(survey: Survey) -> Values:
    """Black is the ground; without it, what the pictures' borders have most of."""
    codes = survey.codes
    ground = codes == (0 if codes[0] == 0 else codes[survey.table[:, BORDER].argmax()])
    void = (codes == VOID_COLOUR) & ~ground if (~ground).sum() > 1 else np.zeros(len(codes), bool)
    return Values(survey, codes, codes, ground, void)


def _numbered(survey: Survey) -> Values:
    """The lowest value is the ground; with instances, all classes that have none are."""
    numbers = survey.codes // GREY if survey.colours else survey.codes
    if survey.full == FLOAT_STEPS and not (numbers % FLOAT_STEPS).any():
        numbers = numbers // FLOAT_STEPS
    alone = len(numbers) == 1 and 0 < numbers[0] < SMALL and numbers[0] != STUDIO[0]
    ground = (numbers == numbers[0]) & (not alone)
    if set(STUDIO) <= set(numbers.tolist()) and numbers[-1] == STUDIO[1]:
        ground = numbers <= STUDIO[0]
    highest = numbers == numbers[-1]
    others = numbers[~ground & ~highest]
    limit = SMALL if numbers[-1] == VOIDS[0] else INSTANCES
    void = highest & bool(numbers[-1] in VOIDS and len(others) and others.max() < limit)
    instances = survey.full > 255 and numbers[~void][-1] >= INSTANCES > numbers[0] and len(numbers) > 2
    if instances:
        ground, void = numbers < INSTANCES, void | (numbers == MOTS_VOID)
    return Values(survey, survey.codes, numbers, ground, void, instances)


def _flat(values: Values) -> np.ndarray | None:
    """Which values are labels, bool; None where too many pixels belong to none."""
    objects, table = values.objects, values.survey.table
    if values.small:
        return objects if is_joined(table[objects].sum(axis=0)) and not _is_noise(table) else None
    flat = objects & (table[:, INSIDE] >= FLAT_SHARE * table[:, PIXELS])
    if len(values.codes) == 2:
        return objects
    if (objects & ~flat).any() and not values.coloured and not values.instances:
        flat &= values.numbers > values.numbers[0] + NEAR
    return flat if values.pixels(objects & ~flat) <= MOST_SOFT * values.pixels(objects) else None


def _is_noise(table: np.ndarray) -> bool:
    """Whether neither the lowest value nor most others lie flat: a lossy code's noise, not numbers of objects."""
    flat = table[:, INSIDE] >= FLAT_SHARE * table[:, PIXELS]
    return bool(not flat[0] and 2 * flat.sum() < len(flat))


def _fades(values: Values, flat: np.ndarray) -> bool:
    if values.small:
        return False
    codes = set(values.codes[flat].tolist())
    alone = all(len(codes & here) < 2 for here in values.survey.flat)
    if not alone and values.instances:
        return False
    return fades(values.survey.table[flat, PICTURES], values.survey.pictures, alone and not values.coloured)


def fades(seen_in: np.ndarray, pictures: int, alone: bool = False) -> bool:
    """Whether most levels are seen for a moment only: one object that fades, not several of their own values.

    seen_in: in how many of so many pictures each level is. alone: no picture has two of them, so that few are enough.
    """
    transient = int((seen_in <= FADE_PICTURES).sum())
    least = 1 if alone and len(seen_in) > 1 else LEAST_TRANSIENT
    return pictures >= LEAST_PICTURES and transient >= max(least, len(seen_in) / 2)


def _order(values: Values, flat: np.ndarray) -> list[int]:
    """Places of the labels: by number; colours by the picture that has them first, then by size."""
    places = np.flatnonzero(flat).tolist()
    if not values.coloured:
        return places
    codes, seen = values.codes, values.survey.flat
    first = {p: next((i for i, found in enumerate(seen) if int(codes[p]) in found), len(seen)) for p in places}
    return sorted(places, key=lambda p: (first[p], -values.survey.table[p, PIXELS]))


def _named(values: Values, order: Sequence[int]) -> tuple[tuple[str, ...], tuple[Colour, ...]]:
    numbers = [int(values.numbers[place]) for place in order]
    if values.coloured:
        names = [f"object {n}" for n in range(1, len(order) + 1)]
        return tuple(names), tuple(tuple(map(int, colour_parts(code))) for code in numbers)
    if values.instances:
        names = [f"class {number // INSTANCES} object {number % INSTANCES}" for number in numbers]
    else:
        names = [f"object {number}" for number in numbers]
    palette = values.survey.palette
    if palette is None or values.survey.channel != "index":
        colours = [track_colour(number - 1 if values.small else place) for place, number in enumerate(numbers)]
    else:
        colours = [tuple(map(int, colour_parts(palette[n]))) if palette[n] else track_colour(n - 1) for n in numbers]
    return tuple(names), tuple(colours)


def _labeller(values: Values, order: Sequence[int]):
    """A function from a plane to labels: each code by its own label, any other by the nearest code's."""
    labels = np.zeros(len(values.codes), np.uint8)
    labels[list(order)] = np.arange(1, len(order) + 1)
    known = values.ground | values.void | (labels > 0)
    codes, labels = values.codes[known], labels[known]
    grey = values.survey.colours

    def label(plane: Plane) -> np.ndarray:
        wanted = plane.codes.astype(np.int64) * GREY if grey and not plane.colours else plane.codes
        if wanted.dtype == np.uint8:
            return cv2.LUT(wanted, _nearest(np.arange(256), codes, labels, grey))
        found, where = np.unique(wanted, return_inverse=True)
        return _nearest(found, codes, labels, grey)[where].reshape(plane.codes.shape)

    return label


def _nearest(wanted: np.ndarray, codes: np.ndarray, labels: np.ndarray, colours: bool) -> np.ndarray:
    """The label of each wanted code: its own, or that of the code which is nearest in value or colour."""
    place = np.searchsorted(codes, wanted).clip(max=len(codes) - 1)
    for index in np.flatnonzero(codes[place] != wanted):
        if colours:
            distance = ((colour_parts(codes) - colour_parts(wanted[index])) ** 2).sum(axis=-1)
        else:
            distance = np.abs(codes - int(wanted[index]))
        place[index] = distance.argmin()
    return labels[place]


def _text(values: Values, order: Sequence[int]) -> str:
    """Such as "labels 1 and 2, 255 is void: 2 objects"."""
    numbers = [values.numbers[place] for place in order[:MOST_NAMED]]
    shown = [f"#{number:06x}" if values.coloured else f"{number}" for number in numbers]
    if len(order) > MOST_NAMED:
        shown.append(f"{len(order) - MOST_NAMED} more")
    kind = "label colours" if values.coloured else "instances (class x 1000 + number)" if values.instances else "labels"
    kind = kind.removesuffix("s") if len(order) == 1 and not values.instances else kind
    void = values.numbers[values.void]
    aside = f", {void[0]:#08x} is void".replace("0x", "#") if len(void) and values.coloured else ""
    aside = f", {void[0]} is void" if len(void) and not values.coloured else aside
    if not values.coloured and values.ground.any() and values.numbers[0]:
        aside += f", ground {values.numbers[0]}"
    listed = " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))
    return f"{kind} {listed}{aside}: {len(order)} object{'s' if len(order) > 1 else ''}"
