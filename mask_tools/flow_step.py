"""One step from a frame to the next: what all objects share, computed once."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from .flow_colour import colour_bins
from .flow_motion import DenseFlow, FlowPair, camera_motion, homography_flow

STILL_PX = 1.0  # error of the camera's motion, at 288 pixels of shorter side; twice the frame's median is added


class View:
    """A frame at the working size, in the forms that the cues read.

    rgb: uint8 [H, W, 3]. lab: uint8 CIELAB. grey: uint8 [H, W]. bins: int32 [H, W], colour bin of each pixel.
    """

    def __init__(self, frame: np.ndarray, size: tuple[int, int]) -> None:
        unchanged = frame.shape[:2] == tuple(size)
        self.size = tuple(size)
        self.rgb = frame if unchanged else cv2.resize(frame, size[::-1], interpolation=cv2.INTER_AREA)
        self.lab = cv2.cvtColor(self.rgb, cv2.COLOR_RGB2LAB)
        self.grey = cv2.cvtColor(self.rgb, cv2.COLOR_RGB2GRAY)
        self.bins = colour_bins(self.lab)


@dataclass(frozen=True)
class Step:
    """From `previous` to `current`: views, flow in both directions, and the camera's homography [3, 3]."""

    previous: View
    current: View
    flow: FlowPair
    camera: np.ndarray

    @cached_property
    def own_motion(self) -> tuple[np.ndarray, np.ndarray]:
        """Motion without the camera's: of the previous frame's pixels, and of this frame's (to where they now are)."""
        size = self.current.size
        return (
            self.flow.forward - homography_flow(self.camera, size),
            homography_flow(np.linalg.inv(self.camera), size) - self.flow.backward,
        )

    @cached_property
    def still(self) -> np.ndarray:
        """How far the camera alone explains a pixel's motion, [H, W], 0..1; 1 where the flow disagrees with itself."""
        own = np.square(self.own_motion[1]).sum(axis=-1)
        usual = STILL_PX * min(self.current.size) / 288 + 2 * float(np.sqrt(np.median(own[::4, ::4])))
        return 1 - self.flow.agreement * (1 - cv2.exp(own * np.float32(-0.5 / usual**2)))


def take_step(dense: DenseFlow, previous: View, current: View, objects: np.ndarray) -> Step:
    """objects: [H, W], 0..1, the share of any object at the previous frame's pixels."""
    flow = dense.between(previous.grey, current.grey)
    return Step(previous, current, flow, camera_motion(flow.forward, objects))
