"""Made scenes in which objects come and go, before a blurred wall of many colours that the camera may pan along."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

SIZE = (120, 200)


@dataclass(frozen=True)
class Thing:
    """An ellipse. place: centre (x, y) in pixels by frame. opacity: 0..1 by frame."""

    place: Callable[[int], tuple[float, float]]
    colour: tuple[int, int, int] = (60, 220, 90)
    radii: tuple[int, int] = (20, 15)
    opacity: Callable[[int], float] = lambda frame: 1.0


def film(*things, count=22, post=None, pan=0.0):
    """uint8 RGB [T, H, W, 3], and for each thing bool [T, H, W] of what shows of it (opacity above 0).

    post: (x, half its width) of a grey post before everything. pan: pixels a frame. Later things cover earlier ones.
    """
    wall, (y, x) = _wall(), np.mgrid[: SIZE[0], : SIZE[1]]
    frames, masks = [], np.zeros((len(things), count, *SIZE), bool)
    for frame in range(count):
        shift = np.float32([[1, 0, -100 - pan * frame], [0, 1, 0]])
        picture = cv2.warpAffine(wall, shift, SIZE[::-1])
        for index, thing in enumerate(things):
            across, down = thing.place(frame)
            inside = ((x - across) / thing.radii[0]) ** 2 + ((y - down) / thing.radii[1]) ** 2 < 1
            opacity = thing.opacity(frame)
            picture = np.where(inside[..., None], (1 - opacity) * picture + opacity * np.float32(thing.colour), picture)
            masks[:index, frame] &= ~inside
            masks[index, frame] = inside & (opacity > 0)
        if post is not None:
            before = np.abs(x - post[0]) < post[1]
            picture = np.where(before[..., None], np.float32(205), picture)
            masks[:, frame] &= ~before
        frames.append(picture.round().clip(0, 255).astype(np.uint8))
    return np.stack(frames), masks


def _wall():
    noise = np.random.default_rng(0).integers(0, 255, (SIZE[0], SIZE[1] + 200, 3)).astype(np.float32)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 4), None, 20, 160, cv2.NORM_MINMAX)
