"""How well and how fast the weight-free tracker follows an object: J and F by the DAVIS definitions, clip by clip.

Each clip is a folder with frames/ and masks/ (images by number). The first mask is given, the rest are for scoring. The
ratio is to the simplest tracker: the last mask warped by the same optical flow. The processor's time, all threads
together, stands beside the clock's, which other programs lengthen. `--reverse` plays every clip backwards too, so that
nobody tunes to the one direction. `--long` follows an object through a long 1080p video and watches the memory.

    python benchmarks/tracker.py --davis FOLDER
    python benchmarks/tracker.py --davis FOLDER --clips goat libby --reverse
    python benchmarks/tracker.py --long 1000
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from maskvideo.adapters.diffusers.peak_memory import peak_memory_mb
from maskvideo.evaluation.region_boundary import score_masks
from maskvideo.evaluation.report import write_report
from maskvideo.evaluation.table import markdown_table
from maskvideo.files.image_folder import list_images
from maskvideo.files.video import write_video
from maskvideo.mask_tools.flow_motion import DenseFlow, carry
from maskvideo.mask_tools.flow_tracker import FlowBackend
from maskvideo.mask_tools.frame_source import FrameSource, open_frames
from maskvideo.mask_tools.prompts import ObjectPrompt
from maskvideo.mask_tools.read import read_mask
from tqdm import tqdm

NAME = "object"
TARGET_J, TARGET_FPS = 0.65, 5.0
LONG_SIZE = (1080, 1920)
TENTH = 10
COARSE = 4  # the made video is drawn at a quarter of its size, for speed


def track(frames: FrameSource, first: np.ndarray) -> Iterator[np.ndarray]:
    """The tracker's masks, bool [H, W], frame by frame; the first one is given."""
    for _, found in FlowBackend().track(frames, [ObjectPrompt(NAME, mask=first)], lambda done, total: None):
        yield found[NAME]


def warp_alone(frames: FrameSource, first: np.ndarray) -> Iterator[np.ndarray]:
    """The simplest tracker: the last mask, warped by dense flow."""
    dense, mask, previous = DenseFlow(), first.astype(np.float32), None
    for frame in frames:
        grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
        if previous is not None:
            mask = carry(mask, dense.between(previous, grey).backward)
        previous = grey
        yield mask > 0.5


def read_clip(folder: Path, reverse: bool) -> tuple[FrameSource, np.ndarray]:
    """Frames in memory (decoding is not timed) and true masks, bool [T, H, W]."""
    frames = np.stack(list(open_frames(folder / "frames")))
    truth = np.stack([read_mask(path) for path in list_images(folder / "masks")])
    return (open_frames(frames[::-1]), truth[::-1]) if reverse else (open_frames(frames), truth)


