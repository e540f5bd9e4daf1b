"""Single images and folders of them."""

import re
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from ..core.errors import MaskVideoError
from .atomic import atomic_path

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")


def list_images(folder):
    """The images of a folder in natural order (2 before 10), hidden files left out. Returns a list of Path."""
    found = [p for p in Path(folder).iterdir() if p.suffix.lower() in IMAGE_SUFFIXES and not p.name.startswith(".")]
    return sorted(found, key=natural_key)


def natural_key(path):
    """Sort key by which "frame2" comes before "frame10"."""
    return [(int(part), "") if part.isdigit() else (-1, part.lower()) for part in re.split(r"(\d+)", Path(path).name)]


def open_image(path):
    """A decoded Pillow image in its own mode; MaskVideoError where the file is missing, cut short or no image."""
    try:
        with Image.open(path) as image:
            image.load()
            return image.copy()
    except FileNotFoundError:
        raise MaskVideoError(f"there is no image {path}: give an existing {'/'.join(IMAGE_SUFFIXES)} file") from None
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise MaskVideoError(f"{path} is not a readable image ({error}): give a whole PNG or JPEG file") from error


def read_image(path):
    """An image file as uint8 RGB [H, W, 3]."""
    return np.asarray(open_image(path).convert("RGB"))


def write_image(path, image):
    """Write uint8 RGB [H, W, 3] or grey [H, W] as PNG or JPEG, by the name; nothing half-written stays."""
    path = Path(path)
    kind = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}.get(path.suffix.lower())
    if kind is None:
        raise MaskVideoError(f"images are written as .png or .jpg, not {path.suffix or 'without a suffix'}: {path}")
    with atomic_path(path) as temporary:
        Image.fromarray(image).save(temporary, format=kind, **({"quality": 95} if kind == "JPEG" else {}))
