"""A small made clip for the tests of the flow tracker: a textured disk crosses a textured wall, the camera pans."""

import numpy as np

SIZE = (96, 128)


def wall(x, y):
    return np.stack([120 + 50 * np.sin(x / 3 + k) * np.cos(y / 4 + 2 * k) for k in range(3)], axis=-1)


def disk_clip(count=8, speed=3.0, pan=1.0, colour=(60, -40, -60), size=SIZE, hidden=()):
    """uint8 RGB [T, H, W, 3] and bool [T, H, W]; a grey post covers the disk's middle on the frames in `hidden`."""
    y, x = np.mgrid[: size[0], : size[1]].astype(np.float32)
    frames, masks = [], []
    for index in range(count):
        centre = 35 + speed * index
        mask = (x - centre) ** 2 + (y - 48) ** 2 < 18**2
        disk = wall(1.7 * (x - centre), 1.3 * y) * 0.4 + 60 + np.array(colour)
        frame = np.where(mask[..., None], disk, wall(x + pan * index, y))
        if index in hidden:
            post = np.abs(x - centre) < 5
            frame, mask = np.where(post[..., None], 200.0, frame), mask & ~post
        frames.append(frame.clip(0, 255).astype(np.uint8))
        masks.append(mask)
    return np.stack(frames), np.stack(masks)


def step_between(frames, masks, first=0):
    from maskvideo.mask_tools.flow_motion import DenseFlow
    from maskvideo.mask_tools.flow_step import View, take_step

    previous, current = (View(frames[index], frames.shape[1:3]) for index in (first, first + 1))
    return take_step(DenseFlow(), previous, current, masks[first].astype(np.float32))
