"""A clip for the host's input folder, drawn: a workflow names a clip that its user has."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from maskvideo.files.video import write_video

CLIP = "my_clip.mp4"
"""The name in the workflows."""
FRAMES, SIZE = 12, (96, 160)
BOX = (0.05, 0.2, 0.45, 0.95)
"""Around the object in frame 0: left, top, right, bottom, 0 to 1."""


def clip_truth(frames: int = FRAMES, size: tuple[int, int] = SIZE) -> np.ndarray:
    """The object's masks, uint8 [T, H, W] of 0 and 1: an ellipse that hops from left to right."""
    height, width = size
    masks = np.zeros((frames, height, width), np.uint8)
    for index, mask in enumerate(masks):
        way = index / max(frames - 1, 1)
        centre = round((0.25 + 0.5 * way) * width), round((0.6 - 0.2 * np.sin(np.pi * way)) * height)
        cv2.ellipse(mask, centre, (height // 4, height // 6), 10 * np.sin(2 * np.pi * way), 0, 360, 1, -1)
    return masks


def clip_frames(frames: int = FRAMES, size: tuple[int, int] = SIZE) -> np.ndarray:
    """The clip: an orange animal over a meadow with grain, uint8 RGB [T, H, W, 3]."""
    height, width = size
    rows = np.linspace(0, 1, height)[:, None, None]
    meadow = np.array([150, 190, 220]) * (1 - rows) + np.array([70, 120, 50]) * rows
    grain = np.random.default_rng(0).normal(0, 1, (height // 4, width // 4, 1))
    meadow = meadow + 12 * cv2.resize(grain, (width, height), interpolation=cv2.INTER_CUBIC)[..., None]
    masks = clip_truth(frames, size)[..., None]
    coat = np.array([205, 110, 40]) + 25 * np.sin(np.arange(width) / 5)[None, :, None]
    return np.where(masks > 0, coat, meadow).clip(0, 255).astype(np.uint8)


def put_clip(folder: Path, **shape) -> Path:
    """Write the clip into an input folder under the name that workflows use."""
    write_video(folder / CLIP, clip_frames(**shape), fps=12)
    return folder / CLIP
