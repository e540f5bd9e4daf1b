"""What the values of a mask sequence mean: judged once for all its pictures, and said in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ..core.errors import MaskVideoError
from ..files.picture import Picture
from .keyframes import check_choice
from .mask_labels import read_labels
from .mask_levels import is_photograph, read_levels
from .mask_matte import read_matte
from .mask_plane import CHANNELS, Reading
from .mask_survey import survey_pictures


def read_values(pictures: Iterable[Picture], where: str | Path, channel: str = "auto") -> Reading:
    """Judge a sequence. where: what to call it in errors. channel: one of `CHANNELS`.

    Alpha that varies is the matte. Else values that lie flat are levels: two of them are a matte, whatever they are;
    several are objects, by number, by colour, or as class x 1000 + instance. Soft edges and noise fall to the nearest
    level, and a fade is cut at half of the sequence's range. Raises MaskVideoError where the pictures look like
    photographs, or have no such channel.
    """
    check_choice("channel", channel, CHANNELS)
    surveys = survey_pictures(pictures if channel != "alpha" else _with_alpha(pictures, where), channel)
    last = surveys[-1]
    if last.channel != "alpha":
        for survey in surveys:
            if found := read_labels(survey):
                return found
        if last.channel == "colour" and last.smooth:
            if found := read_levels(last):
                return found
            if is_photograph(last):
                raise MaskVideoError(
                    f"{where} looks like photographs, not masks: give masks, or set channel (--channel) to luma, for "
                    "which bright is the object"
                )
    return read_matte(last)


def _with_alpha(pictures: Iterable[Picture], where: str | Path) -> Iterator[Picture]:
    for picture in pictures:
        if picture.alpha() is None:
            raise MaskVideoError(f"{where} has no alpha: set channel (--channel) to auto, luma or colour")
        yield picture
