"""The menu MaskVideo/masks: mask sequences drawn, loaded and looked at."""

from __future__ import annotations

from comfy_api.latest import io, ui

from ..adapters.comfy.input_paths import host_path, list_mask_sources, refusal
from ..adapters.comfy.layout import frames_to_core, frames_to_host, masks_to_core, masks_to_host
from ..core.errors import MaskVideoError
from ..files.fingerprint import fingerprint
from ..mask_tools.check import check_size
from ..mask_tools.draw import SHAPES, Keyframe, Trajectory, draw_masks
from ..mask_tools.fit import fit_masks
from ..mask_tools.mask_plane import CHANNELS
from ..mask_tools.overlay import overlay_masks
from ..mask_tools.read import union_masks
from ..mask_tools.track_sources import open_tracks

CATEGORY = "MaskVideo/masks"
LONGEST = 4096
"""Frames of one sequence, at most."""
LARGEST_PX = 8192
SEQUENCE = "1 = the object, 0 = the rest; one mask [height, width] for each frame"


def place_input(name: str, default: float, tooltip: str) -> io.Float.Input:
    """A coordinate of the shape's centre; the shape may enter from outside the picture."""
    return io.Float.Input(name, default=default, min=-1, max=2, step=0.01, tooltip=tooltip)


def scale_input(name: str, default: float, when: str) -> io.Float.Input:
    tooltip = f"Radius of the shape {when}, as a fraction of the picture's shorter side."
    return io.Float.Input(name, default=default, min=0.01, max=2, step=0.01, tooltip=tooltip)


def turn_input(name: str, default: float, when: str) -> io.Float.Input:
    tooltip = f"Turn of the shape {when}, in degrees, clockwise."
    return io.Float.Input(name, default=default, min=-3600, max=3600, step=1, tooltip=tooltip)


def reading_inputs() -> list[io.Input]:
    """How stored pictures become masks; what was read stands on the node afterwards."""
    return [
        io.Combo.Input(
            "channel",
            options=list(CHANNELS),
            default=CHANNELS[0],
            optional=True,
            tooltip="Where in the pictures the mask is. auto: alpha where it varies, else values, labels or label "
            "colours.",
        ),
        io.Boolean.Input(
            "fill_gaps",
            default=False,
            optional=True,
            tooltip="On where only some frames have a file, numbered 0, 5, 10 ..: new shapes in between.",
        ),
    ]


