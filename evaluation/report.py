"""The report of a video: every score in one JSON file, next to the settings that made it."""

import json

from ..files.atomic import atomic_path
from .colour_error import colour_error, prompt_colour_error
from .frame_consistency import frame_consistency
from .mask_iou import mask_iou_per_frame, mean_after_first

DIGITS = 4


def evaluate_video(frames, masks, prompt=""):
    """All scores of one video, as a flat dict that JSON can hold.

    frames: [1, 3, T, H, W], 0..1. masks: [1, 1, T, H, W], 1 = foreground. prompt: adds the error against the colours
    that it names; a score that does not apply is None. MaskVideoError on unlike shapes or an empty mask 0.
    """
    per_frame, drift = mask_iou_per_frame(frames, masks), colour_error(frames, masks)
    named, consistency = prompt_colour_error(frames, masks, prompt), frame_consistency(frames, masks)
    scores = {
        "mask_miou": mean_after_first(per_frame),
        "mask_iou_per_frame": per_frame,
        "colour_error_foreground": drift.foreground,
        "colour_error_background": drift.background,
        "colour_error_foreground_per_frame": drift.foreground_per_frame,
        "colour_error_background_per_frame": drift.background_per_frame,
        "prompt_colour_error_foreground": named.foreground,
        "prompt_colour_error_background": named.background,
        "palette_consistency": consistency.palette,
        "background_psnr_db": consistency.background_psnr,
    }
    return {name: _rounded(score) for name, score in scores.items()}


def write_report(path, report):
    """Write a dict as JSON, all or nothing; paths and other objects are written as text."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(report, indent=2, default=str) + "\n", encoding="utf-8")


def _rounded(score):
    if isinstance(score, list):
        return [_rounded(value) for value in score]
    return None if score is None else round(score, DIGITS)
