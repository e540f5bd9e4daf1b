"""Small tracks that the tests of editing share."""

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from maskvideo.mask_tools.tracks import Track, Tracks, track_colour

few = settings(deadline=None, max_examples=30)
"""Enough examples to find an edge, few enough for a slow machine."""


def disc(size, x, y, radius):
    """uint8 [H, W]: pixels whose centre lies within `radius` of (x, y)."""
    rows, columns = np.mgrid[: size[0], : size[1]] + 0.5
    return ((columns - x) ** 2 + (rows - y) ** 2 <= radius**2).astype(np.uint8)


def moving_disc(frames=6, size=(60, 80), start=(20, 30), step=(6, 2), radius=10):
    """uint8 [T, H, W]: a disc that goes by `step` pixels a frame."""
    return np.stack([disc(size, start[0] + t * step[0], start[1] + t * step[1], radius) for t in range(frames)])


def tracks_of(*masks, names=None, fps=None):
    """Tracks of uint8 [T, H, W] each, called "a", "b", .. from the front."""
    names = names or [chr(ord("a") + index) for index in range(len(masks))]
    objects = (Track(name, track_colour(i), mask) for i, (name, mask) in enumerate(zip(names, masks, strict=True)))
    return Tracks(tuple(objects), fps)


def iou(first, second):
    """The least overlap of all frames, [T, H, W] each."""
    shared = (first & second).sum((-1, -2))
    union = (first | second).sum((-1, -2))
    return float(np.min(np.where(union, shared / np.maximum(union, 1), 1)))


def differ_only_at_outlines(first, second, px=1):
    """Whether two masks [T, H, W] are equal but for pixels within `px` of an outline of the first."""
    import cv2

    kernel = np.ones((2 * px + 1, 2 * px + 1), np.uint8)
    for one, other in zip(first, second, strict=True):
        at_outline = cv2.dilate(one, kernel) != cv2.erode(one, kernel, borderType=cv2.BORDER_REPLICATE)
        if ((one != other) & ~at_outline).any():
            return False
    return True


sizes = st.tuples(st.integers(8, 70), st.integers(8, 90))
counts = st.integers(1, 9)


@st.composite
def random_tracks(draw, objects=3, frames=counts, sizes=sizes):
    """Objects of random rectangles and discs, some of them empty, some at the border."""
    size, count = draw(sizes), draw(frames)
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    masks = np.zeros((draw(st.integers(1, objects)), count, *size), np.uint8)
    for one in masks.reshape(-1, *size):
        if generator.random() < 0.15:
            continue
        x, y = generator.uniform(0, size[1]), generator.uniform(0, size[0])
        one |= disc(size, x, y, generator.uniform(1, min(size) / 2))
        top, left = generator.integers(0, size[0]), generator.integers(0, size[1])
        one[top : top + generator.integers(1, size[0]), left : left + generator.integers(1, size[1])] = 1
    return tracks_of(*masks, fps=draw(st.sampled_from([None, 8.0, 23.976])))
