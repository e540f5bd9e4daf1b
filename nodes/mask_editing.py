"""The menu MaskVideo/masks/edit: mask sequences and tracks transformed, combined, kept and taken apart."""

from __future__ import annotations

from comfy_api.latest import io, ui

from ..adapters.comfy.input_paths import host_path, list_track_folders, refusal
from ..adapters.comfy.layout import masks_to_host
from ..adapters.comfy.tracks import TRACKS, frame_progress, save_tracks, to_tracks, tracks_mask
from ..files.fingerprint import fingerprint
from ..mask_tools.combine import OPERATIONS, combine_sequences
from ..mask_tools.edit import edit_tracks
from ..mask_tools.edit_controls import NO_MIRROR, EditControls
from ..mask_tools.fit import LENGTHS, fit_sequence
from ..mask_tools.insert import AFTER, Insertion, insert_objects
from ..mask_tools.morphology import feather_masks
from ..mask_tools.sequence import collect
from ..mask_tools.track_sources import open_tracks
from ..mask_tools.transform import PIVOTS
from .masks import reading_inputs, wanted_size

CATEGORY = "MaskVideo/masks/edit"
INSERT = "insert"


def sequence_input(name: str, tooltip: str) -> io.MultiType.Input:
    return io.MultiType.Input(name, types=[io.Mask, io.Custom(TRACKS)], tooltip=tooltip)


def number(name: str, default: float, low: float, high: float, tooltip: str, step: float = 0.01) -> io.Float.Input:
    return io.Float.Input(name, default=default, min=low, max=high, step=step, tooltip=tooltip)


def sequence_outputs() -> list:
    return [
        io.Mask.Output(
            "mask", display_name="mask", tooltip="All objects together, one mask for each frame, 1 = object."
        ),
        io.Custom(TRACKS).Output(
            "tracks", display_name="tracks", tooltip="Every object with its name, colour and masks."
        ),
    ]


