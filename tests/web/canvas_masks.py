"""Masks as the browser's own canvas paints them."""

from __future__ import annotations

import numpy as np

PAINT = """async ([text, frames, width, height]) => {
    const lib = '/extensions/maskvideo/lib/trajectory_'
    const [{ readTrajectory }, { frameTime, isThere }, geometry, { paintShape }] =
        await Promise.all(['file', 'keys', 'geometry', 'paint'].map((name) => import(`${lib}${name}.js`)))
    const { objects, camera } = readTrajectory(text)
    const size = { width, height }
    const canvas = Object.assign(document.createElement('canvas'), size)
    const context = canvas.getContext('2d', { willReadFrequently: true })
    const mask = (object, time) => {
        context.clearRect(0, 0, width, height)
        const own = geometry.objectMatrix(object, time, size)
        const place = geometry.multiply(geometry.cameraMatrix(camera, time, size), own)
        if (isThere(object, time)) paintShape(context, object.shape, place, '#fff')
        const { data } = context.getImageData(0, 0, width, height)
        let bits = ''
        for (let i = 3; i < data.length; i += 4) bits += data[i] > 127 ? 1 : 0
        return bits
    }
    return objects.map((object) => Array.from({ length: frames }, (_, frame) => mask(object, frameTime(frame, frames))))
}"""
"""From [text, frames, width, height] to a text of 0 and 1 for each frame of each object."""


def bits(painted: list[list[str]], height: int, width: int) -> np.ndarray:
    """What PAINT gives as uint8 ``[N, T, H, W]``."""
    masks = np.array([[[int(bit) for bit in frame] for frame in one] for one in painted], np.uint8)
    return masks.reshape(*masks.shape[:2], height, width)
