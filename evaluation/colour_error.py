"""Colour error: does the object keep its colour, and the background its own? (colour, apart from place)"""

from dataclasses import dataclass

import numpy as np

from .colour_words import colour, prompt_colours
from .mask_iou import check_shapes
from .regions import as_bool, as_pixels, exterior, interior


@dataclass(frozen=True)
class ColourError:
    """Mean absolute RGB error, 0..1, where the masks put the object and where they do not.

    The figures are means over the frames judged; None where nothing could be judged (no colour was named, or the mask
    is empty or full throughout). Grain and shading count too: a faithful, textured background has an error above 0.
    """

    foreground: float | None
    background: float | None
    foreground_per_frame: list[float | None]
    background_per_frame: list[float | None]


def colour_error(frames, masks):
    """How far the colours of frames 1 .. T-1 are from frame 0's median colours, object and background apart.

    Judged pixel by pixel against one colour, so that an object half of whose pixels changed hue is half wrong. The
    soft outline (2 px to each side) is left out.
    frames: [1, 3, T, H, W], 0..1. masks: [1, 1, T, H, W], 1 = foreground. MaskVideoError on unlike shapes.
    """
    check_shapes(frames, masks)
    pixels, inside = as_pixels(frames), as_bool(masks)
    foreground = np.median(pixels[0][interior(inside[0])], axis=0)
    background = np.median(pixels[0][exterior(inside[0])], axis=0)
    return _error_against(pixels[1:], inside[1:], foreground, background)


def prompt_colour_error(frames, masks, prompt):
    """How far all frames' colours are from those that the prompt names; None for a part it gives no known colour.

    Arguments as in `colour_error`; prompt: such as "a red star on a blue background" (see `prompt_colours`).
    """
    check_shapes(frames, masks)
    foreground, background = (colour(word) for word in prompt_colours(prompt))
    return _error_against(as_pixels(frames), as_bool(masks), foreground, background)


def _error_against(pixels, inside, foreground, background):
    pairs = list(zip(pixels, inside, strict=True))
    front = [_distance(frame, interior(mask), foreground) for frame, mask in pairs]
    back = [_distance(frame, exterior(mask), background) for frame, mask in pairs]
    return ColourError(_mean(front), _mean(back), front, back)


def _distance(frame, region, wanted):
    return float(np.abs(frame[region] - wanted).mean()) if wanted is not None and region.any() else None


def _mean(values):
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
