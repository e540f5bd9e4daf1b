"""The menu MaskVideo/evaluation: how well a video follows its masks."""

from __future__ import annotations

import json

from comfy_api.latest import io, ui

from ..adapters.comfy.clips import clip_frames, frame_image, frames_image
from ..adapters.comfy.layout import frames_to_core, frames_to_host, masks_to_core
from ..adapters.comfy.tracks import TRACKS, frame_progress, to_tracks
from ..evaluation.plot import draw_panels
from ..evaluation.report import evaluate_video
from ..evaluation.track_plot import draw_check
from ..files.frame_layout import to_tensor
from ..mask_tools.fit import fit_masks
from ..mask_tools.measure import check_tracks
from ..mask_tools.overlay_tracks import check_counts, overlay_tracks

CATEGORY = "MaskVideo/evaluation"
PLOTTED = {
    "mask IoU": "mask_iou_per_frame",
    "object colour error": "colour_error_foreground_per_frame",
    "background colour error": "colour_error_background_per_frame",
}


class EvaluateVideo(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="MaskVideo_EvaluateVideo",
            display_name="Evaluate Video",
            category=CATEGORY,
            description="Scores of a video against its masks: place (mask IoU), colour and consistency apart.",
            inputs=[
                io.Image.Input("frames", tooltip="The video's frames, IMAGE batch [frames, height, width, 3]."),
                io.Mask.Input("mask", tooltip="The masks it should follow: one for each frame, or one for all."),
                io.String.Input(
                    "prompt",
                    default="",
                    multiline=True,
                    tooltip="Adds the error against the colours it names, such as: a red star on a blue background.",
                ),
            ],
            outputs=[
                io.String.Output("scores", display_name="scores", tooltip="All scores as JSON; null: does not apply."),
                io.Image.Output("plot", display_name="plot", tooltip="Scores over the frames, one picture."),
            ],
            is_output_node=True,
        )

    @classmethod
    def execute(cls, frames, mask, prompt) -> io.NodeOutput:
        video = frames_to_core(frames)
        masks = fit_masks(masks_to_core(mask), video.shape[2], tuple(video.shape[-2:]))
        scores = evaluate_video(video, masks, prompt)
        text = json.dumps(scores, indent=2)
        return io.NodeOutput(text, frames_to_host(to_tensor([plot_scores(scores)])), ui=ui.PreviewText(text))


def plot_scores(scores: dict):
    """The per-frame scores as a picture, uint8 [H, W, 3]; colour errors start at frame 1, which they compare with 0."""
    later = {label: [None, *scores[name]] for label, name in PLOTTED.items() if name.startswith("colour")}
    return draw_panels({"mask IoU": scores["mask_iou_per_frame"], **later})


class CheckMaskSequence(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="MaskVideo_CheckMaskSequence",
            display_name="Check Mask Sequence",
            category=CATEGORY,
            description="What is wrong with masks: gaps, jumps, pieces, sudden changes, as figures, a plot and frames "
            "with the reasons written on them.",
            inputs=[
                io.MultiType.Input(
                    "sequence", types=[io.Mask, io.Custom(TRACKS)], tooltip="A MASK sequence (one object), or TRACKS."
                ),
                io.MultiType.Input(
                    "clip",
                    types=[io.Image, io.Video],
                    optional=True,
                    tooltip="The frames to judge the masks by and draw over, one for each mask; without them, on grey.",
                ),
            ],
            outputs=[
                io.String.Output(
                    "report",
                    display_name="report",
                    tooltip="JSON: area, centre, speed, IoU with the next frame, pieces, borders touched, empty and "
                    "suspicious frames of each object.",
                ),
                io.Image.Output(
                    "plot",
                    display_name="plot",
                    tooltip="The same as one picture; red lines are frames worth a look.",
                ),
                io.Image.Output(
                    "overlay",
                    display_name="overlay",
                    tooltip="All frames with the masks, suspicious ones with the reason.",
                ),
            ],
            is_output_node=True,
        )

    @classmethod
    def execute(cls, sequence, clip=None) -> io.NodeOutput:
        tracks, frames = to_tracks(sequence), None if clip is None else clip_frames(clip)
        if frames is not None:
            check_counts(frames.count, tracks.count)
        report = check_tracks(tracks, frame_progress(), frames)
        drawn = overlay_tracks(frames, tracks, warnings=report.suspicious, on_frame=frame_progress())
        plot = frame_image(draw_check(report))
        return io.NodeOutput(
            report.to_json(), plot, frames_image(drawn, tracks.count), ui=ui.PreviewImage(plot, cls=cls)
        )
