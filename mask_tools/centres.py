"""Where objects are: their rectangles, centres of mass and areas, in pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np


class Place(NamedTuple):
    """One object in one frame. window: its rectangle of the mask, uint8 [h, w], whose top left pixel is (left, top).
    x, y: centre of mass, where the first pixel's centre is 0.5. area: pixels."""

    window: np.ndarray
    left: int
    top: int
    x: float
    y: float
    area: float


@dataclass(frozen=True)
class Centres:
    """Where the objects of a batch are. centre: float [K, N, 2] (x, y). area: float [K, N], 0 = empty."""

    centre: np.ndarray
    area: np.ndarray


def find_place(mask: np.ndarray) -> Place | None:
    """The place of a mask, uint8 [H, W] of 0 and 1; None where it is empty. Only its rectangle is summed."""
    left, top, width, height = cv2.boundingRect(mask)
    if not width:
        return None
    window = np.ascontiguousarray(mask[top : top + height, left : left + width])
    moments = cv2.moments(window, binaryImage=True)
    area = moments["m00"]
    return Place(window, left, top, left + moments["m10"] / area + 0.5, top + moments["m01"] / area + 0.5, area)


def find_centres(masks: np.ndarray) -> Centres:
    """Of masks uint8 [K, N, H, W] of 0 and 1. An empty mask's centre is the picture's."""
    height, width = masks.shape[-2:]
    places = [find_place(mask) for mask in masks.reshape(-1, height, width)]
    found = [(width / 2, height / 2, 0.0) if place is None else place[3:] for place in places]
    found = np.array(found).reshape(*masks.shape[:2], 3)
    return Centres(found[..., :2], found[..., 2])
