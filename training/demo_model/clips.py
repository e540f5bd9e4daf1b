"""Stage 4's data: eight clips of moving, deforming blobs, written as a user's own clips would be."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...files.images import write_image
from .networks import SIZE
from .world import draw_clip

CLIPS = 8
FRAMES = 64


def write_clips(folder: Path, seed: int, clips: int = CLIPS, frames: int = FRAMES) -> Path:
    """Draw the few-shot set into ``folder/<clip>/{frames,masks}/`` and return ``folder``."""
    for clip in range(clips):
        images, masks = draw_clip(np.random.default_rng([seed, 8, clip]), frames, SIZE)
        for part, pictures in (("frames", images), ("masks", masks)):
            target = folder / f"clip-{clip}" / part
            target.mkdir(parents=True, exist_ok=True)
            for i, picture in enumerate(pictures):
                write_image(target / f"{i:03d}.png", picture)
    return folder
