"""Drift: do colour and sharpness of a long video stay those of frame 0?"""

from dataclasses import asdict, dataclass

import cv2
import numpy as np

from ..core.errors import MaskVideoError
from .regions import as_pixels

END_FRACTION = 0.25  # of the frames, the last ones, that the figures for the end are means of
DIGITS = 4


@dataclass(frozen=True)
class Drift:
    """Two figures for each frame against frame 0, and their means over frames 1 .. T-1 and over the last quarter.

    colour: mean distance of the sorted values of each RGB channel, 0..1 (the 1-D Wasserstein distance of the
        histograms). It does not ask where a colour is, so motion costs nothing; an object that leaves the picture does.
    sharpness: mean strength of the edges as a ratio, 1 = as sharp as frame 0, below 1 = blurred, above = over-sharp or
        noisy. None throughout where frame 0 is flat.
    """

    colour_per_frame: list[float]
    sharpness_per_frame: list[float | None]
    colour: float
    colour_end: float
    sharpness: float | None
    sharpness_end: float | None

    def report(self):
        """The figures as a flat dict that JSON can hold, named ``drift_<figure>``."""
        return {f"drift_{name}": _rounded(value) for name, value in asdict(self).items()}


def measure_drift(frames):
    """Colour and sharpness of every frame against frame 0, without masks or a network.

    frames: [1, 3, T, H, W], 0..1. Frame 0 is the anchor: its own colour distance is 0, its sharpness 1.
    Raises MaskVideoError for a batch of several videos.
    """
    if len(frames) != 1:
        raise MaskVideoError(f"one video is measured at a time, a batch of {len(frames)} came: pass frames[i:i+1]")
    pixels = as_pixels(frames)
    colour, sharpness = _colour_distances(pixels), _sharpness_ratios(pixels)
    later = slice(1, None) if len(pixels) > 1 else slice(None)
    end = slice(-max(1, round(len(pixels) * END_FRACTION)), None)
    return Drift(
        colour, sharpness, _mean(colour[later]), _mean(colour[end]), _mean(sharpness[later]), _mean(sharpness[end])
    )


def _colour_distances(pixels):
    anchor = _sorted_channels(pixels[0])
    return [float(np.abs(_sorted_channels(frame) - anchor).mean()) for frame in pixels]


def _sorted_channels(frame):
    return np.sort(frame.reshape(-1, 3), axis=0)


def _sharpness_ratios(pixels):
    edges = [float(np.abs(cv2.Laplacian(frame, cv2.CV_32F)).mean()) for frame in pixels]
    return [value / edges[0] if edges[0] > 1e-6 else None for value in edges]


def _mean(values):
    return None if None in values else float(np.mean(values))


def _rounded(value):
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    return None if value is None else round(value, DIGITS)
