"""Where a command writes tracks: a folder of them, or a video of masks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from ..core.errors import MaskVideoError
from .outputs import prepared_folders

if TYPE_CHECKING:
    import numpy as np

    from ..mask_tools.sequence import TrackSequence

OUT_HELP = "the folder of tracks to write, or a video of masks by its suffix (.mp4, .mov, .mkv)"
VIDEO_FPS = 8
"""Of a video whose tracks do not say theirs."""


def write_sequence(out: str | Path, sequence: TrackSequence, feather_px: float = 0.0, name: str = "masks") -> None:
    """Compute and write a sequence a few frames at a time, with a progress bar; all or nothing.

    A folder gets tracks; a video, or a folder with soft outlines (``feather_px`` above 0), gets the union in grey.
    Raises ``MaskVideoError`` where ``out`` cannot be written.
    """
    from ..files.atomic_folder import require_replaceable
    from ..files.video import CONTAINERS, write_video
    from ..mask_tools.tracks_file import is_track_file, tracks_writer

    out = Path(out)
    if out.suffix.lower() in CONTAINERS:
        with prepared_folders(out.parent), frame_bar(name, sequence.count) as on_frame:
            write_video(out, _grey_frames(sequence, feather_px, on_frame), sequence.fps or VIDEO_FPS)
    elif out.suffix:
        raise MaskVideoError(f"{out} ends in {out.suffix}: give a folder, or a video ending in {', '.join(CONTAINERS)}")
    else:
        require_replaceable(out, is_track_file)
        with prepared_folders(out.absolute().parent), frame_bar(name, sequence.count) as on_frame:
            if feather_px:
                _write_grey(out, sequence, feather_px, on_frame)
            else:
                with tracks_writer(out, sequence.names, sequence.colours, sequence.fps) as writer:
                    for masks in _each_frame(sequence, on_frame):
                        writer.write(masks)
    print(f"wrote {out}: {sequence.count} frames of {sequence.size[1]}x{sequence.size[0]}, {', '.join(sequence.names)}")


@contextmanager
def frame_bar(name: str, frames: int | None = None) -> Iterator[Callable[[int, int], None]]:
    """Yields an ``on_frame(done, total)`` that moves a progress bar; the total may change on the way."""
    with tqdm(desc=name, total=frames, unit="frame", dynamic_ncols=True) as bar:

        def on_frame(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield on_frame


def _each_frame(sequence: TrackSequence, on_frame: Callable[[int, int], None]) -> Iterator[np.ndarray]:
    """The masks of each frame, uint8 ``[N, H, W]``."""
    from ..mask_tools.sequence import chunks

    for frames in chunks(sequence.count):
        yield from sequence.batch(frames)
        on_frame(frames.stop, sequence.count)


def _grey(sequence: TrackSequence, feather_px: float, on_frame: Callable[[int, int], None]) -> Iterator[np.ndarray]:
    """The union of each frame, uint8 ``[H, W]``, 0 to 255."""
    from ..mask_tools.morphology import feather_masks

    for masks in _each_frame(sequence, on_frame):
        soft = feather_masks(masks.max(axis=0)[None], feather_px)[0, 0, 0]
        yield (soft * 255).round().byte().numpy()


def _grey_frames(sequence, feather_px, on_frame) -> Iterator[np.ndarray]:
    for grey in _grey(sequence, feather_px, on_frame):
        yield grey[..., None].repeat(3, axis=-1)


def _write_grey(out: Path, sequence: TrackSequence, feather_px: float, on_frame: Callable[[int, int], None]) -> None:
    from ..files.atomic_folder import atomic_folder
    from ..files.images import write_image
    from ..mask_tools.tracks_file import frame_name, is_track_file

    with atomic_folder(out, is_track_file) as folder:
        for index, grey in enumerate(_grey(sequence, feather_px, on_frame)):
            write_image(folder / frame_name(index), grey)
