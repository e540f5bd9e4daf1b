"""What an edit of masks costs: milliseconds for a short sequence, seconds and memory for a long one.

The short sequence is that of a node in the graph: one object, 16 frames of 512x320, every edit timed in every round, in
turning order. The long one goes from a folder of tracks to another, a few frames in memory at a time, by the same
keyframed edit; the time of its last tenth is held against that of its first, and so is its memory. The time of the
processor, all threads together, stands beside that of the clock, which other programs lengthen.

    python benchmarks/editing.py
    python benchmarks/editing.py --device cuda --size 1080 1920
    python benchmarks/editing.py --stream-frames 1000 --repeats 5
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from maskvideo.adapters.diffusers.peak_memory import peak_memory_mb
from maskvideo.evaluation.report import write_report
from maskvideo.evaluation.table import markdown_table
from maskvideo.mask_tools.camera import Camera, CameraKey
from maskvideo.mask_tools.draw import default_trajectory, draw_masks
from maskvideo.mask_tools.edit import Edit, edit_sequence, edit_tracks
from maskvideo.mask_tools.measure import check_tracks
from maskvideo.mask_tools.morphology import Grow
from maskvideo.mask_tools.retime import Retime
from maskvideo.mask_tools.sequence import TrackSequence, chunks
from maskvideo.mask_tools.smooth import Smooth
from maskvideo.mask_tools.tracks import Tracks
from maskvideo.mask_tools.tracks_file import StoredTracks, tracks_writer
from maskvideo.mask_tools.transform import Mirror, Move, MoveKey
from tqdm import tqdm

MOVE = Move((MoveKey(), MoveKey(0.5, 0.1, -0.05, 1.4, 15), MoveKey(1, -0.1, 0.1, 0.8, -30)))
CAMERA = Camera((CameraKey(), CameraKey(1, 0.4, 0.5, 1.3, 10)))
EDITS = {
    "keyframed move": Edit((MOVE,)),
    "move, camera and mirror, as one": Edit((MOVE, CAMERA, Mirror())),
    "grow by 5 pixels": Edit((Grow(5),)),
    "retime to twice the frames": Edit((Retime(speed=0.5),)),
    "smooth over 5 frames": Edit((Smooth(5),)),
}
CHECK = "check"
TARGET_MS = {"keyframed move": 30.0}
"""The most that each may take: an edit at interactive rate."""
TENTH = 10


@dataclass(frozen=True)
class Repeated:
    """A sequence of any length without its memory: the frames of a short one, over and over."""

    base: Tracks
    count: int

    @property
    def names(self):
        return self.base.names

    @property
    def colours(self):
        return self.base.colours

    @property
    def size(self):
        return self.base.size

    fps = None

    def batch(self, frames: Sequence[int]) -> np.ndarray:
        return self.base.batch([frame % self.base.count for frame in frames])


def example_tracks(frames: int, size: tuple[int, int]) -> Tracks:
    """The star of `maskvideo demo`."""
    return Tracks.from_masks(draw_masks(default_trajectory(), frames, size))


def time_edits(tracks: Tracks, repeats: int, device: str) -> dict[str, list[tuple[float, float]]]:
    """Milliseconds of each edit in each round, by the clock and of the processor, after one round to warm up."""
    ways = {name: lambda edit=edit: edit_tracks(tracks, edit, device) for name, edit in EDITS.items()}
    ways[CHECK] = lambda: check_tracks(tracks)
    names, rounds = list(ways), []
    for index in tqdm(range(repeats + 1), "rounds"):
        turn = index % len(names)
        rounds.append({name: _milliseconds(ways[name]) for name in names[turn:] + names[:turn]})
    return {name: [times[name] for times in rounds[1:]] for name in names}


def stream(folder: Path, frames: int, tracks: Tracks, device: str) -> dict[str, float]:
    """A long sequence from folder to folder: its seconds, and how the last tenth of it compares with the first."""
    _write(folder / "long", Repeated(tracks, frames))
    seconds, peaks = [], []
    edited = edit_sequence(StoredTracks(folder / "long"), EDITS["keyframed move"], device)
    with tracks_writer(folder / "edited", edited.names, edited.colours) as writer:
        for tenth in tqdm(np.array_split(np.arange(frames), TENTH), "tenths of the long sequence"):
            start = _clocks()
            for part in np.array_split(tenth, max(1, len(tenth) // 16)):
                for masks in edited.batch(part.tolist()):
                    writer.write(masks)
            seconds.append((_clocks() - start) / len(tenth))
            peaks.append(peak_memory_mb())
    seconds = np.array(seconds)  # [tenths, 2]: by the clock, of the processor
    total, processor = seconds.mean(axis=0) * frames
    return {
        "frames": frames,
        "seconds": float(total),
        "frames per second": float(frames / total),
        "processor seconds": float(processor),
        "processor time, last tenth to first": float(seconds[-1, 1] / seconds[0, 1]),
        "peak memory MB after the first tenth": peaks[0],
        "peak memory MB at the end": peaks[-1],
    }


def summarise(milliseconds: dict[str, list[tuple[float, float]]]) -> list[dict]:
    """A row for each edit: the median and the quartiles of its times by the clock, the median of the processor's."""
    rows = []
    for name, times in milliseconds.items():
        clock, processor = np.array(times).T
        low, median, high = np.quantile(clock, [0.25, 0.5, 0.75])
        row = {"edit": name, "ms": float(median), "ms quartiles": f"{low:.1f} to {high:.1f}"}
        row["processor ms"] = float(np.median(processor))
        if name in TARGET_MS:
            row |= {"target": f"< {TARGET_MS[name]:g}", "met": "yes" if median < TARGET_MS[name] else "no"}
        rows.append(row)
    return rows


