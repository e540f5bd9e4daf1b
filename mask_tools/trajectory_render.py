"""A mask trajectory as tracks, boxes and lists of points: the truth that the editor's preview agrees with."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cached_property

import cv2
import numpy as np

from ..core.errors import MaskVideoError
from .camera import camera_matrices
from .keyframes import frame_times
from .sequence import TrackSequence, check_frames
from .tracks import Colour
from .trajectory import MaskTrajectory, MovingObject
from .trajectory_keys import SLACK, CameraPoint, is_visible, keyed_values
from .trajectory_raster import shape_mask
from .trajectory_shapes import Bitmap
from .transform import about_point, scaled_rotation

LARGEST_PX = 8192
MOST_FRAMES = 100_000

OpenBitmap = Callable[[str], np.ndarray]
"""From the name of a bitmap in a trajectory to its pixels, uint8 [h, w], 0 to 255."""


def no_bitmaps(name: str) -> np.ndarray:
    raise MaskVideoError(f"the trajectory takes a shape from {name!r}, and no folder for such images is known here")


class DrawnTracks:
    """The objects of a trajectory as a `TrackSequence`: a frame is drawn when it is asked for.

    frames: T, spread over the trajectory's time 0..1. size: (height, width) in pixels. open_bitmap: reads the images
    that shapes refer to, once each. Raises MaskVideoError for a count or size that cannot be drawn.
    """

    def __init__(
        self,
        trajectory: MaskTrajectory,
        frames: int,
        size: tuple[int, int],
        open_bitmap: OpenBitmap = no_bitmaps,
        fps: float | None = None,
    ):
        check_frames("frames", frames, most=MOST_FRAMES)
        for name, side in zip(("height", "width"), size, strict=True):
            check_frames(name, side, most=LARGEST_PX)
        self.trajectory, self.count, self.size, self.fps = trajectory, frames, size, fps
        files = {one.shape.file for one in trajectory.objects if isinstance(one.shape, Bitmap)}
        self._bitmaps = {file: open_bitmap(file) for file in sorted(files)}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.trajectory.objects)

    @property
    def colours(self) -> tuple[Colour, ...]:
        return tuple(one.colour for one in self.trajectory.objects)

    def batch(self, frames: Sequence[int]) -> np.ndarray:
        """The masks of those frames: uint8 [K, N, H, W] of 0 and 1."""
        masks = np.zeros((len(frames), len(self.names), *self.size), np.uint8)
        for place, frame in enumerate(frames):
            for index, one in enumerate(self.trajectory.objects):
                if self.there[frame, index]:
                    bitmap = self._bitmaps.get(getattr(one.shape, "file", None))
                    masks[place, index] = shape_mask(one.shape, self.matrices[frame, index], self.size, bitmap)
        return masks

    @cached_property
    def there(self) -> np.ndarray:
        """Whether each object is there: bool [T, N]."""
        times = frame_times(self.count)
        return np.stack([object_there(one, times) for one in self.trajectory.objects], axis=1)

    @cached_property
    def matrices(self) -> np.ndarray:
        """From each object's shape to pixels: float [T, N, 3, 3]."""
        times = frame_times(self.count)
        stands = keyed_values(self.trajectory.camera or (CameraPoint(0.0),), ("x", "y", "zoom", "roll"), times)
        camera = camera_matrices(*stands.T, self.size)
        objects = [camera @ object_matrices(one, times, self.size) for one in self.trajectory.objects]
        return np.stack(objects, axis=1)


def object_there(one: MovingObject, times: np.ndarray) -> np.ndarray:
    """Between start and end, and visible: bool [T]."""
    return (times >= one.start - SLACK) & (times <= one.end + SLACK) & is_visible(one.visible, times)


def object_matrices(one: MovingObject, times: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Shape -> pixels, without the camera: scaled, turned, put at its place: float [T, 3, 3]."""
    place = keyed_values(one.position, ("x", "y"), times) * (size[1], size[0])
    scale = keyed_values(one.scale, ("scale",), times)[:, 0] if one.scale else np.ones(len(times))
    rotation = keyed_values(one.rotation, ("rotation",), times)[:, 0] if one.rotation else np.zeros(len(times))
    return about_point(scaled_rotation(scale * min(size), rotation), np.zeros(2), place)


def point_lists(drawn: DrawnTracks) -> str:
    """The ways of the objects' origins as JSON, in pixels, also where the object is not there.

    `[[{"x": 83.2, "y": 179.2}, ..], ..]`, a list for each object with a point for each frame: what KJNodes' spline
    editor gives and what ATI and WanMove nodes take.
    """
    places = drawn.matrices[..., :2, 2].swapaxes(0, 1)
    return json.dumps([[{"x": round(x, 2), "y": round(y, 2)} for x, y in way.tolist()] for way in places])


def box_lists(sequence: TrackSequence) -> str:
    """The rectangle around each object in each frame where it is seen, as JSON that `prompt_json` reads.

    `{"ball": [{"frame": 0, "box": [0.1, 0.5, 0.3, 0.9]}, ..]}`, corners as fractions of width and height.
    """
    boxes: dict[str, list] = {name: [] for name in sequence.names}
    height, width = sequence.size
    for frame in range(sequence.count):
        for name, mask in zip(sequence.names, sequence.batch([frame])[0], strict=True):
            left, top, wide, high = cv2.boundingRect(mask)
            if wide:
                corners = left / width, top / height, (left + wide) / width, (top + high) / height
                boxes[name].append({"frame": frame, "box": [round(corner, 6) for corner in corners]})
    return json.dumps(boxes, ensure_ascii=False)
