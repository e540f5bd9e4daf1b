"""Tracks drawn over the frames of their clip, each object in its colour and with its name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import cv2
import numpy as np

from ..core.errors import MaskVideoError
from .sequence import TrackSequence
from .tracks import Colour

GROUND = 40
"""Grey level of the picture where there are no frames to draw over."""
FONT = cv2.FONT_HERSHEY_SIMPLEX
WARNING: Colour = (255, 60, 40)
DOWN_FROM_TOP, LINE = 0.06, 0.045
"""Places and sizes of text as fractions of the picture's height."""


def overlay_tracks(
    frames: Iterable[np.ndarray] | None,
    sequence: TrackSequence,
    opacity: float = 0.45,
    names: bool = True,
    warnings: Mapping[int, Sequence[str]] | None = None,
    on_frame: Callable[[int, int], None] | None = None,
) -> Iterator[np.ndarray]:
    """The frames with all objects tinted, outlined and named, one frame at a time.

    frames: uint8 RGB [H, W, 3], one for each frame of the sequence, of any size (masks are stretched to it); None draws
    on grey. opacity: of the tint, 0..1; what is behind another object is outlined only. warnings: texts for some
    frames, such as `CheckReport.suspicious`. on_frame(done, total) may raise to stop. Yields uint8 RGB [H, W, 3].
    Raises MaskVideoError where the counts differ or the opacity is outside its range.
    """
    if not 0 <= opacity <= 1:
        raise MaskVideoError(f"opacity is {opacity:g}: give {min(max(opacity, 0), 1):g}, it must lie between 0 and 1")
    if frames is None:
        frames = (np.full((*sequence.size, 3), GROUND, np.uint8) for _ in range(sequence.count))
    drawn_frames = 0
    for index, frame in enumerate(frames):
        check_counts(max(index + 1, sequence.count), sequence.count)
        masks = sequence.batch([index])[0]
        drawn = draw_tracks(frame, masks, sequence.colours, opacity)
        if names:
            _draw_names(drawn, masks, sequence)
        yield _draw_warning(drawn, index, (warnings or {}).get(index, ()))
        drawn_frames = index + 1
        if on_frame is not None:
            on_frame(drawn_frames, sequence.count)
    check_counts(drawn_frames, sequence.count)


def check_counts(frames: int, masks: int) -> None:
    """Raises MaskVideoError where there is not one mask for each frame."""
    if frames != masks:
        raise MaskVideoError(
            f"the video has {frames} frames, the masks {masks}: trim the longer, or retime the masks to {frames} frames"
        )


def draw_tracks(frame: np.ndarray, masks: np.ndarray, colours: Sequence[Colour], opacity: float) -> np.ndarray:
    """uint8 RGB [H, W, 3], uint8 [N, h, w] of 0 and 1, front to back -> a new frame, tinted and outlined."""
    size = frame.shape[1::-1]
    fitted = [_fitted(mask, size) for mask in masks]
    drawn = np.ascontiguousarray(frame).copy()
    hidden = np.zeros(frame.shape[:2], bool)
    for mask, colour in zip(fitted, colours, strict=True):
        inside = (mask > 0) & ~hidden
        mixed = drawn[inside] * (1 - opacity) + np.array(colour) * opacity
        drawn[inside] = np.round(mixed).astype(np.uint8)
        hidden |= mask > 0
    thickness = max(1, round(frame.shape[0] / 270))
    for mask, colour in reversed(list(zip(fitted, colours, strict=True))):
        contours, _ = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        cv2.polylines(drawn, contours, True, (0, 0, 0), thickness + 1, cv2.LINE_AA)
        cv2.polylines(drawn, contours, True, colour, thickness, cv2.LINE_AA)
    return drawn


def _fitted(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    if mask.shape[::-1] == size:
        return np.ascontiguousarray(mask)
    return (cv2.resize(mask * 255, size, interpolation=cv2.INTER_LINEAR) > 127).astype(np.uint8)


def _draw_names(drawn: np.ndarray, masks: np.ndarray, sequence: TrackSequence) -> None:
    """Each name above its object, where that is inside the picture."""
    height, width = drawn.shape[:2]
    for mask, name, colour in zip(masks, sequence.names, sequence.colours, strict=True):
        left, top, wide, _ = cv2.boundingRect(mask)
        if wide:
            x, y = left * width // mask.shape[1], top * height // mask.shape[0]
            _text(drawn, name, x, max(y - round(0.01 * height), round(DOWN_FROM_TOP * height)), colour)


def _draw_warning(drawn: np.ndarray, index: int, texts: Sequence[str]) -> np.ndarray:
    height, width = drawn.shape[:2]
    _text(drawn, str(index), round(0.01 * width), height - round(0.02 * height), (255, 255, 255))
    for line, text in enumerate(texts):
        _text(drawn, text, round(0.01 * width), round(height * (DOWN_FROM_TOP + line * LINE)), WARNING)
    if texts:
        cv2.rectangle(drawn, (0, 0), (width - 1, height - 1), WARNING, max(2, round(height / 120)))
    return drawn


def _text(drawn: np.ndarray, text: str, x: int, y: int, colour: Colour) -> None:
    """Text in a colour on a dark strip; (x, y) is the left end of its base line, moved into the picture."""
    scale, plain = drawn.shape[0] * LINE / 34, text.encode("ascii", "replace").decode()
    (width, height), below = cv2.getTextSize(plain, FONT, scale, 1)
    x = max(min(x, drawn.shape[1] - width - 2), 2)
    strip = drawn[max(y - height - 2, 0) : y + below, x - 2 : x + width + 2]
    strip[:] = strip // 4
    cv2.putText(drawn, plain, (x, y), FONT, scale, _light(colour), max(1, round(scale * 1.4)), cv2.LINE_AA)


def _light(colour: Colour) -> Colour:
    """Half way to white: readable on the strip, and still the object's."""
    red, green, blue = ((value + 255) // 2 for value in colour)
    return red, green, blue
