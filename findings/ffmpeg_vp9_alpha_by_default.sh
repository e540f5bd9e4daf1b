#!/usr/bin/env bash
# PyAV 18.1.0 (its FFmpeg): the alpha of a VP9 video is gone, without a word, under the decoder that FFmpeg chooses.
#
# A WebM of yuva420p is written and read back. The stream is opened by FFmpeg's own VP9 decoder, which gives yuv420p: no
# alpha, no warning, and the file's tag alpha_mode still says 1. The same packets through libvpx-vp9 have their alpha.
#
# Seen: default yuv420p, libvpx-vp9 yuva420p, alpha_mode 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet av==18.1.0 numpy==2.4.6
"$folder/venv/bin/python" - "$folder/matte.webm" <<'PYTHON'
import sys

import av
import numpy as np

path = sys.argv[1]
rgba = np.zeros((64, 96, 4), np.uint8)
rgba[16:48, 16:48] = 255
with av.open(path, "w") as container:
    stream = container.add_stream("libvpx-vp9", rate=8)
    stream.width, stream.height, stream.pix_fmt = 96, 64, "yuva420p"
    container.mux(stream.encode(av.VideoFrame.from_ndarray(rgba, format="rgba")))
    container.mux(stream.encode())
with av.open(path) as container:
    stream = container.streams.video[0]
    tag = {key.lower(): value for key, value in stream.metadata.items()}.get("alpha_mode")
    default = next(container.decode(stream)).format.name
with av.open(path) as container:
    decoder = av.CodecContext.create("libvpx-vp9", "r")
    packets = container.demux(container.streams.video[0])
    chosen = next(frame for packet in packets for frame in decoder.decode(packet)).format.name
print("default", default, "- libvpx-vp9", chosen, "- alpha_mode", tag)
assert (default, chosen, tag) == ("yuv420p", "yuva420p", "1"), "changed"
PYTHON
