#!/usr/bin/env bash
# PyAV 18.1.0: VideoFrame.rotation cannot tell a mirrored clip from a turned one.
#
# A clip whose display matrix mirrors it (selfie cameras, "flip" in an editor) has the same rotation as one that is
# turned: mirrored left to right reads as -180, like upside down by a half turn; mirrored top to bottom reads as 0, like a
# plain clip. Whoever turns frames by this number shows such clips wrong. The matrix itself is right, in
# frame.side_data["DISPLAYMATRIX"], nine int32: its determinant is negative where the clip is mirrored.
#
# Seen: plain 0 +, turned -180 +, mirrored -180 -, upside down 0 - (rotation, sign of the determinant).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet av==18.1.0
"$folder/venv/bin/python" - <<'PYTHON'
import io
import struct

import av

ONE = 1 << 16
file = io.BytesIO()
with av.open(file, "w", format="mp4") as container:
    stream = container.add_stream("mpeg4", rate=5)
    stream.width, stream.height, stream.pix_fmt = 64, 32, "yuv420p"
    container.mux(stream.encode(av.VideoFrame(64, 32, "yuv420p")))
    container.mux(stream.encode())


def matrix(a, d):
    return struct.pack(">9i", a * ONE, 0, 0, 0, d * ONE, 0, 0, 0, 1 << 30)


def read(a, d):
    """Rotation and sign of the determinant of the clip with this matrix in its track header."""
    data = file.getvalue()
    at = data.index(b"tkhd")
    data = data[:at] + data[at:].replace(matrix(1, 1), matrix(a, d), 1)
    frame = next(av.open(io.BytesIO(data)).decode(video=0))
    side = frame.side_data.get("DISPLAYMATRIX")
    values = struct.unpack("=9i", bytes(side)) if side is not None else (ONE, 0, 0, 0, ONE, 0, 0, 0, 0)
    return int(frame.rotation), "+" if values[0] * values[4] > 0 else "-"


seen = {
    "plain": read(1, 1),
    "turned": read(-1, -1),
    "mirrored": read(-1, 1),
    "upside down": read(1, -1),
}
print(seen)
assert seen == {"plain": (0, "+"), "turned": (-180, "+"), "mirrored": (-180, "-"), "upside down": (0, "-")}, "changed"
PYTHON