class TransformMaskSequence(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        over = "gradual: reached in the last frame"
        return io.Schema(
            node_id="MaskVideo_TransformMaskSequence",
            display_name="Transform Mask Sequence",
            category=CATEGORY,
            description="Move, scale, turn, retime and clean masks. Controls act from top to bottom; at their defaults "
            "they change nothing.",
            inputs=[
                sequence_input("sequence", "A MASK sequence (one object), or TRACKS."),
                io.String.Input(
                    "objects", default="", tooltip="Names, with commas between them, that are edited; empty: all."
                ),
                number("dx", 0, -2, 2, f"Shift to the right, fraction of the width; {over}."),
                number("dy", 0, -2, 2, f"Shift down, fraction of the height; {over}."),
                number("scale", 1, 0.01, 20, f"Factor of size; {over}."),
                number("rotation", 0, -3600, 3600, f"Turn in degrees, clockwise; {over}.", 1),
                io.Combo.Input(
                    "about",
                    options=list(PIVOTS),
                    default="object",
                    tooltip="What scaling and turning leave in place: each object's centre, that of all chosen ones "
                    "together (group), or the frame's, which scales and turns the motion too.",
                ),
                io.Boolean.Input(
                    "gradual",
                    default=True,
                    tooltip="On: from nothing in the first frame to the values in the last. Off: the same in all.",
                ),
                number("x", 0.5, -1, 2, "Camera: the point it looks at, 0 = left edge, 1 = right edge."),
                number("y", 0.5, -1, 2, "Camera: the point it looks at, 0 = top edge, 1 = bottom edge."),
                number("zoom", 1, 0.05, 20, f"Camera: 2 shows everything twice as large; {over}."),
                number("roll", 0, -3600, 3600, f"Camera: turned clockwise, in degrees; {over}.", 1),
                number("degrees", 0, -89, 89, "Runs uphill by so many degrees, downhill below 0.", 1),
                io.Combo.Input(
                    "mirror",
                    options=[NO_MIRROR, "horizontal", "vertical"],
                    default=NO_MIRROR,
                    tooltip="horizontal swaps left and right, vertical top and bottom.",
                ),
                io.Int.Input(
                    "frames",
                    default=0,
                    min=0,
                    max=10000,
                    tooltip="So many frames for the same motion, with new shapes in between; 0 keeps the count.",
                ),
                io.Boolean.Input("reverse", default=False, tooltip="Backwards in time."),
                number("grow_px", 0, -500, 500, "Pixels outwards; below 0 inwards.", 0.5),
                io.Boolean.Input("fill_holes", default=False, tooltip="Fill what an object encloses."),
                io.Int.Input(
                    "smooth_frames",
                    default=1,
                    min=1,
                    max=99,
                    step=2,
                    tooltip="Mean shape over so many frames, odd: steadies outlines and fills gaps; 1 changes nothing.",
                ),
                number("feather_px", 0, 0, 500, "Width of the soft outline of the mask; tracks stay hard.", 0.5),
                io.String.Input(
                    "more",
                    default="",
                    multiline=True,
                    tooltip="Further steps as JSON, after all others: keyframes, loops, slopes and the rest, such as "
                    '[{"op": "loop", "times": 2}]. The help page lists them.',
                ),
            ],
            outputs=sequence_outputs(),
        )

    @classmethod
    def execute(cls, sequence, **controls) -> io.NodeOutput:
        edit = EditControls(**controls).edit()
        tracks = edit_tracks(to_tracks(sequence), edit, on_frame=frame_progress())
        return io.NodeOutput(masks_to_host(feather_masks(tracks.union(), edit.feather_px)), tracks)


class FitMaskSequence(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="MaskVideo_FitMaskSequence",
            display_name="Fit Mask Sequence",
            category=CATEGORY,
            description="A mask sequence at the frame count and size of a video.",
            inputs=[
                sequence_input("sequence", "A MASK sequence (one object), or TRACKS; a single frame is held for all."),
                io.Int.Input("frames", default=16, min=0, max=10000, tooltip="Frames of the video; 0 keeps the count."),
                io.Int.Input(
                    "width", default=0, min=0, max=8192, step=8, tooltip="Pixels; 0 in both keeps the masks' size."
                ),
                io.Int.Input(
                    "height", default=0, min=0, max=8192, step=8, tooltip="Pixels; 0 in both keeps the masks' size."
                ),
                io.Combo.Input(
                    "length",
                    options=list(LENGTHS),
                    default="resample",
                    tooltip="Where the count is another: refuse it (error), spread the motion over the video with new "
                    "shapes in between (resample), or hold the last mask and leave out what is too much (hold_last).",
                ),
            ],
            outputs=sequence_outputs(),
        )

    @classmethod
    def execute(cls, sequence, frames, width, height, length) -> io.NodeOutput:
        tracks = to_tracks(sequence)
        fitted = fit_sequence(tracks, frames or tracks.count, wanted_size(width, height), length)
        tracks = collect(fitted, frame_progress())
        return io.NodeOutput(tracks_mask(tracks), tracks)


class CombineMaskSequences(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="MaskVideo_CombineMaskSequences",
            display_name="Combine Mask Sequences",
            category=CATEGORY,
            description="Two mask sequences as one: all objects in order of depth, one object by union, intersection "
            "or difference, or the second's motion inserted into the first.",
            inputs=[
                sequence_input("first", "A MASK sequence or TRACKS; sizes follow it, and its objects are in front."),
                sequence_input("second", "A MASK sequence or TRACKS; a single frame is held for all."),
                io.Combo.Input(
                    "operation",
                    options=[*OPERATIONS, INSERT],
                    default=OPERATIONS[0],
                    tooltip="layers: every object stays its own. union, intersection, difference (first without "
                    "second) and exclusive (in one alone) make one object. insert: the second's objects come into "
                    "the first.",
                ),
                io.Combo.Input(
                    "length",
                    options=list(LENGTHS),
                    default=LENGTHS[0],
                    tooltip="Where the second is not as long as the first: refuse it, spread it over the first's "
                    "frames, or hold its last mask. Not for insert.",
                ),
                io.String.Input("name", default="", tooltip="Of the one object; empty: the operation's."),
                io.Int.Input(
                    "start", default=0, min=0, max=10**6, tooltip="insert: the frame in which they appear, 0 = first."
                ),
                io.Combo.Input(
                    "after",
                    options=list(AFTER),
                    default=AFTER[0],
                    tooltip="insert: what follows their last frame: gone, hold_last, loop (there and back), or "
                    "resample, which spreads them over the rest of the clip.",
                ),
                io.String.Input(
                    "behind", default="", tooltip="insert: the first's object that they go behind; empty: in front."
                ),
            ],
            outputs=sequence_outputs(),
        )

    @classmethod
    def execute(cls, first, second, operation, length, name, start, after, behind) -> io.NodeOutput:
        both = to_tracks(first), to_tracks(second)
        if operation == INSERT:
            combined = insert_objects(*both, Insertion(start=start, after=after, behind=behind))
        else:
            combined = combine_sequences(both, operation, length, name)
        tracks = collect(combined, frame_progress())
        return io.NodeOutput(tracks_mask(tracks), tracks)


class TracksToMask(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="MaskVideo_TracksToMask",
            display_name="Tracks to Mask",
            category=CATEGORY,
            description="One object's masks out of tracks, or all objects together.",
            inputs=[
                io.Custom(TRACKS).Input("tracks", tooltip="Objects with names, as SAM Mask Sequence gives them."),
                io.String.Input("name", default="", tooltip="The object; empty: all together."),
                io.Boolean.Input(
                    "visible", default=False, tooltip="Without the parts that objects in front of it hide."
                ),
            ],
            outputs=[io.Mask.Output("mask", display_name="mask", tooltip="One mask for each frame, 1 = object.")],
        )

    @classmethod
    def execute(cls, tracks, name, visible) -> io.NodeOutput:
        return io.NodeOutput(tracks_mask(to_tracks(tracks), name, visible))


class LoadTracks(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="MaskVideo_LoadTracks",
            display_name="Load Tracks",
            category=CATEGORY,
            description="Objects with their names from a folder of tracks or of label images (as DAVIS has them).",
            inputs=[
                io.Combo.Input(
                    "path",
                    options=list_track_folders(),
                    tooltip="A folder of tracks, label images or masks, or one with a sequence for each object, inside "
                    "the host's input folder.",
                ),
                *reading_inputs(),
            ],
            outputs=sequence_outputs(),
        )

    @classmethod
    def validate_inputs(cls, path) -> bool | str:
        return refusal(path)

    @classmethod
    def fingerprint_inputs(cls, path, **_settings) -> str:
        return fingerprint(host_path(path))

    @classmethod
    def execute(cls, path, channel="auto", fill_gaps=False) -> io.NodeOutput:
        opened = open_tracks(host_path(path), channel=channel, fill_gaps=fill_gaps)
        tracks = collect(opened, frame_progress())
        return io.NodeOutput(tracks_mask(tracks), tracks, ui=ui.PreviewText(opened.reading))


class SaveTracks(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="MaskVideo_SaveTracks",
            display_name="Save Tracks",
            category=CATEGORY,
            description="Tracks as a folder of label images with a JSON file beside them, in the host's output folder.",
            inputs=[
                sequence_input("sequence", "TRACKS, or a MASK sequence, which is saved as one object."),
                io.String.Input(
                    "prefix", default="tracks/clip", tooltip="Name of the folder; a number is added, nothing replaced."
                ),
            ],
            outputs=[
                io.String.Output(
                    "folder", display_name="folder", tooltip="Where they lie, for Load Tracks: name [output]."
                )
            ],
            is_output_node=True,
        )

    @classmethod
    def execute(cls, sequence, prefix) -> io.NodeOutput:
        folder = f"{save_tracks(to_tracks(sequence), prefix)} [output]"
        return io.NodeOutput(folder, ui=ui.PreviewText(folder))
