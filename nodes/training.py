"""The menu MaskVideo/training: clips and masks as a dataset, and a motion trained on them."""

from __future__ import annotations

from comfy_api.latest import io, ui

from ..adapters.comfy.clips import frame_image
from ..adapters.comfy.motion import load_motion
from ..adapters.comfy.training_clips import (
    DATASET,
    ClipSet,
    batch_clip,
    clip_set,
    folder_clips,
    folder_refusal,
    folder_state,
    list_clip_folders,
)
from ..adapters.comfy.training_run import EXISTING, motion_target, train_in_host
from ..core.errors import MaskVideoError
from ..training.clip_report import describe_clips, draw_clips
from ..training.presets import PRESETS, resolve_settings

CATEGORY = "MaskVideo/training"
AS_PRESET = "as preset"
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
                    "or masks.mp4, bright = the object; prompt.txt is a clip's own prompt.",
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
        cls, motion_prompt, folder, width, height, image=None, mask=None, dataset: ClipSet | None = None
    ) -> io.NodeOutput:
        name = f"clip {1 + len(dataset.clips) if dataset is not None else 1} of the graph"
        clips = [*folder_clips(folder, width, height), *batch_clip(name, image, mask, width, height)]
        whole = clip_set(dataset, clips, motion_prompt, width, height)
        sheet = frame_image(draw_clips(whole.clips))
        report = describe_clips(whole.clips, whole.motion_prompt)
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
                    tooltip="quick: 600 steps on LoRAs. paper: 15,000 steps, everything in full, for large GPUs. one "
                    "clip: 300 steps, held near the base.",
                ),
                *setting_inputs(),
                io.String.Input(
                    "settings",
                    default="",
                    multiline=True,
                    tooltip="Any other setting as TOML, over the preset: mask_weight = 0.5. The text of a "
                    "NAME.training.toml repeats that run. The fields above win over it.",
                ),
            ],
            outputs=[
                io.Model.Output("trained", display_name="model", tooltip="The MODEL with the motion on it."),
                io.String.Output("name", display_name="file", tooltip="The file's name, for Load Motion LoRA."),
                io.Image.Output("loss_plot", display_name="loss_plot", tooltip="Loss of each step, and its mean."),
                io.String.Output(
                    "report", display_name="report", tooltip="Memory and time: estimated before the first step, taken."
                ),
            ],
            is_output_node=True,
        )

    @classmethod
    def validate_inputs(cls, file: str | None = None) -> bool | str:
        """Before anything runs: the name is a place in the motion folder. None is a name that another node makes."""
        try:
            return file is None or bool(motion_target(file))
        except MaskVideoError as error:
            return str(error)

    @classmethod
    def execute(cls, model, clip, vae, dataset: ClipSet, file, existing, preset, settings, **fields) -> io.NodeOutput:
        given = {name: value for name, value in fields.items() if value not in (0, AS_PRESET)}
        config = resolve_settings(preset, settings, given, dataset.width, dataset.height)
        path, name = motion_target(file)
        trained = train_in_host(model, clip, vae, dataset, config, path, existing)
        plot = frame_image(trained.plot)
        return io.NodeOutput(load_motion(model, path), name, plot, trained.report, ui=ui.PreviewImage(plot, cls=cls))


def size_input(name: str, default: int) -> io.Int.Input:
    return io.Int.Input(
        name,
        default=default,
        min=64,
        max=LARGEST_PX,
        step=8,
        tooltip="Pixels: clips are cut to the middle and scaled to it. SD1.x is at its best near 512.",
    )


def setting_inputs() -> list[io.Input]:
    """The settings that most runs change; 0 leaves each to the preset and to ``settings``."""
    left = "0: as the preset says."
    return [
        io.Int.Input(
            "steps", default=0, min=0, max=1000000, tooltip=f"More place the object better, to a point. {left}"
        ),
        io.Float.Input(
            "learning_rate",
            default=0.0,
            min=0.0,
            max=1.0,
            step=1e-6,
            round=False,
            tooltip=f"Lower it where the loss jumps. {left}",
        ),
        io.Int.Input(
            "frames", default=0, min=0, max=256, tooltip=f"Of one window; memory and time grow with it. {left}"
        ),
        io.Int.Input("rank", default=0, min=0, max=1024, tooltip=f"Of each LoRA: what it can learn, its size. {left}"),
        io.Combo.Input(
            "precision",
            options=[AS_PRESET, "float32", "bfloat16"],
            tooltip="bfloat16 computes in half the memory, and faster on newer GPUs.",
        ),
        io.Int.Input(
            "seed",
            default=0,
            min=0,
            max=2**32 - 1,
            control_after_generate=False,
            tooltip="The same seed, clips and settings give the same motion. 0: as the settings say, or 0.",
        ),
    ]
