"""Clips as phones, selfie cameras and editors store them: pictures, and a display matrix that says how they look."""

import numpy as np
from maskvideo.files.video import write_video

COLOURS = {"R": (220, 30, 30), "G": (30, 220, 30), "B": (30, 30, 220), "W": (230, 230, 230)}
STORED = "RGBW"  # the quarters of the stored picture, top row first
ORIENTATIONS = {  # a b c d of the matrix, and the quarters as ffmpeg 5.1 and Chromium 156 show them
    "as stored": ((1, 0, 0, 1), "RGBW"),
    "mirrored": ((-1, 0, 0, 1), "GRWB"),
    "turned by 180": ((-1, 0, 0, -1), "WBGR"),
    "upside down": ((1, 0, 0, -1), "BWRG"),
    "mirrored and turned left": ((0, 1, 1, 0), "RBGW"),
    "turned right": ((0, 1, -1, 0), "BRWG"),
    "mirrored and turned right": ((0, -1, -1, 0), "WGBR"),
    "turned left": ((0, -1, 1, 0), "GWRB"),
}


def quartered(height=64, width=96):
    """The stored picture, uint8 RGB [height, width, 3]."""
    halves = [
        np.hstack([np.full((height // 2, width // 2, 3), COLOURS[key], np.uint8) for key in row])
        for row in ("RG", "BW")
    ]
    return np.vstack(halves)


def quarters(picture):
    """What stands in the quarters of a picture, top row first."""
    height, width = picture.shape[:2]
    places = [(height * y // 4, width * x // 4) for y in (1, 3) for x in (1, 3)]
    return "".join(min(COLOURS, key=lambda key: np.abs(picture[at].astype(int) - COLOURS[key]).sum()) for at in places)


def write_oriented(path, frames, orientation):
    """An MP4 or MOV whose header says that its frames are seen in one of ORIENTATIONS."""
    write_video(path, frames)
    a, b, c, d = ORIENTATIONS[orientation][0]
    data = path.read_bytes()
    header = data.index(b"tkhd")
    assert _matrix(1, 0, 0, 1) in data[header : header + 100]
    path.write_bytes(data[:header] + data[header:].replace(_matrix(1, 0, 0, 1), _matrix(a, b, c, d), 1))


def _matrix(a, b, c, d):
    """The matrix of a track header: nine big-endian numbers, the third column with 30 bits behind the point, not 16."""
    return np.array([a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30], ">i4").tobytes()
