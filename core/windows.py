"""Windows of a long video: each starts from a frame that the window before it generated (MaskVideo, appendix C)."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import MaskVideoError

WINDOWS = ("fewest", "even")
"""How windows share a video that is longer than one."""


@dataclass(frozen=True)
class Window:
    """Frames ``start`` to ``stop`` are generated together; ``keep_start`` to ``keep_stop`` enter the video.

    All four count the video's frames from 0, the stops excluded. Frame ``start`` of the first window is the video's
    first frame; of every later window it was generated, and kept, before. ``stop`` may lie beyond the video's end:
    there the last mask holds, and nothing is kept.
    """

    start: int
    stop: int
    keep_start: int
    keep_stop: int


def plan_windows(total_frames: int, window: int = 16, restart_frame: int = 8, windows: str = "fewest") -> list[Window]:
    """Windows of ``window`` frames that cover ``total_frames``.

    Frame ``restart_frame`` of each window (counted from 0) is the next one's first frame. The kept ranges follow one
    another without overlap or gap: a window is kept up to and with the frame from which the next one starts. With
    ``windows`` "fewest" the last one ends exactly with the video, is kept to its end, and may start earlier for that.
    With "even" every window is kept for ``restart_frame`` frames after its first, the last one too: no frame is
    further from a first frame than that, as in appendix C, where 24 frames are three windows of 16.

    Raises ``MaskVideoError`` where the frames do not fill one window or the restart frame lies outside it.
    """
    if window < 2:
        raise MaskVideoError(f"a window of {window} frames cannot move: give 2 or more")
    if total_frames < window:
        raise MaskVideoError(
            f"{total_frames} frames, the first window needs {window}: give {window} or more, "
            f"or set frames to {total_frames}"
        )
    if not 1 <= restart_frame < window:
        nearest = min(max(restart_frame, 1), window - 1)
        raise MaskVideoError(f"restart frame {restart_frame} lies outside 1..{window - 1}: give {nearest}")
    starts = _starts(total_frames, window, restart_frame, windows)
    ends = [start + 1 for start in starts[1:]] + [total_frames]  # where keeping ends
    begins = [0, *ends[:-1]]
    return [Window(start, start + window, begin, end) for start, begin, end in zip(starts, begins, ends, strict=True)]


def _starts(total_frames: int, window: int, restart_frame: int, windows: str) -> list[int]:
    last = total_frames - window
    if windows == "fewest" or not last:
        return [*range(0, last, restart_frame), last]
    return [*range(0, total_frames - 1, restart_frame)]
