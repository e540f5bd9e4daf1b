"""The Mask Trajectory Editor: objects and their ways drawn in the browser."""

from __future__ import annotations

from comfy_api.latest import io

from ..adapters.comfy.tracks import TRACKS, frame_progress, to_tracks, tracks_mask
from ..adapters.comfy.trajectory import (
    FRAMES_KEY,
    MASKS_KEY,
    SIZE_KEY,
    bitmap_state,
    frames_for_browser,
    is_empty,
    masks_for_browser,
    open_bitmap,
    trajectory_input,
)
from ..mask_tools.check import check_size
from ..mask_tools.sequence import collect
from ..mask_tools.trajectory import trajectory_from_json
from ..mask_tools.trajectory_render import DrawnTracks, box_lists, point_lists
from .mask_editing import sequence_outputs
from .masks import CATEGORY, LARGEST_PX, LONGEST

NOTHING_DRAWN = "the Mask Trajectory Editor is empty: draw an object in it"
"""What the nodes after it say; the editor itself runs, so that it has the frames to draw on."""


class MaskTrajectoryEditor(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="MaskVideo_MaskTrajectoryEditor",
            display_name="Mask Trajectory Editor",
            category=CATEGORY,
            description="Draw objects and their ways over the first frame, set keyframes and a camera, see it play: a "
            "mask sequence without any other node.",
            inputs=[
                trajectory_input("trajectory", "What the editor drew: JSON that maskvideo masks draw reads too."),
                io.Int.Input(
                    "frames", default=16, min=1, max=LONGEST, tooltip="Masks in the sequence; the motion is spread."
                ),
                io.Int.Input("width", default=416, min=8, max=LARGEST_PX, step=8, tooltip="Pixels, of the video."),
                io.Int.Input("height", default=256, min=8, max=LARGEST_PX, step=8, tooltip="Pixels, of the video."),
                io.Image.Input(
                    "image",
                    optional=True,
                    tooltip="The first frame, or the frames of a clip, shown under the objects. Other nodes' pictures "
                    "appear once the node has run, a loaded image or video at once.",
                ),
                io.MultiType.Input(
                    "sequence",
                    types=[io.Mask, io.Custom(TRACKS)],
                    optional=True,
                    tooltip="A MASK or TRACKS whose objects the editor offers as shapes once the node has run.",
                ),
            ],
            outputs=[
                *sequence_outputs(),
                io.String.Output(
                    "boxes",
                    display_name="boxes",
                    tooltip="The rectangle around each object in each frame, JSON as SAM Mask Sequence takes it.",
                ),
                io.String.Output(
                    "points",
                    display_name="points",
                    tooltip="The ways of the objects in pixels, a list of x, y for each: as KJNodes, ATI and WanMove "
                    "take them.",
                ),
            ],
            is_output_node=True,
        )

    @classmethod
    def fingerprint_inputs(cls, trajectory, **_settings) -> str:
        return bitmap_state(trajectory)

    @classmethod
    def execute(cls, trajectory, frames, width, height, image=None, sequence=None) -> io.NodeOutput:
        shown = {
            FRAMES_KEY: frames_for_browser(image),
            MASKS_KEY: masks_for_browser(None if sequence is None else to_tracks(sequence)),
            SIZE_KEY: [{"frames": frames, "width": width, "height": height}],
        }
        check_size(height, width)
        if is_empty(trajectory):
            return io.NodeOutput(None, None, None, None, ui=shown, block_execution=NOTHING_DRAWN)
        drawn = DrawnTracks(trajectory_from_json(trajectory), frames, (height, width), open_bitmap)
        tracks = collect(drawn, frame_progress())
        return io.NodeOutput(tracks_mask(tracks), tracks, box_lists(tracks), point_lists(drawn), ui=shown)
