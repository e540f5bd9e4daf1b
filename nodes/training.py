"""The menu MaskVideo/training: clips and masks as a dataset, and a motion trained on them."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
from comfy_api.latest import io, ui
from comfy_execution.graph_utils import ExecutionBlocker

from ..adapters.comfy.clips import frame_image, frames_image
from ..adapters.comfy.model_folders import NO_MODEL, list_motion_files, list_segmenters, motion_path
from ..adapters.comfy.motion import load_motion
from ..adapters.comfy.training_clips import (
    DATASET,
    ClipSet,
    ClipShape,
    batch_clip,
    clip_set,
    folder_clips,
    folder_refusal,
    folder_state,
    list_clip_folders,
)
from ..adapters.comfy.training_run import EXISTING, TrainingTask, motion_target, train_in_host
from ..adapters.comfy.training_sample import sample_wish
from ..core.errors import MaskVideoError
from ..mask_tools.backends import BACKENDS
from ..training.clip_report import describe_clips, draw_clips
from ..training.presets import PRESETS, resolve_settings
from ..training.start import settings_of
from .training_inputs import advanced_inputs, given_settings, sample_inputs, setting_inputs

CATEGORY = "MaskVideo/training"
NO_START = "none"
LARGEST_PX = 2048


class MotionDataset(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="MaskVideo_MotionDataset",
            display_name="Motion Dataset",
            category=CATEGORY,
            description="Clips with a mask for each frame, to train a motion on: 5 to 8 of one kind of motion are "
            "usual. From a folder, from the graph, or both.",
            inputs=[
                io.String.Input(
                    "motion_prompt",
                    default="",
                    tooltip="What happens in all clips: a horse runs. Empty takes that of the dataset before.",
                ),
                io.Combo.Input(
                    "folder",
                    options=list_clip_folders(),
                    tooltip="A folder in the input folder with a folder for each clip: frames/ or a video, and masks/ "
                    "or masks.mp4, bright = the object; or mask.png, the object in the first frame, to follow it.",
                ),
                size_input("width", 256),
                size_input("height", 160),
                io.Image.Input(
                    "image", optional=True, tooltip="The frames of one more clip: [frames, height, width, 3]."
                ),
                io.Mask.Input(
                    "mask", optional=True, tooltip="The masks of that clip, one for each frame, 1 = the object."
                ),
                io.Custom(DATASET).Input("dataset", optional=True, tooltip="Clips of another Motion Dataset, added."),
                io.Int.Input(
                    "frame_step",
                    default=1,
                    min=1,
                    max=16,
                    optional=True,
                    tooltip="2 takes every second frame: faster motion in the same window.",
                ),
                io.Boolean.Input(
                    "aspect_buckets",
                    default=False,
                    optional=True,
                    tooltip="Each clip at the size that fits its shape, portrait or landscape, of about the same area.",
                ),
                io.Boolean.Input(
                    "fill_gaps",
                    default=False,
                    optional=True,
                    tooltip="On where only some frames have a mask file (0, 5, 10 ..): new shapes in between.",
                ),
                io.Combo.Input(
                    "backend",
                    options=list(BACKENDS),
                    default=BACKENDS[0],
                    optional=True,
                    tooltip="Follows the object of clips without masks. flow: no model. sam2: SAM 2's video model, the "
                    "best. sam: Segment Anything, frame by frame.",
                ),
                io.Combo.Input(
                    "model",
                    options=list_segmenters(),
                    default=NO_MODEL,
                    optional=True,
                    tooltip="Checkpoint of sam2 (models/sam2) or sam (models/sams); flow needs none.",
                ),
            ],
            outputs=[
                io.Custom(DATASET).Output("clips", display_name="dataset", tooltip="For Train Motion LoRA."),
                io.Image.Output(
                    "preview", display_name="preview", tooltip="A row for each clip, the masks as outlines."
                ),
                io.String.Output(
                    "report", display_name="report", tooltip="Each clip: frames, how much its masks cover, its prompt."
                ),
            ],
            is_output_node=True,
        )

    @classmethod
    def validate_inputs(cls, folder: str | None = None) -> bool | str:
        """Before anything runs: the folder lies in the input folder."""
        return folder_refusal(folder)

    @classmethod
    def fingerprint_inputs(cls, folder: str, **_) -> str:
        return folder_state(folder)

    @classmethod
    def execute(
        cls,
        motion_prompt,
        folder,
        width,
        height,
        image=None,
        mask=None,
        dataset: ClipSet | None = None,
        frame_step=1,
        aspect_buckets=False,
        fill_gaps=False,
        backend=BACKENDS[0],
        model=NO_MODEL,
    ) -> io.NodeOutput:
        shape = ClipShape(width, height, aspect_buckets, frame_step)
        name = f"clip {1 + len(dataset.clips) if dataset is not None else 1} of the graph"
        clips = [*folder_clips(folder, shape, fill_gaps, backend, model), *batch_clip(name, image, mask, shape)]
        whole = clip_set(dataset, clips, motion_prompt, shape)
        sheet = frame_image(draw_clips(whole.clips))
        report = describe_clips(whole.clips, whole.motion_prompt, frame_step)
        return io.NodeOutput(whole, sheet, report, ui=ui.PreviewImage(sheet, cls=cls))


class TrainMotionLoRA(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="MaskVideo_TrainMotionLoRA",
            display_name="Train Motion LoRA",
            category=CATEGORY,
            description="A motion trained on a few clips: the object of other prompts goes where masks say, as in the "
            "clips. The MODEL stays as it is. Cancel saves; the same settings continue.",
            inputs=[
                io.Model.Input(
                    "model", tooltip="Any SD1.x MODEL; LoRAs on it are trained on. A motion that it carries is not."
                ),
                io.Clip.Input("clip", tooltip="Of the MODEL's checkpoint: embeds the prompts of the clips."),
                io.Vae.Input("vae", tooltip="Of the MODEL's checkpoint: every frame is encoded once."),
                io.Custom(DATASET).Input("dataset", tooltip="Clips, masks and prompts, from Motion Dataset."),
                io.String.Input(
                    "file",
                    default="my_motion",
                    tooltip="Name of the motion file in models/motion_lora; Load Motion LoRA lists it.",
                ),
                io.Combo.Input(
                    "existing",
                    options=list(EXISTING),
                    tooltip="Where that file is there already. continue: goes on with a run of the same settings and "
                    "clips, and refuses another. train anew: starts over and replaces it.",
                ),
                io.Combo.Input(
                    "preset",
                    options=list(PRESETS),
                    tooltip="quick: 600 steps on LoRAs. paper: 15,000 steps, LAMP's layers, the whole attention, for "
                    "large GPUs. demo model: 1,800 steps on windows of 8. one clip: 300 steps, held near the base.",
                ),
                *setting_inputs(),
                io.String.Input(
                    "settings",
                    default="",
                    multiline=True,
                    tooltip="Any other setting as TOML, over the preset: mask_weight = 0.5. The text of a "
                    "NAME.training.toml repeats that run. The fields above win over it.",
                ),
                *sample_inputs(),
                io.Conditioning.Input(
                    "conditioning",
                    optional=True,
                    tooltip="The motion prompt from CLIP Text Encode, in place of the dataset's; clips keep their own.",
                ),
                io.Combo.Input(
                    "start",
                    options=[NO_START, *list_motion_files()],
                    optional=True,
                    tooltip="A motion to go on from: its weights are where training begins. Steps count anew.",
                ),
                *advanced_inputs(),
            ],
            outputs=[
                io.Model.Output("trained", display_name="model", tooltip="The MODEL with the motion on it."),
                io.String.Output("name", display_name="file", tooltip="The file's name, for Load Motion LoRA."),
                io.Image.Output("loss_plot", display_name="loss_plot", tooltip="Loss of each step, and its mean."),
                io.String.Output(
                    "report", display_name="report", tooltip="Memory and time: estimated before the first step, taken."
                ),
                io.Image.Output(
                    "sample",
                    display_name="sample",
                    tooltip="The last sample from sample_mask: [frames, height, width, 3].",
                ),
            ],
            is_output_node=True,
        )

    @classmethod
    def validate_inputs(cls, file: str | None = None, start: str | None = None) -> bool | str:
        """Before anything runs: the names are places in the motion folder. None is a name that another node makes."""
        try:
            known = start in (None, NO_START) or bool(motion_path(start))
            return known and (file is None or bool(motion_target(file)))
        except MaskVideoError as error:
            return str(error)

    @classmethod
    def fingerprint_inputs(cls, start: str = NO_START, **_) -> int:
        """A start that training has written anew is another one."""
        return 0 if start == NO_START else motion_path(start).stat().st_mtime_ns

    @classmethod
    def execute(
        cls,
        model,
        clip,
        vae,
        dataset: ClipSet,
        file,
        existing,
        preset,
        settings,
        conditioning=None,
        sample_mask=None,
        sample_image=None,
        sample_prompt="",
        sample_every=0,
        start=NO_START,
        **fields,
    ) -> io.NodeOutput:
        begun = None if start == NO_START else motion_path(start)
        motion = None if begun is None else asdict(settings_of(begun).motion)
        config = resolve_settings(preset, settings, given_settings(fields), asdict(dataset.shape), motion)
        path, name = motion_target(file)
        wish = sample_wish(sample_prompt, sample_mask, sample_image, sample_every)
        task = TrainingTask(dataset, config, path, existing, begun, conditioning, wish)
        trained = train_in_host(model, clip, vae, task)
        plot, sample = frame_image(trained.plot), sample_output(trained.sample)
        shown = ui.PreviewImage(plot, cls=cls)
        return io.NodeOutput(load_motion(model, path), name, plot, trained.report, sample, ui=shown)


def sample_output(frames: np.ndarray | None):
    """The sample as an IMAGE; without one, what is connected to it ends with a message, and nothing else does."""
    if frames is None:
        return ExecutionBlocker("Train Motion LoRA took no sample: connect sample_mask and sample_image")
    return frames_image(frames, len(frames))


def size_input(name: str, default: int) -> io.Int.Input:
    return io.Int.Input(
        name,
        default=default,
        min=64,
        max=LARGEST_PX,
        step=8,
        tooltip="Pixels: clips are cut to the middle and scaled to it. SD1.x is at its best near 512.",
    )
