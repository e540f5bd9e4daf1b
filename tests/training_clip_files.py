"""A training clip as files, for the tests that read folders."""

from __future__ import annotations

from pathlib import Path

from maskvideo.files.images import write_image
from maskvideo.training.clips import Clip


def write_clip(folder: Path, clip: Clip, masks: int | None = None) -> None:
    """``frames/`` and ``masks/`` of a clip, the first ``masks`` of them alone where a number is given."""
    for name in ("frames", "masks"):
        (folder / name).mkdir(parents=True)
    for index, (frame, mask) in enumerate(zip(clip.frames, clip.masks, strict=True)):
        write_image(folder / "frames" / f"{index}.png", frame.permute(1, 2, 0).numpy())
        if masks is None or index < masks:
            write_image(folder / "masks" / f"{index}.png", mask.mul(255).numpy())