class DrawMaskSequence(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        across, down = "0 = left edge, 1 = right edge.", "0 = top edge, 1 = bottom edge."
        return io.Schema(
            node_id="MaskVideo_DrawMaskSequence",
            display_name="Draw Mask Sequence",
            category=CATEGORY,
            description="A moving shape as a mask sequence: one smooth way through a start, a middle and an end.",
            inputs=[
                io.Combo.Input("shape", options=list(SHAPES), default="star", tooltip="What moves."),
                io.Int.Input(
                    "corners", default=5, min=3, max=64, tooltip="Of a star or a polygon; other shapes have none."
                ),
                io.Int.Input("frames", default=16, min=1, max=LONGEST, tooltip="Masks in the sequence."),
                io.Int.Input(
                    "width", default=256, min=8, max=LARGEST_PX, step=8, tooltip="Pixels, the width of the video."
                ),
                io.Int.Input(
                    "height", default=160, min=8, max=LARGEST_PX, step=8, tooltip="Pixels, the height of the video."
                ),
                place_input("start_x", 0.22, f"Centre in the first frame, across: {across}"),
                place_input("start_y", 0.68, f"Centre in the first frame, down: {down}"),
                place_input("middle_x", 0.50, f"Centre halfway through, across: {across}"),
                place_input("middle_y", 0.36, f"Centre halfway through, down: {down} Off the straight line, it bends."),
                place_input("end_x", 0.78, f"Centre in the last frame, across: {across}"),
                place_input("end_y", 0.66, f"Centre in the last frame, down: {down}"),
                scale_input("start_scale", 0.24, "in the first frame"),
                scale_input("middle_scale", 0.30, "halfway through"),
                scale_input("end_scale", 0.24, "in the last frame"),
                turn_input("start_rotation", -20, "in the first frame"),
                turn_input("end_rotation", 40, "in the last frame"),
                io.Int.Input(
                    "seed",
                    default=0,
                    min=0,
                    max=2**32 - 1,
                    control_after_generate=False,
                    tooltip="The form of a blob; other shapes have none.",
                ),
            ],
            outputs=[io.Mask.Output("mask", display_name="mask", tooltip=f"The mask sequence: {SEQUENCE}.")],
        )

    @classmethod
    def execute(cls, shape, corners, frames, width, height, seed, **places) -> io.NodeOutput:
        check_size(height, width)
        trajectory = Trajectory(shape, keyframes_of(**places), seed=seed, corners=corners)
        return io.NodeOutput(masks_to_host(draw_masks(trajectory, frames, (height, width))))


def keyframes_of(
    start_x: float,
    start_y: float,
    middle_x: float,
    middle_y: float,
    end_x: float,
    end_y: float,
    start_scale: float,
    middle_scale: float,
    end_scale: float,
    start_rotation: float,
    end_rotation: float,
) -> tuple[Keyframe, ...]:
    """Three keyframes from the node's inputs; halfway through, the shape has made half of its turn."""
    return (
        Keyframe(0.0, start_x, start_y, start_scale, start_rotation),
        Keyframe(0.5, middle_x, middle_y, middle_scale, (start_rotation + end_rotation) / 2),
        Keyframe(1.0, end_x, end_y, end_scale, end_rotation),
    )


class LoadMaskSequence(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="MaskVideo_LoadMaskSequence",
            display_name="Load Mask Sequence",
            category=CATEGORY,
            description="Masks from a folder of images or a video in the host's input folder.",
            inputs=[
                io.Combo.Input(
                    "path",
                    options=list_mask_sources(),
                    tooltip="A folder of mask images (in the order of their numbers), a file of several, or a video, "
                    "inside the input folder. Bright is the object; in label images, every label is.",
                ),
                io.Int.Input(
                    "frames",
                    default=0,
                    min=0,
                    max=LONGEST,
                    tooltip="Take so many masks, evenly spaced from first to last; 0 takes all.",
                ),
                io.Int.Input(
                    "width",
                    default=0,
                    min=0,
                    max=LARGEST_PX,
                    step=8,
                    tooltip="Pixels: the masks are resized to the video's width. 0 in both keeps their size.",
                ),
                io.Int.Input(
                    "height",
                    default=0,
                    min=0,
                    max=LARGEST_PX,
                    step=8,
                    tooltip="Pixels: the masks are resized to the video's height. 0 in both keeps their size.",
                ),
                io.Boolean.Input("invert", default=False, tooltip="On where the object is black on white."),
                *reading_inputs(),
            ],
            outputs=[io.Mask.Output("mask", display_name="mask", tooltip=f"The mask sequence: {SEQUENCE}.")],
        )

    @classmethod
    def validate_inputs(cls, path) -> bool | str:
        return refusal(path)

    @classmethod
    def fingerprint_inputs(cls, path, **_settings) -> str:
        return fingerprint(host_path(path))

    @classmethod
    def execute(cls, path, frames, width, height, invert, channel="auto", fill_gaps=False) -> io.NodeOutput:
        size = wanted_size(width, height)
        tracks = open_tracks(host_path(path), invert, channel, fill_gaps)
        masks = union_masks(tracks, frames or None)
        fitted = fit_masks(masks, masks.shape[2], size)
        return io.NodeOutput(masks_to_host(fitted), ui=ui.PreviewText(tracks.reading))


def wanted_size(width: int, height: int) -> tuple[int, int] | None:
    """(height, width), checked; None where both are 0, which keeps the masks' own."""
    if not width and not height:
        return None
    if not width or not height:
        raise MaskVideoError(f"width is {width} and height is {height}: give both in pixels, or 0 for both")
    check_size(height, width)
    return height, width


class MaskOverlay(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="MaskVideo_MaskOverlay",
            display_name="Mask Overlay",
            category=CATEGORY,
            description="The masks drawn over the frames: does the object go where they go?",
            inputs=[
                io.Image.Input("frames", tooltip="The video's frames, IMAGE batch [frames, height, width, 3]."),
                io.Mask.Input("mask", tooltip="One mask for each frame, or one for all, of any size."),
                io.Float.Input(
                    "opacity", default=0.3, min=0, max=1, step=0.05, tooltip="Of the tint inside the masks, 0 is none."
                ),
                io.Boolean.Input("outline", default=True, tooltip="Draw the masks' edges as a white line."),
            ],
            outputs=[io.Image.Output("drawn", display_name="frames", tooltip="The frames with the masks over them.")],
        )

    @classmethod
    def execute(cls, frames, mask, opacity, outline) -> io.NodeOutput:
        drawn = overlay_masks(frames_to_core(frames), masks_to_core(mask), opacity, outline)
        return io.NodeOutput(frames_to_host(drawn))
