#!/usr/bin/env bash
# PyAV 18.1.0 (its FFmpeg) on OpenEXR files: object ids of 32 bits come back as 0.
#
# Renderers and trackers write object ids as UINT channels of an EXR. FFmpeg decodes such a channel to 16 bits and keeps
# the upper half of each value: every id below 65536 becomes 0, so that a mask of ids looks empty. OpenEXR's own package
# reads the ids back.
#
# Seen: written 0, 7, 1002, 131072; OpenEXR 0, 7, 1002, 131072; FFmpeg 0, 0, 0, 2.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet av==18.1.0 numpy==2.4.6 OpenEXR==3.4.4
"$folder/venv/bin/python" - "$folder/ids.exr" <<'PYTHON'
import sys

import av
import numpy as np
import OpenEXR

path, ids = sys.argv[1], [0, 7, 1002, 131072]
picture = np.repeat(np.array([ids], np.uint32), 4, axis=0)
OpenEXR.File({}, {"Y": OpenEXR.Channel(picture)}).write(path)
own = OpenEXR.File(path).channels()["Y"].pixels[0].tolist()
frame = next(av.open(path).decode(video=0))
seen = np.frombuffer(frame.planes[0], "<u2")[: len(ids)].tolist()
print("written", ids, "- OpenEXR", own, "- FFmpeg", frame.format.name, seen)
assert own == ids and seen == [value >> 16 for value in ids], "changed"
PYTHON