def measure(folder: Path, reverse: bool = False) -> dict:
    """One line of the table."""
    frames, truth = read_clip(folder, reverse)
    clock, processor = time.perf_counter(), time.process_time()
    masks = np.stack(list(track(frames, truth[0])))
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    scores, plain = score_masks(masks[1:], truth[1:]), _score(warp_alone, frames, truth)
    third = max(1, len(scores.j_frames) // 3)
    return {
        "clip": folder.name + (" (backwards)" if reverse else ""),
        "frames": frames.count,
        "J": scores.j,
        "F": scores.f,
        "J, last third": float(np.mean(scores.j_frames[-third:])),
        "J, warp alone": plain,
        "frames/s": frames.count / clock,
        "frames/s of processor": frames.count / processor,
    }


def measure_long(count: int, size: tuple[int, int] = LONG_SIZE) -> dict[str, float]:
    """A textured ball crosses a textured room: J, speed, and the memory after a tenth and at the end."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.mp4"
        write_video(path, (ball_frame(index, count, size)[0] for index in range(count)), fps=24)
        frames, peaks, overlap = open_frames(path), [], []
        start = time.perf_counter()
        masks = track(frames, ball_frame(0, count, size)[1])
        for index, mask in enumerate(tqdm(masks, total=count, desc="long video")):
            if index in (count // TENTH, count - 1):
                peaks.append(peak_memory_mb())
                overlap.append(score_masks(mask[None], ball_frame(index, count, size)[1][None]).j)
        seconds = time.perf_counter() - start
    return {
        "frames": count,
        "frames/s": count / seconds,
        "J at the end": overlap[-1],
        "peak memory MB after the first tenth": peaks[0],
        "peak memory MB at the end": peaks[-1],
    }


def ball_frame(index: int, count: int, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Frame (uint8 RGB [H, W, 3]) and true mask (bool [H, W]); the ball rolls to and fro."""
    height, width = (max(side // COARSE, 64) for side in size)
    y, x = np.mgrid[:height, :width].astype(np.float32) / height
    swing = np.sin(2 * np.pi * 5 * index / max(count, 200))
    across, down = x - width / height / 2 - 0.5 * swing, y - 0.5
    room = 110 + 40 * np.sin(31 * x + 3 * np.sin(17 * y)) * np.cos(23 * y)
    ball = 120 + 60 * np.sin(40 * across) * np.sin(40 * down)
    mask = across**2 + down**2 < 0.04
    planes = [np.where(mask, ball * share, room) for share in (1.3, 0.8, 0.5)]
    frame = np.stack(planes, axis=-1).clip(0, 255).astype(np.uint8)
    return cv2.resize(frame, size[::-1]), cv2.resize(mask.astype(np.uint8), size[::-1]) > 0


def mean_row(rows: Sequence[dict]) -> dict:
    """The mean of every figure; frames add up."""
    figures = {key: float(np.mean([row[key] for row in rows])) for key in rows[0] if key not in ("clip", "frames")}
    return {"clip": "mean", "frames": sum(row["frames"] for row in rows), **figures}


def main(argv: Sequence[str] | None = None) -> list[dict]:
    """Print the tables; returns the lines of the first, its mean last."""
    args = _arguments(argv)
    cv2.setNumThreads(args.threads)
    rows = []
    for reverse in (False, True)[: 1 + args.reverse] if args.davis else ():
        part = [measure(folder, reverse) for folder in tqdm(_clips(args.davis, args.clips), desc="clips")]
        part.append(mean_row(part))
        print(markdown_table(part))
        print(_verdict(part[-1]))
        rows += part
    long = measure_long(args.long) if args.long else {}
    if long:
        print(markdown_table([long], digits=2))
    if args.report:
        write_report(args.report, {"clips": rows, "long": long})
    return rows


def _score(tracker: Callable, frames: FrameSource, truth: np.ndarray) -> float:
    return score_masks(np.stack(list(tracker(frames, truth[0])))[1:], truth[1:]).j


def _verdict(mean: dict) -> str:
    """Speed is judged by the processor's time: what other programs do does not count, and what it says is a floor."""
    speed = mean["frames/s of processor"]
    met = mean["J"] >= TARGET_J and speed >= TARGET_FPS
    return (
        f"mean J {mean['J']:.3f} at {speed:.1f} frames a second of processor time, "
        f"{mean['J'] / mean['J, warp alone']:.2f} times the warp alone; target {TARGET_J} at {TARGET_FPS:g}: "
        f"{'met' if met else 'missed'}\n"
    )


def _clips(folder: Path, names: Sequence[str] | None) -> list[Path]:
    return sorted(path for path in folder.iterdir() if (path / "masks").is_dir() and (not names or path.name in names))


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--davis", type=Path, help="folder of clips, each with frames/ and masks/")
    parser.add_argument("--clips", nargs="+", help="only these")
    parser.add_argument("--reverse", action="store_true", help="also every clip backwards")
    parser.add_argument("--long", type=int, default=0, metavar="FRAMES", help="length of a made 1080p video")
    parser.add_argument("--threads", type=int, default=2, help="of OpenCV")
    parser.add_argument("--report", type=Path, help="JSON file for every figure")
    args = parser.parse_args(argv)
    if args.davis is None and not args.long:
        parser.error("give --davis FOLDER, --long FRAMES, or both")
    return args


if __name__ == "__main__":
    main()
