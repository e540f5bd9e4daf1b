"""One look at every picture of a mask sequence: which values there are, how often, and whether they lie flat.

A level, or a label, covers areas of one value; the steps of a soft edge and noise do not. What the values mean is
judged from the counts of the whole sequence (`mask_reading`), never from one picture.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from ..files.picture import Picture
from .mask_plane import GREY, brightest, colour_parts, plane_of

COLUMNS = PIXELS, INSIDE, JOINED, BORDER, PICTURES = range(5)
"""Of a code: its pixels; those with four equal neighbours; with two or more; on the border; pictures it is flat in."""
MOST_COUNTED_PX = 2**19
"""Of a larger picture every second, third .. pixel is counted."""
MOST_CODES = 4096
"""A picture with more colours is not counted colour by colour."""
LEAST_FLAT_PX, LEAST_SMOOTH_PX = 4, 16
"""Pixels that make a value lie flat in a picture, and a coarse colour be there."""
LEAST_JOINED = 0.5
"""Of a value's pixels that have two equal neighbours: more in the thinnest line, less in noise."""
FLAT_SHARE = 0.15
"""Of a value's pixels that have four equal neighbours: more in a label, less in the step of a soft edge."""
SMOOTH_RANGE = 12
"""Values that differ by no more around a pixel are one value under a lossy code."""
BIN = 16
BINS = (256 // BIN,) * 3


class Survey:
    """The counts of one channel, a picture at a time.

    codes: rising, and table: a row for each with `COLUMNS`. colours: the codes are 0xRRGGBB. full: the value of white.
    flat: for each picture the codes that lie flat in it. many: not the colours of every picture were counted.
    bins: pixels of smooth areas by coarse colour [16, 16, 16]; bin_sums: the sums of their RGB; smooth: for each
    picture its bins. palette: the code of each index, where all pictures share one.
    """

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self.codes, self.table = np.zeros(0, np.int64), np.zeros((0, len(COLUMNS)), np.int64)
        self.flat: list[frozenset[int]] = []
        self.colours, self.lossy, self.many, self.full = False, False, False, 255
        self.pixels = self.smooth_pixels = self.rough_pixels = 0
        self.bins, self.bin_sums = np.zeros(BINS, np.int64), np.zeros((*BINS, 3))
        self.smooth: list[np.ndarray] = []
        self.palette: np.ndarray | None = None

    @property
    def pictures(self) -> int:
        return len(self.flat)

    @property
    def smooth_share(self) -> float:
        """Of the pixels that lie in smooth areas, in the pictures that were looked at for them."""
        return self.smooth_pixels / max(1, self.smooth_pixels + self.rough_pixels)

    def add(self, picture: Picture) -> None:
        plane = plane_of(picture, self.channel)
        if plane.colours and not self.colours:
            self._to_colours()
        self.full, self.lossy = max(self.full, plane.full), self.lossy or picture.lossy
        if not self.flat:
            self.palette = plane.palette
        elif self.palette is not None and not np.array_equal(self.palette, plane.palette):
            self.palette = None
        smooth = self.channel == "colour" and plane.full == 255 and (plane.colours or picture.lossy)
        areas = self._count_smooth(picture.rgb()) if smooth else 0
        if areas and self.colours and picture.lossy:
            self._skip()  # the colours of areas say more than each pixel's own
        else:
            self._count(plane.codes.astype(np.int64) * GREY if self.colours and not plane.colours else plane.codes)

    def _to_colours(self) -> None:
        """Grey pictures among coloured ones are colours too."""
        self.codes, self.colours = self.codes * GREY, True
        self.flat = [frozenset(code * GREY for code in codes) for codes in self.flat]

    def _count(self, codes: np.ndarray) -> None:
        equal = _equal_neighbours(codes)
        edge = np.concatenate([codes[0], codes[-1], codes[:, 0], codes[:, -1]])
        step = max(1, int(np.sqrt(codes.size / MOST_COUNTED_PX))) if codes.dtype != np.uint8 else 1
        codes, equal = codes[::step, ::step], equal[::step, ::step]
        self.pixels += codes.size
        found, columns = _byte_counts(codes, equal) if codes.dtype == np.uint8 else _counts(codes, equal)
        if self.colours and len(found) > MOST_CODES:
            self._skip()
            return
        border = np.bincount(np.searchsorted(found, edge).clip(max=len(found) - 1), minlength=len(found))
        flat = columns[INSIDE] >= LEAST_FLAT_PX
        self._merge(found.astype(np.int64), np.column_stack([*columns, border, flat]))
        self.flat.append(frozenset(found[flat].tolist()))

    def _skip(self) -> None:
        self.many = True
        self.flat.append(frozenset())

    def _merge(self, found: np.ndarray, rows: np.ndarray) -> None:
        codes = np.union1d(self.codes, found)
        table = np.zeros((len(codes), len(COLUMNS)), np.int64)
        table[np.searchsorted(codes, self.codes)] = self.table
        table[np.searchsorted(codes, found)] += rows
        self.codes, self.table = codes, table

    def _count_smooth(self, rgb: np.ndarray) -> int:
        """Colours of areas that are flat but for what a lossy code does to them; how many pixels these have."""
        square = np.ones((3, 3), np.uint8)
        smooth = brightest(cv2.dilate(rgb, square) - cv2.erode(rgb, square)) <= SMOOTH_RANGE
        step = max(1, int(np.sqrt(smooth.size / MOST_COUNTED_PX)))
        smooth = smooth[::step, ::step]
        colours = rgb[::step, ::step][smooth]
        places = np.ravel_multi_index(tuple((colours // BIN).T), BINS)
        count = int(np.prod(BINS))
        self.smooth_pixels += len(colours)
        self.rough_pixels += smooth.size - len(colours)
        here = np.bincount(places, minlength=count).reshape(BINS)
        self.bins += here
        self.smooth.append(here >= LEAST_SMOOTH_PX)
        for part in range(3):
            self.bin_sums[..., part] += np.bincount(places, colours[:, part], count).reshape(BINS)
        return len(colours)


def is_joined(row: np.ndarray) -> bool:
    """Whether a value, or several in one row, lies in lines and areas: of noise fewer pixels have neighbours alike."""
    return bool(row[JOINED] >= LEAST_JOINED * row[PIXELS])


def survey_pictures(pictures: Iterable[Picture], channel: str) -> list[Survey]:
    """The counts of what the masks may be in, likeliest first.

    For "auto": alpha alone where it varies, else as "colour": the entries of a palette that all pictures share, and the
    colours. Any other channel alone.
    """
    channels = {"auto": ("alpha", "index", "colour"), "colour": ("index", "colour")}.get(channel, (channel,))
    surveys = {name: Survey(name) for name in channels}
    for picture in pictures:
        for name in [name for name in surveys if not _has(picture, name, channel)]:
            del surveys[name]
        for survey in surveys.values():
            survey.add(picture)
    if "alpha" in surveys and (channel == "alpha" or _varies(surveys["alpha"])):
        return [surveys["alpha"]]
    found = [survey for name, survey in surveys.items() if name != "alpha"]
    return [survey for survey in found if survey.channel != "index" or _needs_index(survey)]


def _has(picture: Picture, name: str, asked: str) -> bool:
    if name == "index":
        return picture.palette is not None
    return name != "alpha" or asked == "alpha" or picture.alpha() is not None


def _needs_index(survey: Survey) -> bool:
    """Whether all pictures share a palette of colours, or one that shows different entries alike, and no soft edge."""
    if survey.palette is None:
        return False
    shown = survey.palette[survey.codes]
    if _is_ramp(shown, survey.table):
        return False
    return bool((shown % GREY).any()) or len(set(shown.tolist())) < len(shown)


def _is_ramp(colours: np.ndarray, table: np.ndarray) -> bool:
    """Whether all colours but the first and the last are steps between these, of a soft edge."""
    parts = colour_parts(colours[np.argsort(colour_parts(colours).sum(axis=-1))])
    line = parts[-1] - parts[0]
    share = (parts - parts[0]) @ line / max(1, line @ line)
    straight = np.abs(parts - parts[0] - share[:, None] * line).max() <= SMOOTH_RANGE
    flat = table[:, INSIDE] >= FLAT_SHARE * table[:, PIXELS]
    return bool(straight and len(colours) > 3 and flat.sum() <= 2)


def _varies(alpha: Survey) -> bool:
    """Whether alpha has values an eighth of its range apart."""
    return bool(alpha.codes[-1] - alpha.codes[0] > alpha.full / 8)


def _byte_counts(codes: np.ndarray, equal: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """The values of uint8 [H, W], rising, and for each PIXELS, INSIDE and JOINED."""
    masks = None, (equal == 4).view(np.uint8), (equal >= 2).view(np.uint8)
    counts = [cv2.calcHist([codes], [0], mask, [256], [0, 256]).ravel().astype(np.int64) for mask in masks]
    found = np.flatnonzero(counts[PIXELS])
    return found, [count[found] for count in counts]


def _counts(codes: np.ndarray, equal: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """The same of any whole numbers."""
    codes, equal = codes.reshape(-1), equal.reshape(-1)
    if codes.max() > 65535:
        found, where = np.unique(codes, return_inverse=True)
    else:  # many times as fast as sorting
        there = np.bincount(codes) > 0
        found, where = np.flatnonzero(there), (np.cumsum(there) - 1)[codes]
    chosen = slice(None), equal == 4, equal >= 2
    return found, [np.bincount(where[which], minlength=len(found)) for which in chosen]


def _equal_neighbours(codes: np.ndarray) -> np.ndarray:
    """How many of the four neighbours have the same value, uint8 [H, W]; beyond the border all have."""
    equal = np.zeros(codes.shape, np.uint8)
    down, right = codes[1:] == codes[:-1], codes[:, 1:] == codes[:, :-1]
    equal[1:] += down
    equal[:-1] += down
    equal[:, 1:] += right
    equal[:, :-1] += right
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        equal[edge] += 1
    return equal
