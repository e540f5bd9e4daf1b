"""A frame of FFmpeg's as a picture in its own depth: with its alpha; light where it is floating point."""

from __future__ import annotations

import av
import numpy as np

from .picture import Picture

DEEPEST = 65535


def frame_picture(frame: av.VideoFrame, lossy: bool = False) -> Picture:
    """The picture of a decoded frame, as it lies in the file (not turned).

    Grey and RGB keep their depth, 9 to 15 bits scaled to 16; so does alpha, also beside Y'CbCr, whose colours are the
    8 bits that FFmpeg makes of them: its conversion to 16 bits leaves white at 65283.
    """
    kind = frame.format
    floating = "f16" in kind.name or "f32" in kind.name
    if floating or (kind.is_planar and kind.is_rgb) or _is_grey(kind):
        return Picture(_own_samples(frame, floating), None, lossy)
    if kind.is_rgb or kind.has_palette:
        return Picture(_packed(frame), None, lossy)
    colour = frame.to_ndarray(format="rgb24")
    alpha = next((component for component in kind.components if component.is_alpha), None)
    return Picture(colour if alpha is None else _beside(colour, _component(frame, alpha)), None, lossy)


def _is_grey(kind) -> bool:
    return kind.name.startswith(("gray", "ya8", "ya16", "yaf"))


def _own_samples(frame, floating: bool) -> np.ndarray:
    kind = frame.format
    if floating:
        channels = [_float_component(frame, component) for component in kind.components]
    elif kind.name.startswith("ya"):
        both = _plane(frame, 0, _depth(kind, kind.components[0]), 2)
        return both
    else:
        channels = [_component(frame, component) for component in kind.components]
    return channels[0] if len(channels) == 1 else np.stack(channels, axis=-1)


def _packed(frame) -> np.ndarray:
    """RGB or RGBA of a format with all channels in one plane, or a palette; the order of bytes changes, no value."""
    kind = frame.format
    deep = any(component.bits > 8 for component in kind.components)
    alpha = kind.has_palette or any(component.is_alpha for component in kind.components)
    target = ("rgba64le" if alpha else "rgb48le") if deep else ("rgba" if alpha else "rgb24")
    return _plane(frame.reformat(format=target), 0, "<u2" if deep else "u1", 4 if alpha else 3)


def _component(frame, component) -> np.ndarray:
    """[H, W] of one channel that has a plane of its own; 9 to 15 bits as 16, so that the highest is the highest."""
    samples = _plane(frame, component.plane, _depth(frame.format, component))
    if component.bits in (8, 16):
        return samples
    most = 2**component.bits - 1
    return ((samples.astype(np.uint32) * DEEPEST + most // 2) // most).astype(np.uint16)


def _float_component(frame, component) -> np.ndarray:
    order = ">" if frame.format.is_big_endian else "<"
    return _plane(frame, component.plane, f"{order}f{component.bits // 8}").astype(np.float32)


def _depth(kind, component) -> str:
    return "u1" if component.bits <= 8 else f"{'>' if kind.is_big_endian else '<'}u2"


def _plane(frame, number: int, dtype: str, channels: int = 1) -> np.ndarray:
    """A plane without the padding of its lines: [H, W] or [H, W, channels], in the machine's order of bytes."""
    plane, wide = frame.planes[number], np.dtype(dtype).itemsize * channels
    lines = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: frame.height, : wide * frame.width]
    samples = np.ascontiguousarray(lines).view(dtype).astype(np.dtype(dtype).newbyteorder("="), copy=False)
    return samples.reshape(frame.height, frame.width, channels) if channels > 1 else samples


def _beside(colour: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Alpha beside colour of 8 bits, in the depth of alpha."""
    deep = colour if alpha.dtype == np.uint8 else colour.astype(np.uint16) * 257
    return np.dstack([deep, alpha])
