#!/usr/bin/env bash
# PyAV 18.1.0 (its FFmpeg): a matte of 10 bits that is opaque everywhere is not opaque once it has 16 bits.
#
# ProRes 4444 keeps alpha in 10 or 12 bits. Converted to rgba64le, the highest value of 10 bits, 1023, becomes 65472 and
# not 65535: the bits are shifted, and the low ones stay 0. White does not become white either: 940, the white of limited
# range, comes out as 65283. A test for "alpha == 65535" finds no opaque pixel; a matte divided by 65535 is 0.999.
#
# Seen: alpha 65472, white 65283.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet av==18.1.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import av
import numpy as np

frame = av.VideoFrame(64, 32, "yuva444p10le")
for plane, value in zip(frame.planes, (940, 512, 512, 1023), strict=True):
    plane.update(np.full(plane.buffer_size // 2, value, "<u2").tobytes())
pixel = np.frombuffer(frame.reformat(format="rgba64le").planes[0], "<u2")[:4].tolist()
print("red, green, blue, alpha of an opaque white pixel:", pixel)
assert pixel == [65283, 65283, 65283, 65472], "changed"
PYTHON
