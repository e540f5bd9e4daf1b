"""A video as the commands make, judge and write it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import MaskVideoError
from .models import Models
from .progress_bar import progress_bar

if TYPE_CHECKING:
    from torch import Tensor

    from ..adapters.diffusers.generate import GeneratedVideo
    from ..adapters.diffusers.generate_settings import GenerateSettings
    from ..files.motion_file import LoadedMotion


@dataclass(frozen=True)
class MadeVideo:
    """A generated video with the settings that made it, its scores and the memory that it took."""

    video: GeneratedVideo
    settings: GenerateSettings
    scores: Mapping
    warnings: tuple[str, ...]
    peak_memory_mb: float
    motion: Mapping | None


def make_video(
    models: Models, masks: Tensor, settings: GenerateSettings, first_frame: Tensor | None = None, name: str = "video"
) -> MadeVideo:
    """Generate with a progress bar, then judge the frames against the masks.

    Raises ``MaskVideoError`` where the device's memory does not hold a window.
    """
    import torch

    from ..adapters.diffusers.generate import generate_video
    from ..adapters.diffusers.peak_memory import peak_memory_mb

    try:
        with progress_bar(name) as on_step:
            video = generate_video(models.model, models.controlnet, masks, settings, first_frame, on_step)
    except torch.cuda.OutOfMemoryError as error:
        smaller = f"--precision float16, fewer --frames than {settings.frames}, or a smaller --width and --height"
        raise MaskVideoError(f"{models.model.device} has too little memory for one window: give {smaller}") from error
    scores, problems = score_video(video, settings.prompt)
    peak = round(peak_memory_mb(models.model.device), 1)
    return MadeVideo(video, video.settings, scores, video.warnings + problems, peak, describe_motion(models.motion))


def write_outputs(
    made: MadeVideo, out: Path, fps: int, sheet: Path | None = None, report: Path | None = None, **inputs
) -> None:
    """Write the video, and the contact sheet and the report where they are asked for; say what was written.

    ``inputs`` go into the report as they are.
    """
    from ..evaluation.report import write_report
    from ..files.contact_sheet import write_contact_sheet
    from ..files.frame_layout import masks_to_uint8
    from ..files.video import write_video

    write_video(out, made.video.frames, fps)
    if sheet is not None:
        write_contact_sheet(sheet, made.video.frames, masks_to_uint8(made.video.masks))
    if report is not None:
        write_report(report, build_report(made, out=str(out), fps=fps, **inputs))
    for warning in made.warnings:
        print(f"warning: {warning}")
    print(summary(made))
    print("wrote " + ", ".join(str(path) for path in (out, sheet, report) if path is not None))


def build_report(made: MadeVideo, **inputs) -> dict:
    """Flat: what went in, every setting, how the motion was trained, the scores, time, memory and warnings."""
    from ..core.motion_format import PACK_VERSION

    return {
        "pack_version": PACK_VERSION,
        **inputs,
        **asdict(made.settings),
        "motion_training": made.motion,
        "video_frames": len(made.video.frames),
        **made.scores,
        "seconds": round(made.video.seconds, 2),
        "peak_memory_mb": made.peak_memory_mb,
        "warnings": list(made.warnings),
    }


def summary(made: MadeVideo) -> str:
    """One line: how many frames, how well they follow the masks, what it took."""
    placed = made.scores["mask_miou"]
    follows = "" if placed is None else f"mask mIoU {placed:.3f}, "
    return (
        f"{len(made.video.frames)} frames in {made.video.seconds:.1f} s, {follows}"
        f"peak memory {made.peak_memory_mb:.0f} MB"
    )


def score_video(video: GeneratedVideo, prompt: str) -> tuple[dict, tuple[str, ...]]:
    """The scores; where the masks leave nothing to judge, empty ones and a warning."""
    from ..evaluation.report import evaluate_video
    from ..files.frame_layout import to_tensor

    try:
        return evaluate_video(to_tensor(video.frames), video.masks, prompt), ()
    except MaskVideoError as error:
        return {"mask_miou": None, "mask_iou_per_frame": None}, (f"no scores: {error}",)


def describe_motion(motion: LoadedMotion | None) -> dict | None:
    """How a motion was trained, without the list of its base's blocks."""
    if motion is None:
        return None
    described = {field.name: getattr(motion.metadata, field.name) for field in fields(motion.metadata)}
    described.pop("architecture")
    return described
