"""Image files: the one reader of every picture that is no video."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from ..core.errors import MaskVideoError
from .atomic import atomic_path
from .deep_pictures import deep_reader
from .picture import Picture
from .pillow_pictures import page_numbers, read_pages
from .png_text import without_long_text
from .tiff_pages import FIRST_BYTES as TIFF
from .tiff_pages import tiff_pages
from .tiff_pictures import read_tiff

IMAGE_SUFFIXES = (
    ".png", ".apng", ".jpg", ".jpeg", ".jfif", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".tga", ".exr", ".avif",
    ".dpx", ".hdr", ".jp2", ".pgm", ".ppm", ".pbm", ".pnm",
)  # fmt: skip
"""What is read as an image, by its name; what is in the file is found by its first bytes."""
SEVERAL_SUFFIXES = (".gif", ".webp", ".apng", ".avif", ".tif", ".tiff")
"""Names of image files that hold several pictures often enough to be offered as clips."""


def count_pictures(path: str | Path) -> int:
    """How many pictures an image file holds: frames of a WebP, APNG or GIF, pages of a TIFF. Decodes none of them."""
    with _opened(path) as file:
        return _count(file)


def holds_several(path: str | Path) -> bool:
    """Whether it is an image file with several pictures, by its name and what is in it; a PNG counts as one picture."""
    return Path(path).suffix.lower() in SEVERAL_SUFFIXES and count_pictures(path) > 1


def open_picture(path: str | Path, page: int = 0) -> Picture:
    """One picture of an image file. Raises MaskVideoError where the file is missing, does not decode or has no such."""
    picture = next(pictures(path, page), None)
    if picture is None:
        count = count_pictures(path)
        raise MaskVideoError(f"{path} holds {count} pictures, so there is no {page}: give 0 to {count - 1}")
    return picture


def pictures(path: str | Path, start: int = 0) -> Iterator[Picture]:
    """The pictures of an image file from number `start` on, one at a time, each as it is shown (over those before it).

    Raises MaskVideoError where the file is missing, cut short or no image, when the first is asked for.
    """
    with _opened(path) as file:
        yield from _read(file, start)


def read_image(path):
    """An image file as uint8 RGB [H, W, 3], upright; of a file with several pictures the first."""
    return open_picture(path).rgb()


def write_image(path, image):
    """Write uint8 RGB [H, W, 3] or grey [H, W] as PNG or JPEG, by the name; nothing half-written stays."""
    path = Path(path)
    kind = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}.get(path.suffix.lower())
    if kind is None:
        raise MaskVideoError(f"images are written as .png or .jpg, not {path.suffix or 'without a suffix'}: {path}")
    with atomic_path(path) as temporary:
        Image.fromarray(image).save(temporary, format=kind, **({"quality": 95} if kind == "JPEG" else {}))


def _count(file):
    head = _first_bytes(file)
    if deep_reader(head) is not None:
        return 1
    return len(tiff_pages(file) if head.startswith(TIFF) else page_numbers(without_long_text(file)))


def _read(file, start):
    """What reads a file is found by its first bytes: a JPEG that is called .png is read too."""
    head = _first_bytes(file)
    if head.startswith(TIFF):
        yield from read_tiff(file, start)
    elif (reader := deep_reader(head)) is not None:
        yield from (reader(file) for _ in range(start, 1))
    else:
        yield from read_pages(without_long_text(file), start)


def _first_bytes(file):
    head = file.read(32)
    file.seek(0)
    return head


@contextmanager
def _opened(path):
    """The file, open; whatever a decoder raises on it becomes a MaskVideoError with its name."""
    try:
        with open(path, "rb") as file:
            yield file
    except FileNotFoundError:
        raise MaskVideoError(f"there is no image {path}: give an existing {'/'.join(IMAGE_SUFFIXES)} file") from None
    except Image.DecompressionBombError as error:
        raise MaskVideoError(f"{path} is too large to read ({error}): make it smaller") from error
    except UnidentifiedImageError:
        raise MaskVideoError(
            f"{path} is not a readable image (unknown format): give a whole PNG or JPEG file"
        ) from None
    except Exception as error:  # decoders raise nearly every type there is on a broken file
        reason = str(error) or type(error).__name__
        raise MaskVideoError(f"{path} is not a readable image ({reason}): give a whole PNG or JPEG file") from error
