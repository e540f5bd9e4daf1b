"""Loaders: the bundled demo model, and a trained motion."""

from __future__ import annotations

from comfy_api.latest import io

from ..adapters.comfy.demo_model import load_demo_model
from ..adapters.comfy.model_folders import list_motion_files, motion_path
from ..adapters.comfy.motion import load_motion
from ..core.errors import MaskVideoError


class LoadDemoModel(io.ComfyNode):
    """Everything that a mask-guided video needs, from the pack itself."""

    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="MaskVideo_LoadDemoModel",
            display_name="Load Demo Model",
            category="MaskVideo",
            description="The tiny SD1.x model that comes with the pack, with a scribble ControlNet. It knows one plain "
            "object on a plain background, at about 256x160 to 416x256 pixels. Nothing is downloaded.",
            outputs=[
                io.Model.Output(tooltip="An SD1.x U-Net in miniature, trained at 256x160 pixels."),
                io.Clip.Output(tooltip="Knows phrases such as: a red star on a blue background."),
                io.Vae.Output(tooltip="8 pixels to one latent pixel, 4 channels, as in SD1.x."),
                io.ControlNet.Output(tooltip="Scribble ControlNet: a white outline on black."),
            ],
        )

    @classmethod
    def execute(cls) -> io.NodeOutput:
        return io.NodeOutput(*load_demo_model())


class LoadMotionLoRA(io.ComfyNode):
    """A MODEL that carries a trained motion; the guided samplers use it."""

    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="MaskVideo_LoadMotionLoRA",
            display_name="Load Motion LoRA",
            category="MaskVideo",
            description="A MODEL that carries a trained motion. MaskVideo's samplers use the motion; any other sampler "
            "sees the MODEL unchanged. A second motion replaces the first.",
            inputs=[
                io.Model.Input("model", tooltip="An SD1.x MODEL of the kind that the motion was trained on."),
                io.Combo.Input(
                    "file",
                    options=list_motion_files(),
                    tooltip="A .safetensors file in models/motion_lora; 'demo' fits Load Demo Model.",
                ),
                io.Float.Input(
                    "strength",
                    default=1.0,
                    min=0.0,
                    max=2.0,
                    step=0.05,
                    tooltip="How much of the motion acts: 0 is none, 1 is as trained.",
                ),
            ],
            outputs=[io.Model.Output(tooltip="The MODEL with the motion, for MaskVideo's samplers and Mask Guidance.")],
        )

    @classmethod
    def validate_inputs(cls, file: str | None = None) -> bool | str:
        """Before anything runs: the name stands for a file of the list. None is a name that another node makes."""
        try:
            return file is None or bool(motion_path(file))
        except MaskVideoError as error:
            return str(error)

    @classmethod
    def fingerprint_inputs(cls, file: str, **_) -> int:
        """A file that training has written anew is loaded anew."""
        return motion_path(file).stat().st_mtime_ns

    @classmethod
    def execute(cls, model, file: str, strength: float) -> io.NodeOutput:
        return io.NodeOutput(load_motion(model, motion_path(file), strength))
