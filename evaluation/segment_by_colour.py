"""Find the object again in a frame, by two colours that adapt to that frame.

Place and colour are separate figures: an object whose hue drifted must still be found where it is. The colours start
from frame 0 and adapt to each frame; the masks of later frames are never looked at, so that a misplaced or absent
object is not rewarded.
"""

from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from .regions import exterior, interior

MIN_CONTRAST = 0.10  # RGB distance (0..sqrt 3) below which object and background are one colour
MIN_CONTRAST_FRACTION = 0.25  # of frame 0's contrast; an object fainter than that has faded away
MIN_AREA_FRACTION = 0.0005  # of the frame, in one connected piece: smaller things are specks
RIM_PX = (1.5, 4.5)  # from the outline: near enough that a gradient changes little between both sides
MIN_STEP = 0.55  # of the contrast, that an object's outline spans and a gradient or a cloudy texture does not
MAX_ROUNDS = 8


@dataclass(frozen=True)
class TwoColours:
    """Object and background colour of one frame: float RGB [3] each, 0..1."""

    foreground: np.ndarray
    background: np.ndarray

    @property
    def contrast(self):
        return float(np.linalg.norm(self.foreground - self.background))

    def position(self, pixels):
        """Where each pixel lies between the colours, 0 = background, 1 = foreground. [..., 3] -> [...]."""
        axis = self.foreground - self.background
        return (pixels - self.background) @ axis / max(float(axis @ axis), 1e-12)


def reference_colours(frame, mask):
    """The colours of a frame whose mask is known: medians of the sure inside and the sure outside.

    frame: float [H, W, 3], 0..1. mask: bool [H, W], neither empty nor full.
    """
    return TwoColours(np.median(frame[interior(mask)], axis=0), np.median(frame[exterior(mask)], axis=0))


def segment_by_colour(frame, reference):
    """The object's mask in a frame, by colours estimated in that frame.

    Two starts are refined by 2-means with medians: the reference colours, and (for a hue that drifted too far for
    them) the frame's dominant colour against the one that stands out from it. Of those whose two colours are truly
    apart, the one that explains the pixels best is taken. None: the object is absent and the mask is empty. Which of
    the two is the object is told by the reference alone, so an object and a background that trade colours are mistaken
    for each other.

    frame: float [H, W, 3], 0..1. reference: TwoColours of frame 0. Returns bool [H, W].
    """
    starts = (reference, _outstanding_colours(frame, reference))
    refined = [colours for colours in (_refine(frame, start) for start in starts) if colours is not None]
    apart = [colours for colours in refined if _are_apart(frame, colours, reference)]
    if not apart:
        return np.zeros(frame.shape[:2], dtype=bool)
    return min(apart, key=partial(_residual, frame)).position(frame) > 0.5


def _refine(frame, colours):
    """2-means, with the median of each side's inside as its colour; None where one side is empty."""
    before = None
    for _ in range(MAX_ROUNDS):
        mask = colours.position(frame) > 0.5
        if not mask.any() or mask.all():
            return None
        if before is not None and np.array_equal(mask, before):
            return colours
        colours, before = reference_colours(frame, mask), mask
    return colours


def _outstanding_colours(frame, reference):
    background = _dominant_colour(frame.reshape(-1, 3))
    smooth = cv2.blur(frame, (3, 3))
    distance = np.linalg.norm(smooth - background, axis=-1)
    far = distance >= 0.7 * np.quantile(distance, 1 - MIN_AREA_FRACTION)
    return _labelled_like(_dominant_colour(frame[far]), background, reference)


def _dominant_colour(pixels, levels=12):
    """The median of the fullest cell of a coarse RGB grid. [N, 3] -> [3]."""
    cells = np.clip((pixels * levels).astype(int), 0, levels - 1) @ np.array([levels * levels, levels, 1])
    return np.median(pixels[cells == np.bincount(cells).argmax()], axis=0)


def _labelled_like(a, b, reference):
    """Call a and b foreground and background in the order that is nearer to the reference."""
    straight = np.linalg.norm(a - reference.foreground) + np.linalg.norm(b - reference.background)
    crossed = np.linalg.norm(b - reference.foreground) + np.linalg.norm(a - reference.background)
    return TwoColours(a, b) if straight <= crossed else TwoColours(b, a)


def _are_apart(frame, colours, reference):
    """Whether there is an object: enough contrast, one piece of some size, and an outline rather than a gradient."""
    if colours.contrast < max(MIN_CONTRAST, MIN_CONTRAST_FRACTION * reference.contrast):
        return False
    position = colours.position(frame)
    pieces = _pieces(position > 0.5, max(4, MIN_AREA_FRACTION * position.size))
    return pieces.any() and _step(position, pieces) >= MIN_STEP


def _pieces(mask, min_area):
    """The mask without connected pieces smaller than the area, in pixels."""
    _, labels, statistics, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    large = statistics[:, cv2.CC_STAT_AREA] >= min_area
    large[0] = False
    return large[labels]


def _step(position, mask):
    """How much the position falls over the mask's outline, from just inside to just outside: 1 = from end to end."""
    inside, outside = _rim(mask), _rim(~mask)
    return float(position[inside].mean() - position[outside].mean()) if inside.any() and outside.any() else 0.0


def _rim(mask):
    """Pixels of the mask near its outline, without the softest ones; for a thing too thin for that, all of it."""
    depth = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    rim = (depth > RIM_PX[0]) & (depth <= RIM_PX[1])
    return rim if rim.any() else mask


def _residual(frame, colours):
    to_foreground = np.linalg.norm(frame - colours.foreground, axis=-1)
    return float(np.minimum(to_foreground, np.linalg.norm(frame - colours.background, axis=-1)).mean())
