"""Frames of a video in the host's folders for the browser, before any run, counted and decoded as every backend does.

A browser knows a video by seconds, and not every format; a prompt is on a frame by its number.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from pathlib import Path
from threading import Lock

import cv2
import numpy as np
from aiohttp import web

from ...core.errors import MaskVideoError
from ...files.images import IMAGE_SUFFIXES, count_pictures
from ...mask_tools.frame_source import FileFrames, open_frames
from .input_paths import host_path

CLIP, FRAME = "/maskvideo/clip", "/maskvideo/frame"
"""?file=name gives JSON {count, width, height, fps, version, mirrored}; ?file=name&frame=number a JPEG."""
CLIPS_KEPT, PICTURES_KEPT = 3, 256
"""Opening decodes a video once to count it; what stays are time stamps, small pictures, a decoder where it stopped."""
STEPS_BACK, STEPS_AHEAD = 8, 24
"""Frames before the wanted one that are kept too, and that many further on it is quicker to go on than to seek."""
LONGEST_SIDE_PX = 960
QUALITY = 88
KEPT_SECONDS = 3600
NO_CLIP = "there is no such video in the host's input folder"


class Reel:
    """One open video and the pictures of it that were asked for last, and those around them.

    A frame of a video is decoded from the key frame before it on: what comes just before and after is nearly free.
    """

    def __init__(self, clip: FileFrames) -> None:
        self.clip = clip
        self._pictures: OrderedDict[int, bytes] = OrderedDict()
        self._frames, self._next = iter(()), clip.count

    def picture(self, index: int) -> bytes:
        """One frame as a JPEG. Raises ``MaskVideoError`` for a number outside the clip."""
        if not 0 <= index < self.clip.count:
            raise MaskVideoError(f"the clip has frames 0 to {self.clip.count - 1}, not {index}")
        if index not in self._pictures:
            self._read(index)
        return self._pictures[index]

    def _read(self, index: int) -> None:
        if not self._next <= index <= self._next + STEPS_AHEAD:
            self._next = max(0, index - STEPS_BACK)
            self._frames = self.clip.iterate(self._next, self.clip.count)
        while self._next <= index:
            self._pictures[self._next] = encode_jpeg(next(self._frames))
            self._next += 1
        while len(self._pictures) > PICTURES_KEPT:
            self._pictures.popitem(last=False)


class OpenClips:
    """Videos by path, the last few kept open; a file that was written anew is opened anew. Used by threads."""

    def __init__(self) -> None:
        self._reels: OrderedDict[tuple[Path, int], Reel] = OrderedDict()
        self._lock = Lock()

    def describe(self, path: Path) -> dict:
        """What the browser has to know of it; version changes with the file, mirrored says how the file stores it."""
        with self._lock:
            clip = self._reel(path).clip
        height, width = clip.size
        known = {"count": clip.count, "width": width, "height": height, "fps": clip.fps, "mirrored": clip.mirrored}
        return {**known, "version": str(_version(path))}

    def picture(self, path: Path, frame: int) -> bytes:
        """``Reel.picture`` of that file."""
        with self._lock:
            return self._reel(path).picture(frame)

    def _reel(self, path: Path) -> Reel:
        key = (path, _version(path))
        if key not in self._reels:
            self._reels[key] = Reel(open_frames(path))
        self._reels.move_to_end(key)
        while len(self._reels) > CLIPS_KEPT:
            self._reels.popitem(last=False)
        return self._reels[key]


def encode_jpeg(frame: np.ndarray, longest_px: int = LONGEST_SIDE_PX) -> bytes:
    """A frame, uint8 RGB ``[H, W, 3]``, made smaller where it is larger than ``longest_px``."""
    factor = longest_px / max(frame.shape[:2])
    if factor < 1:
        frame = cv2.resize(frame, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    _, coded = cv2.imencode(".jpg", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return coded.tobytes()


def register_clip_routes() -> None:
    """Let the host's server answer for clips. Calling it again changes nothing; without a server there is none."""
    from server import PromptServer

    server = getattr(PromptServer, "instance", None)
    if server is None or any(getattr(route, "path", None) == CLIP for route in server.routes):
        return
    clips = OpenClips()

    @server.routes.get(CLIP)
    async def clip(request: web.Request) -> web.Response:
        return await _answer(request, lambda path: web.json_response(clips.describe(path)))

    @server.routes.get(FRAME)
    async def frame(request: web.Request) -> web.Response:
        def picture(path: Path) -> web.Response:
            number = _frame_number(request.query.get("frame", ""))
            kept = {"Cache-Control": f"private, max-age={KEPT_SECONDS}"}
            return web.Response(body=clips.picture(path, number), content_type="image/jpeg", headers=kept)

        return await _answer(request, picture)


async def _answer(request: web.Request, make) -> web.Response:
    """What ``make`` makes of the file that is asked for, off the server's loop; 404 with the reason where it cannot."""
    path = None
    try:
        path = _video_path(request.query.get("file", ""))
        return await asyncio.to_thread(make, path)
    except MaskVideoError as error:
        reason = str(error).replace(str(path), path.name) if path else str(error)
        return web.json_response({"error": reason}, status=404)
    except FileNotFoundError:
        return web.json_response({"error": NO_CLIP}, status=404)


def _video_path(name: str) -> Path:
    """A video or animation in the host's folders; the answer to any other name does not say where these are."""
    try:
        path = host_path(name)
    except MaskVideoError as error:
        raise MaskVideoError(NO_CLIP) from error
    if not path.is_file() or (path.suffix.lower() in IMAGE_SUFFIXES and count_pictures(path) < 2):
        raise MaskVideoError(NO_CLIP)
    return path


def _frame_number(text: str) -> int:
    if not text.isdecimal():
        raise MaskVideoError(f"frame is {text!r}: give a whole number, 0 is the first frame")
    return int(text)


def _version(path: Path) -> int:
    return path.stat().st_mtime_ns
