"""Write a mask sequence: a folder of PNGs, or a video."""

from pathlib import Path

import numpy as np

from ..files.atomic import require_writable_folder
from ..files.frame_layout import masks_to_uint8
from ..files.images import write_image
from ..files.video import CONTAINERS, write_video


def write_masks(path, masks, fps=8):
    """Write masks that `read_masks` reads back.

    path: a video file by its suffix (lossy at outlines), or else a folder that gets 00000.png, 00001.png, ..
    masks: [1, 1, T, H, W], cut at 0.5, foreground white. fps: frames per second of a video.
    """
    path, grey = Path(path), masks_to_uint8(masks)
    if path.suffix.lower() in CONTAINERS:
        write_video(path, (np.repeat(mask[..., None], 3, axis=-1) for mask in grey), fps)
        return
    require_writable_folder(path)
    for index, mask in enumerate(grey):
        write_image(path / f"{index:05d}.png", mask)
