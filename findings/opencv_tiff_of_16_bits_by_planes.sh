#!/usr/bin/env bash
# OpenCV 5.0.0 on TIFF files: RGB of 16 bits that is stored plane by plane comes out scrambled, without an error.
#
# Both arrangements are TIFF's own (PlanarConfiguration 1 and 2), and cameras and film scanners write either. Pixel by
# pixel, OpenCV reads the values that tifffile wrote; plane by plane it mixes the planes' rows into the colours.
#
# Seen: pixel by pixel equal, plane by plane not equal, shapes alike.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet opencv-python-headless==5.0.0.93 numpy==2.4.6 tifffile==2025.10.16
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys

import cv2
import numpy as np
import tifffile

rgb = np.arange(8 * 12 * 3, dtype=np.uint16).reshape(8, 12, 3) * 200


def read(name, values, **options):
    path = f"{sys.argv[1]}/{name}.tif"
    tifffile.imwrite(path, values, photometric="rgb", **options)
    return cv2.imread(path, cv2.IMREAD_UNCHANGED)[..., ::-1]


pixels = read("pixels", rgb)
planes = read("planes", np.moveaxis(rgb, -1, 0), planarconfig="separate")
seen = pixels.shape == planes.shape, np.array_equal(pixels, rgb), np.array_equal(planes, rgb)
print("shapes alike", seen[0], "- pixel by pixel equal", seen[1], "- plane by plane equal", seen[2])
assert seen == (True, True, False), "changed"
PYTHON