def _write(folder: Path, sequence: TrackSequence) -> None:
    with tracks_writer(folder, sequence.names, sequence.colours) as writer:
        for frames in chunks(sequence.count):
            for masks in sequence.batch(frames):
                writer.write(masks)


def _milliseconds(call) -> tuple[float, float]:
    start = _clocks()
    call()
    clock, processor = (_clocks() - start) * 1000
    return float(clock), float(processor)


def _clocks() -> np.ndarray:
    """Seconds by the clock and of the processor."""
    return np.array([time.perf_counter(), time.process_time()])


def read_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--frames", type=int, default=16, metavar="N", help="of the short sequence (16)")
    parser.add_argument("--size", type=int, nargs=2, default=(320, 512), metavar=("H", "W"), help="pixels (320 512)")
    parser.add_argument("--stream-frames", type=int, default=10_000, metavar="N", help="of the long one; 0 is none")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, mps (cpu)")
    parser.add_argument("--repeats", type=int, default=30, metavar="N", help="rounds that count (30)")
    parser.add_argument("--threads", type=int, metavar="N", help="of the CPU (all cores)")
    parser.add_argument("--report", metavar="FILE.json", help="also write settings, every time and the summary")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> list[dict]:
    """Measure, print the tables, write the report where one is asked for; the rows of the first table."""
    args = read_arguments(argv)
    if args.threads:
        torch.set_num_threads(args.threads)
        cv2.setNumThreads(args.threads)
    tracks = example_tracks(args.frames, tuple(args.size))
    milliseconds = time_edits(tracks, args.repeats, args.device)
    rows = summarise(milliseconds)
    print(markdown_table(rows, {key: key for key in rows[0]}))
    streamed = None
    if args.stream_frames:
        with tempfile.TemporaryDirectory() as folder:
            streamed = stream(Path(folder), args.stream_frames, tracks, args.device)
        print(markdown_table([streamed], {key: key for key in streamed}))
    if args.report:
        machine = {"torch": torch.__version__, "opencv": cv2.__version__, "threads": cv2.getNumThreads()}
        write_report(args.report, vars(args) | machine | {"summary": rows, "stream": streamed, "ms": milliseconds})
    return rows


if __name__ == "__main__":
    main()
