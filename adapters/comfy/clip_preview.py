"""What a run shows the browser of its clip: some frames to point at, and where the objects were found in them."""

from __future__ import annotations

import uuid
from pathlib import Path

import cv2
import folder_paths
import numpy as np

from ...mask_tools.frame_source import FrameSource
from ...mask_tools.select import evenly_spaced
from ...mask_tools.tracks import Tracks
from .clip_route import encode_jpeg

CLIP_KEY, FRAMES_KEY, FOUND_KEY = "maskvideo_clip", "maskvideo_frames", "maskvideo_found"
"""Where the browser finds them in the node's output, and the event that brings the first two before the work."""
MOST_FRAMES, LONGEST_SIDE_PX, MOST_ENLARGED = 64, 960, 4
TINT = 96
"""Opacity of an object's inside, of 255; its outline is opaque."""
FOLDER = "maskvideo_clips"


def show_frames(frames: FrameSource) -> dict:
    """Frames of the clip as temporary files, evenly spaced where it has more than 64: values for the node's output.

    The browser hears of them at once, so that a run that fails for want of a prompt gives the frames to point at.
    """
    height, width = frames.size
    shown = evenly_spaced(frames.count, min(frames.count, MOST_FRAMES))
    walked = enumerate(frames.iterate(0, shown[-1] + 1))  # one pass: each seek in a video decodes a part of it anew
    pictures = [_save(index, encode_jpeg(frame, LONGEST_SIDE_PX), ".jpg") for index, frame in walked if index in shown]
    clip = {"count": frames.count, "width": width, "height": height, "fps": frames.fps}
    output = {CLIP_KEY: [clip], FRAMES_KEY: pictures}
    _tell(output)
    return output


def show_found(tracks: Tracks) -> dict:
    """The objects in their colours, clear elsewhere, for the frames of ``show_frames``."""
    shown = evenly_spaced(tracks.count, min(tracks.count, MOST_FRAMES))
    return {FOUND_KEY: [_save(index, _encode_found(tracks, index), ".png") for index in shown]}


def _encode_found(tracks: Tracks, index: int) -> bytes:
    """One frame's masks as a PNG, front to back, in the size in which frames are shown."""
    masks = tracks.batch([index])[0]
    height, width = masks.shape[1:]
    factor = min(MOST_ENLARGED, LONGEST_SIDE_PX / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    tints = np.zeros((*reversed(size), 4), np.uint8)
    for mask, colour in zip(reversed(masks), reversed(tracks.colours), strict=True):
        shown = (cv2.resize(mask * 255, size, interpolation=cv2.INTER_LINEAR) > 127).astype(np.uint8)
        edge = cv2.morphologyEx(shown, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
        tints[shown > 0] = (*reversed(colour), TINT)
        tints[edge > 0] = (*reversed(colour), 255)
    return cv2.imencode(".png", tints, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()


def _save(index: int, picture: bytes, suffix: str) -> dict:
    folder = Path(folder_paths.get_temp_directory(), FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{uuid.uuid4().hex}{suffix}"
    (folder / name).write_bytes(picture)
    return {"filename": name, "subfolder": FOLDER, "type": "temp", "frame": int(index)}


def _tell(output: dict) -> None:
    """Send it to the browser that queued the run, for the node that runs; nobody listens where nodes run alone."""
    from comfy_execution.utils import get_executing_context
    from server import PromptServer

    context, server = get_executing_context(), getattr(PromptServer, "instance", None)
    if context is not None and server is not None:
        server.send_sync(CLIP_KEY, {"node": context.node_id, "output": output}, server.client_id)
