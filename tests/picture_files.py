"""Image and video files as people's tools write them, for the tests of what reads them."""

import struct
import zlib
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from PIL import Image

SIZE = (12, 18)


def photo(channels=3, dtype=np.uint8, size=SIZE, seed=0):
    """A smooth picture, so that lossy formats keep it nearly: [H, W, C], no channel and no row like another."""
    rows, columns = np.mgrid[: size[0], : size[1]] / max(size)
    waves = [0.5 + 0.45 * np.sin(2 * rows + (1 + k) * columns + k + seed) for k in range(channels)]
    most = np.iinfo(dtype).max if np.issubdtype(dtype, np.integer) else 1
    return np.round(np.dstack(waves) * most).astype(dtype) if most > 1 else np.dstack(waves).astype(dtype)


def pages(count=5, channels=3):
    """Pictures that differ: [T, H, W, C], a square that moves on a photo; with 4 channels it alone is opaque."""
    made = np.stack([photo(channels)] * count)
    for page, picture in enumerate(made):
        picture[..., 3:] = 0
        picture[3:7, 2 * page : 2 * page + 5] = (250, 20, 60, 255)[:channels]
    return made


def save_pages(path, made, **options):
    images = [Image.fromarray(np.squeeze(one)) for one in made]
    images[0].save(path, save_all=True, append_images=images[1:], **options)
    return path


def with_orientation(path: Path, stored: np.ndarray, orientation: int, **options):
    exif = Image.Exif()
    exif[0x112] = orientation
    Image.fromarray(stored).save(path, exif=exif, **options)
    return path


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def insert_chunks(path: Path, *chunks: bytes) -> Path:
    """Chunks behind the header of a PNG file."""
    whole = path.read_bytes()
    path.write_bytes(whole[:33] + b"".join(chunks) + whole[33:])
    return path


def deep_tiff(path: Path, picture: np.ndarray, orientation: int) -> Path:
    """An uncompressed TIFF by OpenCV with an orientation, which OpenCV does not write: its directory is made anew."""
    data = cv2.imencode(".tiff", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_TIFF_COMPRESSION, 1])[1]
    data = bytearray(data.tobytes() + b"\0" * (len(data) % 2))
    place = struct.unpack("<I", data[4:8])[0]
    count = struct.unpack("<H", data[place : place + 2])[0]
    entries = [bytes(data[place + 2 + 12 * i : place + 14 + 12 * i]) for i in range(count)]
    entries = [entry for entry in entries if entry[:2] != struct.pack("<H", 274)]
    entries = sorted(
        [*entries, struct.pack("<HHIHH", 274, 3, 1, orientation, 0)], key=lambda e: struct.unpack("<H", e[:2])
    )
    data[4:8] = struct.pack("<I", len(data))
    path.write_bytes(data + struct.pack("<H", len(entries)) + b"".join(entries) + b"\0" * 4)
    return path


def encode_float(path: Path, planes: dict[str, np.ndarray], form: str, codec="exr", **options) -> Path:
    """An EXR file by FFmpeg. planes: by the letters of the format's planes, in their order: G B R (A), or Y."""
    height, width = next(iter(planes.values())).shape
    encoder = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = width, height, form, Fraction(1, 1)
    encoder.options = options
    frame = av.VideoFrame(width, height, form)
    for plane, values in zip(frame.planes, planes.values(), strict=True):
        padded = np.zeros((height, plane.line_size // 4), np.float32)
        padded[:, :width] = values
        plane.update(padded)
    frame.pts = 0
    path.write_bytes(b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)]))
    return path


def encode_video(path: Path, frames: np.ndarray, codec: str, form: str, **options) -> Path:
    """frames: uint8 [T, H, W, 3 or 4]."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=8, options=options)
        stream.height, stream.width, stream.pix_fmt = *frames.shape[1:3], form
        for frame in frames:
            container.mux(
                stream.encode(
                    av.VideoFrame.from_ndarray(frame, format="rgba"[: frame.shape[-1]] + "24" * (frame.shape[-1] == 3))
                )
            )
        container.mux(stream.encode())
    return path
