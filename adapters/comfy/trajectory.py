"""What the Mask Trajectory Editor needs of the host: bitmaps of its input folder, and pictures for the browser."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress

import cv2
import numpy as np
import torch
from comfy_api.latest import io, ui
from torch import Tensor
from torch.nn.functional import interpolate

from ...core.errors import MaskVideoError
from ...files.fingerprint import fingerprint
from ...mask_tools.tracks import Tracks
from ...mask_tools.trajectory import FORMAT, MOST_CHARACTERS, trajectory_from_json
from ...mask_tools.trajectory_bitmap import read_bitmap
from ...mask_tools.trajectory_shapes import Bitmap
from .input_paths import host_path

WIDGET = "MASKVIDEO_TRAJECTORY"
"""The editor in the browser (web/trajectory_editor.js)."""
FRAMES_KEY, MASKS_KEY, SIZE_KEY = "maskvideo_frames", "maskvideo_masks", "maskvideo_size"
"""Where the browser finds the pictures in the node's output, and the size of the run: a link may have given it."""
MOST_FRAMES, LONGEST_SIDE_PX = 48, 960
"""Of the background frames that the browser is given."""
MOST_MASKS = 16


def trajectory_input(name: str, tooltip: str) -> io.String.Input:
    """A STRING for the API, the editor in the graph; the oldest host takes no ``extra_dict`` as an argument."""
    one = io.String.Input(name, default="", socketless=True, tooltip=tooltip)
    one.extra_dict = {"widgetType": WIDGET}
    return one


def open_bitmap(name: str) -> np.ndarray:
    """A mask image in the host's input folder as uint8 ``[h, w]``. Raises ``MaskVideoError`` as ``host_path`` does."""
    return read_bitmap(host_path(name))


def is_empty(text: str) -> bool:
    """Whether nothing is drawn yet: no text, or a trajectory without objects."""
    if not text.strip():
        return True
    with suppress(ValueError, RecursionError):
        values = json.loads(text) if len(text) <= MOST_CHARACTERS else None
        return isinstance(values, dict) and values.get("format") == FORMAT and values.get("objects") == []
    return False


def bitmap_state(text: str) -> str:
    """Changes when an image that the trajectory refers to does; what is wrong is told when the node runs."""
    states = []
    with suppress(MaskVideoError):
        shapes = [one.shape for one in trajectory_from_json(text).objects]
        states = [fingerprint(host_path(shape.file)) for shape in shapes if isinstance(shape, Bitmap)]
    return hashlib.sha256(repr(states).encode()).hexdigest()


def frames_for_browser(image: Tensor | None) -> list:
    """Frames of an IMAGE batch ``[T, H, W, C]``, evenly spaced and made smaller, as temporary files."""
    if image is None:
        return []
    indices = np.unique(np.linspace(0, len(image) - 1, min(len(image), MOST_FRAMES)).round().astype(int))
    frames = image[indices.tolist()][..., :3]
    factor = LONGEST_SIDE_PX / max(frames.shape[1:3])
    if factor < 1:
        frames = interpolate(frames.movedim(-1, 1), scale_factor=factor, mode="area").movedim(1, -1)
    return _save(frames)


def masks_for_browser(tracks: Tracks | None) -> list:
    """The first mask of each object that is not empty, as a temporary picture with the object's name and place.

    Pictures are cut to the object; ``x``, ``y`` are its middle, ``width``, ``height`` its sides as fractions of the
    frame's width and height.
    """
    pictures = []
    for track in (tracks.objects if tracks else ())[:MOST_MASKS]:
        seen = track.masks.any(axis=(1, 2)).nonzero()[0]
        if len(seen):
            pictures.append(_cut_out(track.name, track.masks[seen[0]]))
    return pictures


def _cut_out(name: str, mask: np.ndarray) -> dict:
    left, top, wide, high = cv2.boundingRect(mask)
    part = torch.from_numpy(mask[top : top + high, left : left + wide]).float()
    (file,) = _save(part[None, :, :, None].expand(1, high, wide, 3))
    height, width = mask.shape
    place = {"x": (left + wide / 2) / width, "y": (top + high / 2) / height}
    return {**file, **place, "name": name, "width": wide / width, "height": high / height, "aspect": width / height}


def _save(images: Tensor) -> list:
    return ui.ImageSaveHelper.save_images(images, "maskvideo_editor", io.FolderType.temp, None, compress_level=1)
