"""Training clips from a folder: frames and masks of each, at the training size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from ..core.errors import MaskVideoError
from ..files.images import IMAGE_SUFFIXES, list_images, read_image
from ..files.video import read_video
from ..mask_tools.fit import fit_masks
from ..mask_tools.read import read_masks

VIDEO_SUFFIXES = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v")
LAYOUT = "each clip is a folder with frames/ (images) or one video file, and masks/ (images) or masks.mp4"


SHAPE_TOLERANCE = 0.02
"""By how much the shapes of frames and masks may differ: sides are rounded where one of them was scaled."""


@dataclass(frozen=True)
class Clip:
    """One training clip.

    ``frames`` uint8 ``[T, 3, H, W]``, ``masks`` uint8 ``[T, H, W]`` with 1 = foreground. ``prompt`` replaces the
    motion prompt of the set for this clip.
    """

    name: str
    frames: Tensor
    masks: Tensor
    prompt: str | None = None


def read_clips(folder: str | Path, width: int, height: int, progress: bool = False) -> list[Clip]:
    """Read every clip of ``folder``, cut to the middle at ``width``:``height`` and scaled to it.

    A clip's folder may hold ``prompt.txt``, its own prompt. ``MaskVideoError`` names the clip where one has no
    frames, no masks, or another number of masks than frames, and shows the layout where there are no clips.
    """
    folders = clip_folders(Path(folder))
    return [read_clip(one, width, height) for one in tqdm(folders, "reading clips", disable=not progress)]


def read_clip(folder: str | Path, width: int, height: int) -> Clip:
    """Read one clip's folder; see ``read_clips``."""
    folder = Path(folder)
    frames, masks = _read_frames(folder), read_masks(_masks_of(folder))
    return make_clip(folder.name, frames, masks, width, height, _prompt_of(folder))


def make_clip(
    name: str, frames: Iterable[np.ndarray], masks: Tensor, width: int, height: int, prompt: str | None = None
) -> Clip:
    """A clip of ``frames``, uint8 RGB ``[H, W, 3]`` one at a time, and ``masks`` ``[1, 1, T, H, W]`` in 0..1.

    Both are cut to the middle and scaled to ``width``×``height``; ``MaskVideoError`` where they differ in number or in
    shape.
    """
    fitted, shapes = [], set()
    for frame in frames:
        shapes.add(frame.shape[:2])
        fitted.append(_fit(frame, width, height))
    if masks.shape[2] != len(fitted):
        raise MaskVideoError(
            f'clip "{name}" has {masks.shape[2]} masks for {len(fitted)} frames: give one mask for each frame'
        )
    _check_shape(name, shapes, masks)
    masks = fit_masks(_cut(masks, width, height), len(fitted), (height, width))[0, 0].to(torch.uint8)
    return Clip(name, torch.stack(fitted), masks, prompt)


def _check_shape(name: str, shapes: set[tuple[int, int]], masks: Tensor) -> None:
    """Masks of another size than the frames are scaled to it; of another shape, they would lie elsewhere."""
    height, width = masks.shape[-2:]
    for rows, columns in shapes:
        if abs(rows * width - columns * height) > rows * SHAPE_TOLERANCE * width:
            raise MaskVideoError(
                f'clip "{name}" has masks of {width}×{height} for frames of {columns}×{rows}, another shape: '
                f"give masks of {columns}×{rows}"
            )


def clip_folders(folder: Path) -> list[Path]:
    """The folders of the clips in ``folder``, by name; ``MaskVideoError`` shows the layout where there are none."""
    if not folder.is_dir():
        raise MaskVideoError(f"data folder {folder} does not exist: {LAYOUT}")
    if _masks_of(folder, required=False):
        raise MaskVideoError(f"data folder {folder} is itself a clip: give the folder above it")
    found = [one for one in sorted(folder.iterdir()) if one.is_dir() and not one.name.startswith(".")]
    if not found:
        raise MaskVideoError(f"data folder {folder} holds no clips: {LAYOUT}")
    return found


def _videos_in(folder: Path) -> list[Path]:
    return [one for one in sorted(folder.iterdir()) if one.suffix.lower() in VIDEO_SUFFIXES]


def _masks_of(folder: Path, required: bool = True) -> Path | None:
    if (folder / "masks").is_dir():
        return folder / "masks"
    for video in _videos_in(folder):
        if video.stem.lower() == "masks":
            return video
    if required:
        raise MaskVideoError(f'clip "{folder.name}" has no masks: {LAYOUT}')
    return None


def _read_frames(folder: Path) -> Iterator[np.ndarray]:
    if (folder / "frames").is_dir():
        return _read_images(folder / "frames", folder.name)
    videos = [one for one in _videos_in(folder) if one.stem.lower() != "masks"]
    if len(videos) != 1:
        raise MaskVideoError(f'clip "{folder.name}" has {len(videos)} video files and no frames/: {LAYOUT}')
    return read_video(videos[0])


def _read_images(folder: Path, clip: str) -> Iterator[np.ndarray]:
    paths = list_images(folder)
    if not paths:
        raise MaskVideoError(f'clip "{clip}" has no images in frames/: {", ".join(IMAGE_SUFFIXES)} are read')
    return map(read_image, paths)


def _fit(frame: np.ndarray, width: int, height: int) -> Tensor:
    """uint8 ``[H, W, 3]`` to uint8 ``[3, height, width]``."""
    image = torch.tensor(frame).permute(2, 0, 1)[None].float()
    image = F.interpolate(_cut(image, width, height), (height, width), mode="bilinear", antialias=True)
    return image[0].round().clamp(0, 255).to(torch.uint8)


def _cut(images: Tensor, width: int, height: int) -> Tensor:
    """The middle of ``[..., H, W]`` at the aspect of ``width``:``height``, so that nothing is stretched."""
    rows, columns = images.shape[-2:]
    scale = min(rows / height, columns / width)
    cut_rows, cut_columns = round(height * scale), round(width * scale)
    top, left = (rows - cut_rows) // 2, (columns - cut_columns) // 2
    return images[..., top : top + cut_rows, left : left + cut_columns]


def _prompt_of(folder: Path) -> str | None:
    path = folder / "prompt.txt"
    return path.read_text(encoding="utf-8").strip() if path.is_file() else None
