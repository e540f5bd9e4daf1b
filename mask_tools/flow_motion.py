"""Motion between two frames: dense optical flow in both directions, the camera's part of it, an object's part."""

from dataclasses import dataclass

import cv2
import numpy as np

SAMPLES_STEP_PX = 4
CAMERA_SAMPLES = 50
OBJECT_SAMPLES = 20
AGREEMENT_PX = 1.0
"""Round trip of the flow (there and back) at which trust in it falls to 1 / e; at 288 pixels of shorter side."""


@dataclass(frozen=True)
class FlowPair:
    """Flow between the previous frame and this one, float32 [H, W, 2], (x, y) in pixels.

    forward: at pixels of the previous frame, to this one. backward: at pixels of this frame, to the previous one.
    agreement: [H, W], 0..1, at this frame's pixels: 1 where going back and forth again returns to the start. It falls
    where something is uncovered, hidden, or too fast (the forward-backward check).
    """

    forward: np.ndarray
    backward: np.ndarray
    agreement: np.ndarray


class DenseFlow:
    """OpenCV's DIS optical flow (Kroeger et al., ECCV 2016), made once and used for every pair of frames."""

    def __init__(self) -> None:
        self._dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)

    def between(self, previous: np.ndarray, current: np.ndarray) -> FlowPair:
        """previous, current: uint8 grey [H, W]."""
        forward, backward = self._dis.calc(previous, current, None), self._dis.calc(current, previous, None)
        trip = backward + carry(forward, backward)
        limit = AGREEMENT_PX * min(current.shape) / 288
        return FlowPair(forward, backward, np.exp(-np.square(trip).sum(axis=-1) / limit**2))


def pixel_grid(size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """x and y of every pixel, float32 [H, W] each."""
    return tuple(np.meshgrid(np.arange(size[1], dtype=np.float32), np.arange(size[0], dtype=np.float32)))


def carry(image: np.ndarray, backward: np.ndarray) -> np.ndarray:
    """What the previous frame showed at the place each pixel came from. image: float [H, W] or [H, W, C]."""
    x, y = pixel_grid(backward.shape[:2])
    return cv2.remap(image, x + backward[..., 0], y + backward[..., 1], cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE)


def camera_motion(forward: np.ndarray, objects: np.ndarray) -> np.ndarray:
    """Homography [3, 3] that takes the previous frame's background to this frame; the identity where it is unknown.

    forward: flow [H, W, 2]. objects: [H, W], 0..1, the share of any object at the previous frame's pixels. RANSAC
    finds the motion that most of the background follows, so parallax and foreign objects do not bend it.
    """
    start = SAMPLES_STEP_PX // 2
    y, x = (axis.ravel() for axis in np.mgrid[start : forward.shape[0] : 4, start : forward.shape[1] : 4])
    background = objects[y, x] < 0.1
    if np.count_nonzero(background) < CAMERA_SAMPLES:
        return np.eye(3)
    before, after = _moved(x[background], y[background], forward)
    cv2.setRNGSeed(0)
    found, _ = cv2.findHomography(before, after, cv2.RANSAC, min(forward.shape[:2]) / 288, maxIters=200)
    return np.eye(3) if found is None else found


def object_motion(forward: np.ndarray, mask: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    """Shift, turn and scale [2, 3] that most of an object follows from the previous frame to this one.

    mask: [H, W], 0..1, at the previous frame's pixels. otherwise: homography to use for an object too small to tell.
    """
    y, x = np.nonzero(mask > 0.5)
    found = None
    if len(x) >= OBJECT_SAMPLES:
        thin = slice(None, None, max(1, len(x) // 1000))
        cv2.setRNGSeed(0)
        limit = 1.5 * min(mask.shape) / 288
        found, _ = cv2.estimateAffinePartial2D(
            *_moved(x[thin], y[thin], forward), method=cv2.RANSAC, ransacReprojThreshold=limit, maxIters=200
        )
    return otherwise[:2] / otherwise[2, 2] if found is None else found


def homography_flow(homography: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The flow [H, W, 2], float32, of a camera motion alone."""
    x, y = pixel_grid(size)
    depth = homography[2, 0] * x + homography[2, 1] * y + homography[2, 2]
    moved = [(row[0] * x + row[1] * y + row[2]) / depth for row in homography[:2]]
    return np.stack([moved[0] - x, moved[1] - y], axis=-1).astype(np.float32)


def _moved(x: np.ndarray, y: np.ndarray, forward: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    before = np.stack([x, y], axis=1).astype(np.float32)
    return before, before + forward[y, x]
