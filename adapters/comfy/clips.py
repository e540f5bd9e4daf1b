"""A clip of the host, IMAGE or VIDEO, as frames that are read one at a time."""

from __future__ import annotations

import numpy as np
import torch
from comfy_api.latest import InputImpl

from ...core.errors import MaskVideoError
from ...mask_tools.frame_source import FrameSource, open_frames
from .layout import image_to_uint8


def clip_frames(clip) -> FrameSource:
    """The frames of an IMAGE batch ``[T, H, W, C]`` or of a VIDEO.

    A VIDEO that is a whole file is decoded as it is read, so that its length costs no memory; one that is trimmed, or
    was made in the graph, is in memory already. Raises ``MaskVideoError`` for anything else.
    """
    if isinstance(clip, torch.Tensor):
        return open_frames(image_to_uint8(clip))
    if not hasattr(clip, "get_components"):
        raise MaskVideoError(f"a clip is {type(clip).__name__}: give an IMAGE batch or a VIDEO")
    if path := _whole_file(clip):
        return open_frames(path)
    parts = clip.get_components()
    return open_frames(image_to_uint8(parts.images), float(parts.frame_rate))


def frame_image(frame: np.ndarray) -> torch.Tensor:
    """One uint8 RGB frame ``[H, W, 3]`` as an IMAGE ``[1, H, W, 3]``."""
    return torch.from_numpy(np.array(frame)).float().div(255)[None]


def frames_image(frames, count: int) -> torch.Tensor:
    """``count`` uint8 RGB frames ``[H, W, 3]``, one at a time, as an IMAGE ``[T, H, W, 3]``: held once, not twice."""
    image = None
    for index, frame in enumerate(frames):
        if image is None:
            image = torch.empty(count, *frame.shape)
        image[index] = torch.from_numpy(np.array(frame)).float().div(255)
    return image


def _whole_file(video) -> str | None:
    """The path of a VIDEO that is an untrimmed file; the oldest host has no trimming.

    Only a VIDEO from a file is asked for its source: others would encode themselves into memory to answer.
    """
    if not isinstance(video, InputImpl.VideoFromFile):
        return None
    trimmed = any(getattr(video, "get_active_trim_window", lambda: (0.0, 0.0))())
    source = None if trimmed else video.get_stream_source()
    return source if isinstance(source, str) else None
