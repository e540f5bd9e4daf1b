"""The menu MaskVideo/evaluation: how well a video follows its masks."""

from __future__ import annotations

import json

from comfy_api.latest import io, ui

from ..adapters.comfy.layout import frames_to_core, frames_to_host, masks_to_core
from ..evaluation.plot import draw_panels
from ..evaluation.report import evaluate_video
from ..files.frame_layout import to_tensor
from ..mask_tools.fit import fit_masks

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
