"""``maskvideo masks check``: what is wrong with masks, as figures, a plot and a video."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

from .mask_flags import add_reading_flags, reading_of
from .outputs import prepared_folders
from .track_output import VIDEO_FPS, frame_bar

if TYPE_CHECKING:
    from ..mask_tools.measure import CheckReport, ObjectReport

DESCRIPTION = """\
Measure every object in every frame, and say which frames are worth a look: gaps, jumps, sudden changes of area or
outline, pieces, masks too small to guide a video or inverted. With the video also masks on bare background, and objects
that still show where masks are empty; an object that is gone is absent, which is no fault.

  DIR/check.json     area, centre, speed, IoU with the next frame, pieces, borders touched, empty, absent and suspicious
                     frames
  DIR/check.png      the same as a plot
  DIR/overlay.mp4    the masks over the frames, suspicious frames marked with the reason
"""
EXAMPLES = """\
examples:
  maskvideo masks check --masks tracks/ --out check
  maskvideo masks check --masks tracks/ --video clip.mp4 --out check
"""
MOST_SHOWN = 12


def add_parser(subparsers) -> None:
    """Add ``check`` to ``maskvideo masks``."""
    parser = subparsers.add_parser(
        "check",
        help="see what is wrong with masks",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--masks", required=True, metavar="DIR|VIDEO", help="what to check")
    add_reading_flags(parser)
    parser.add_argument(
        "--video", metavar="FILE|DIR", help="the frames to judge the masks by and draw them over (none: on grey)"
    )
    parser.add_argument("--out", required=True, metavar="DIR", help="the folder to write")
    parser.add_argument("--fps", type=float, metavar="N", help=f"of the overlay (the video's, or {VIDEO_FPS})")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Open, measure, draw, write."""
    from ..evaluation.track_plot import plot_check
    from ..files.video import write_video
    from ..mask_tools.frame_source import open_frames
    from ..mask_tools.match_frames import match_clip
    from ..mask_tools.measure import check_tracks, write_check
    from ..mask_tools.overlay_tracks import overlay_tracks
    from ..mask_tools.track_sources import open_tracks
    from ..mask_tools.tracks import check_fps

    check_fps(args.fps)
    sequence, out = open_tracks(args.masks, **reading_of(args)), Path(args.out)
    notes, frames = [sequence.reading], None
    if args.video:
        frames, sequence, note = match_clip(open_frames(args.video), sequence)
        notes += [note] if note else []
    fps = args.fps or sequence.fps or (frames and frames.fps) or VIDEO_FPS
    with prepared_folders(out):
        with frame_bar("measure", sequence.count) as on_frame:
            report = check_tracks(sequence, on_frame, frames)
        report = replace(report, notes=notes)
        write_check(out / "check.json", report)
        plot_check(out / "check.png", report)
        with frame_bar("overlay", sequence.count) as on_frame:
            write_video(
                out / "overlay.mp4",
                overlay_tracks(frames, sequence, warnings=report.suspicious, on_frame=on_frame),
                fps,
            )
    print("\n".join(f"masks: {note}" for note in notes))
    print(_summary(report))
    print(f"wrote {out / 'check.json'}, {out / 'check.png'}, {out / 'overlay.mp4'}")
    return 0


def _summary(report: CheckReport) -> str:
    """A line for each object, when it is absent, then the frames worth a look."""
    from ..mask_tools.check import span

    lines = [f"{'object':<20}{'area':>8}{'speed':>8}{'IoU next':>10}{'empty':>7}{'border':>8}{'suspicious':>12}"]
    lines += [_object_line(one) for one in report.objects]
    lines += [f"{one.name}: absent in {span(one.absent)}" for one in report.objects if one.absent]
    suspicious = report.suspicious
    lines += [f"frame {frame}: {'; '.join(reasons)}" for frame, reasons in list(suspicious.items())[:MOST_SHOWN]]
    if len(suspicious) > MOST_SHOWN:
        lines.append(f"and {len(suspicious) - MOST_SHOWN} more frames, in check.json")
    return "\n".join(lines)


def _object_line(one: ObjectReport) -> str:
    border = sum(bool(sides) for sides in one.border)
    counts = f"{len(one.empty):>7}{border:>8}{len(one.suspicious):>12}"
    return f"{one.name:<20}{_mean(one.area):>8}{_mean(one.speed):>8}{_mean(one.iou_next):>10}{counts}"


def _mean(values: list) -> str:
    known = [value for value in values if value is not None]
    return f"{mean(known):.3f}" if known else "–"
