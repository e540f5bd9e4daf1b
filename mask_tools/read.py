"""Read a mask sequence from a folder of images, one image, or a video."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from ..core.errors import MaskVideoError
from ..files.images import IMAGE_SUFFIXES, list_images, open_image
from ..files.video import read_video
from .select import evenly_spaced

LABEL_LIMIT = 32  # a PNG whose brightest value is below this numbers its objects (1, 2, ..), it is no dark grey mask


def read_masks(path, frames=None, invert=False):
    """Read masks as data: foreground is what is bright, or any labelled object.

    path: folder of images (in natural order), one image, or a video. Any bit depth: values above half are foreground;
    in palette and label images every entry that is not black; colour counts by its brightest channel, over black where
    it is transparent.
    frames: take so many, evenly spaced from first to last; None takes all. A shorter sequence is returned as it is,
    for `fit_masks` to judge.
    invert: the object is what would be background.
    Returns float [1, 1, T, H, W] of 0 and 1. Raises MaskVideoError when there are none or their sizes differ.
    """
    path = Path(path)
    if path.is_dir():
        masks = _read_images(_pick(_images_of(path), frames))
    elif path.suffix.lower() in IMAGE_SUFFIXES:
        masks = [read_mask(path)]
    elif path.exists():
        masks = _pick([frame.max(axis=-1) > 127 for frame in read_video(path)], frames)
    else:
        raise MaskVideoError(f"there are no masks at {path}: give a folder of PNG or JPEG masks, or a video file")
    found = torch.from_numpy(np.stack(masks)).float()[None, None]
    return 1 - found if invert else found


def read_mask(path):
    """One mask image as bool [H, W]; the rules are those of `read_masks`."""
    image = open_image(path)
    if image.mode == "P":
        return np.asarray(image.convert("RGB")).max(axis=-1) > 0
    if image.mode == "1":
        return np.asarray(image)
    values = _brightness(image)
    peak = values.max(initial=0)
    lossless = Path(path).suffix.lower() not in (".jpg", ".jpeg")  # JPEG's noise in a black mask is no label
    if values.dtype.kind == "f":
        return values > 0.5 * max(1.0, 255.0 * (peak > 1))
    if lossless and peak < LABEL_LIMIT:
        return values > 0
    return values > (127 if peak <= 255 else 32767)


def _brightness(image):
    """[H, W] of the brightest channel; 16-bit and float images keep their depth."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return np.asarray(image)
    if image.mode in ("RGBA", "LA", "PA"):
        over = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", over.size, (0, 0, 0, 255)), over)
    return np.asarray(image.convert("RGB")).max(axis=-1)


def _images_of(folder):
    images = list_images(folder)
    if not images:
        raise MaskVideoError(
            f"no masks found in {folder}: it needs images ({', '.join(IMAGE_SUFFIXES)}), one per frame"
        )
    return images


def _read_images(paths):
    masks = [read_mask(path) for path in paths]
    for path, mask in zip(paths, masks, strict=True):
        if mask.shape != masks[0].shape:
            raise MaskVideoError(
                f"masks differ in size: {paths[0].name} is {_size(masks[0])}, {path.name} is {_size(mask)}: "
                f"make all {_size(masks[0])}"
            )
    return masks


def _pick(items, frames):
    return items if frames is None or len(items) <= frames else [items[i] for i in evenly_spaced(len(items), frames)]


def _size(mask):
    return f"{mask.shape[1]}x{mask.shape[0]}"
