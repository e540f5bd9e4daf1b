"""Image and video files as people's tools write them, for the tests of what reads them."""

import struct
import zlib
from fractions import Fraction
from pathlib import Path

import av
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


def plain_tiff(path: Path, values: np.ndarray, orientation=1, extra: int | None = None, apart=False) -> Path:
    """An uncompressed TIFF as no library at hand writes it: [H, W, C], grey or RGB with one extra channel.

    extra: what is said of it: 0 nothing, 1 alpha that was multiplied in, 2 alpha. apart: each channel by itself.
    """
    height, width, channels = values.shape
    data = (values.transpose(2, 0, 1) if apart else values).astype(values.dtype.newbyteorder("<")).tobytes()
    each = len(data) // channels if apart else len(data)
    tags = {
        256: [width],
        257: [height],
        258: [8 * values.itemsize] * channels,
        259: [1],
        262: [2 if channels > 2 else 1],
    }
    tags |= {273: list(range(8, 8 + len(data), each)), 274: [orientation], 277: [channels], 278: [height]}
    tags |= {279: [each] * (len(data) // each), 284: [1 + apart], 339: [1] * channels}
    if extra is not None:
        tags[338] = [extra]
    entries, beyond, place = b"", b"", 8 + len(data) + 2 + 12 * len(tags) + 4
    for tag, numbers in sorted(tags.items()):
        packed = struct.pack(f"<{len(numbers)}I", *numbers)
        if len(packed) > 4:
            packed, beyond = struct.pack("<I", place + len(beyond)), beyond + packed
        entries += struct.pack("<HHI", tag, 4, len(numbers)) + packed
    directory = struct.pack("<H", len(tags)) + entries + b"\0" * 4 + beyond
    path.write_bytes(b"II*\0" + struct.pack("<I", 8 + len(data)) + data + directory)
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
