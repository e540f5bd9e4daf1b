"""The folder of one training clip: where its frames, its masks or what points at its object, and its prompt lie."""

from __future__ import annotations

from pathlib import Path

from ..core.errors import MaskVideoError
from ..files.image_folder import images_in
from ..files.images import IMAGE_SUFFIXES, holds_several
from ..files.video import VIDEO_SUFFIXES

POINTER_FILES = ("mask.png", "points.json", "boxes.json")
"""Where a clip has no masks: its object in the first frame, from which it is followed."""
LAYOUT = (
    "each clip is a folder with frames/ (images) or one video or animation, and masks/ (images) or masks.mp4, or one "
    f"of {', '.join(POINTER_FILES)} that shows the object in the first frame"
)


def clip_folders(folder: Path) -> list[Path]:
    """The folders of the clips in ``folder``, by name; ``MaskVideoError`` shows the layout where there are none."""
    if not folder.is_dir():
        raise MaskVideoError(f"data folder {folder} does not exist: {LAYOUT}")
    if masks_of(folder) or pointers_of(folder):
        raise MaskVideoError(f"data folder {folder} is itself a clip: give the folder above it")
    found = [one for one in sorted(folder.iterdir()) if one.is_dir() and not one.name.startswith(".")]
    if not found:
        raise MaskVideoError(f"data folder {folder} holds no clips: {LAYOUT}")
    return found


def masks_of(folder: Path) -> Path | None:
    """The folder or the video of a clip's masks, None where it has neither."""
    if (folder / "masks").is_dir():
        return folder / "masks"
    return next((video for video in _videos_in(folder) if video.stem.lower() == "masks"), None)


def pointers_of(folder: Path) -> list[Path]:
    """The files of ``POINTER_FILES`` that a clip has."""
    return [folder / name for name in POINTER_FILES if (folder / name).is_file()]


def frames_of(folder: Path) -> Path:
    """The folder or the video of a clip's frames; ``MaskVideoError`` where there are none, or several videos."""
    frames = folder / "frames"
    if frames.is_dir():
        if not images_in(frames):
            suffixes = ", ".join(IMAGE_SUFFIXES)
            raise MaskVideoError(f'clip "{folder.name}" has no images in frames/: {suffixes} are read')
        return frames
    videos = [one for one in _videos_in(folder) if one.stem.lower() != "masks"]
    if len(videos) != 1:
        raise MaskVideoError(f'clip "{folder.name}" has {len(videos)} video files and no frames/: {LAYOUT}')
    return videos[0]


def prompt_of(folder: Path) -> str | None:
    """The clip's own prompt; None without one, or with an empty one."""
    path = folder / "prompt.txt"
    return read_text(path).strip() or None if path.is_file() else None


def read_text(path: Path) -> str:
    """A small text file of a clip; ``MaskVideoError`` where it is no text."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise MaskVideoError(f"{path} cannot be read ({error}): save it as plain text in UTF-8") from error


def no_masks(name: str) -> MaskVideoError:
    """For a clip that has neither masks nor anything to follow."""
    return MaskVideoError(
        f'clip "{name}" has no masks: give masks/ or masks.mp4, one for each frame; or mask.png (the object in the '
        "first frame), points.json or boxes.json, from which it is followed; or masks of SAM Mask Sequence"
    )


def _videos_in(folder: Path) -> list[Path]:
    """Videos, and image files with several pictures."""
    return [one for one in sorted(folder.iterdir()) if one.suffix.lower() in VIDEO_SUFFIXES or holds_several(one)]
