"""The menu MaskVideo/masks/extract: from a clip to the masks of its objects."""

from __future__ import annotations

from comfy_api.latest import io, ui

from ..adapters.comfy.clip_preview import show_found, show_frames
from ..adapters.comfy.clips import clip_frames, frame_image
from ..adapters.comfy.extraction import extract_objects, given_prompts, overlay_sheet, text_prompts
from ..adapters.comfy.model_folders import NO_MODEL, list_segmenters, list_text_models
from ..adapters.comfy.tracks import TRACKS, tracks_mask
from ..mask_tools.backends import BACKENDS
from ..mask_tools.prompts import merge_prompts
from ..mask_tools.text_choice import CHOICES, THRESHOLD

CATEGORY = "MaskVideo/masks/extract"


def json_input(name: str, tooltip: str) -> io.String.Input:
    return io.String.Input(name, default="", multiline=True, tooltip=tooltip)


class SAMMaskSequence(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="MaskVideo_SAMMaskSequence",
            display_name="SAM Mask Sequence",
            category=CATEGORY,
            description="Point at objects in a clip by clicks, boxes, text or a mask, and get their masks through all "
            "frames. The flow backend needs no model.",
            inputs=[
                io.MultiType.Input(
                    "clip",
                    types=[io.Image, io.Video],
                    tooltip="Frames, IMAGE batch [frames, height, width, 3], or a VIDEO, which is read as it is "
                    "followed and costs no memory for its length.",
                ),
                io.Combo.Input(
                    "backend",
                    options=list(BACKENDS),
                    default="flow",
                    tooltip="flow: no model, follows colours and motion. sam2: SAM 2's video model, the best. sam: "
                    "Segment Anything, frame by frame.",
                ),
                io.Combo.Input(
                    "model",
                    options=list_segmenters(),
                    default=NO_MODEL,
                    tooltip="Checkpoint of sam2 (models/sam2) or sam (models/sams): .pt, .pth or .safetensors. Nothing "
                    "is downloaded; flow needs none.",
                ),
                json_input(
                    "points",
                    'Clicks as JSON, x and y 0 to 1 from left and top: [{"x": 0.4, "y": 0.5}], or by object and frame: '
                    '{"dog": [{"frame": 0, "x": 0.4, "y": 0.5, "label": 1}]}, label 0 = not the object. Pixel lists of '
                    "other packs are read too.",
                ),
                json_input("not_points", "A list of clicks that are not the object, for packs that keep them apart."),
                json_input(
                    "boxes", "Boxes as JSON, corners 0 to 1: [[0.2, 0.1, 0.6, 0.9]], an object for each, or by name."
                ),
                io.String.Input(
                    "text",
                    default="",
                    tooltip='What it is, such as "a dog", or several: "a dog. a ball". Needs a text model.',
                ),
                io.Combo.Input(
                    "text_model",
                    options=list_text_models(),
                    default=NO_MODEL,
                    tooltip="A Grounding DINO model: a folder in models/grounding-dino.",
                ),
                io.Float.Input(
                    "text_threshold",
                    default=THRESHOLD,
                    min=0.01,
                    max=0.99,
                    step=0.01,
                    tooltip="The least score of what the text finds, between 0 and 1.",
                ),
                io.Combo.Input(
                    "text_choice", options=list(CHOICES), default=CHOICES[0], tooltip="Which of several finds is meant."
                ),
                io.Int.Input(
                    "frame", default=0, min=0, max=10**6, tooltip="The frame that text and mask speak of, 0 = first."
                ),
                io.Int.Input(
                    "image_size",
                    default=1024,
                    min=128,
                    max=2048,
                    step=64,
                    tooltip="Pixels: sam2 looks at frames of this size; 512 is faster and coarser.",
                ),
                io.Mask.Input(
                    "mask", optional=True, tooltip="The object on that frame: a drawn mask, or any other node's."
                ),
            ],
            outputs=[
                io.Mask.Output("mask_sequence", display_name="mask", tooltip="All objects together, 1 = object."),
                io.Custom(TRACKS).Output(
                    "tracks", display_name="tracks", tooltip="Every object with its name, colour and masks."
                ),
                io.Image.Output(
                    "overlay",
                    display_name="overlay",
                    tooltip="Some frames with the objects in their colours, one picture.",
                ),
            ],
            is_output_node=True,
        )

    @classmethod
    def execute(
        cls,
        clip,
        backend,
        model,
        points,
        not_points,
        boxes,
        text,
        text_model,
        text_threshold,
        text_choice,
        frame,
        image_size,
        mask=None,
    ) -> io.NodeOutput:
        frames = clip_frames(clip)
        shown = show_frames(frames)
        given = given_prompts(frames, points, not_points, boxes, mask, frame)
        named = text_prompts(frames, text, text_model, text_threshold, text_choice, frame)
        tracks = extract_objects(frames, merge_prompts([*given, *named]), backend, model, image_size)
        sheet = frame_image(overlay_sheet(frames, tracks))
        shown |= show_found(tracks) | ui.PreviewImage(sheet, cls=cls).as_dict()
        return io.NodeOutput(tracks_mask(tracks), tracks, sheet, ui=shown)
