"""The first frame, from the first mask and a prompt."""

from __future__ import annotations

from comfy_api.latest import io

from ..adapters.comfy.first_frame import controlnet_first_frame
from ..adapters.comfy.layout import masks_to_core
from ..adapters.comfy.sample_choice import AS_SET, chosen_settings
from ..core.sample_presets import SAMPLE_PRESETS
from ..mask_tools.scribble import STYLES
from .sampling_inputs import preset_input, sampling_inputs, seed_input


class ControlNetFirstFrame(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="MaskVideo_ControlNetFirstFrame",
            display_name="ControlNet First Frame",
            category="MaskVideo",
            description="The first frame: an image from the prompt, with the object in the shape of the first mask.",
            inputs=[
                io.Model.Input("model", tooltip="An SD1.x MODEL; a motion that it carries does not act here."),
                io.Conditioning.Input("positive", tooltip="What the image shows, from CLIP Text Encode."),
                io.Conditioning.Input("negative", tooltip="What it should not show."),
                io.Vae.Input("vae", tooltip="Of the same checkpoint as the model."),
                io.ControlNet.Input("control_net", tooltip="A scribble ControlNet for the model: SD1.x."),
                io.Mask.Input(
                    "mask",
                    tooltip="A mask sequence [frames, height, width], 1 = the object; the first is used. Its size in "
                    "pixels, divisible by 8, is the image's.",
                ),
                seed_input("The same seed gives the same image."),
                *sampling_inputs(cfg=3.0),
                io.Combo.Input(
                    "style", options=list(STYLES), default="fill", tooltip="How the ControlNet is shown the mask."
                ),
                io.Int.Input("outline_width", default=2, min=1, max=64, tooltip="Of the outline style, in pixels."),
                io.Float.Input(
                    "control_strength",
                    default=1.0,
                    min=0,
                    max=10,
                    step=0.05,
                    tooltip="How strongly the ControlNet holds the image to the mask: 0 is off, 1 is as trained.",
                ),
                io.Boolean.Input(
                    "scribble_guidance",
                    default=True,
                    tooltip="Only the positive branch sees the scribble, so that cfg amplifies it with the prompt.",
                ),
                preset_input(
                    (AS_SET, *SAMPLE_PRESETS),
                    "as set: the fields. paper: the ControlNet is shown the mask itself, in both branches.",
                ),
            ],
            outputs=[
                io.Image.Output("first_frame", display_name="first_frame", tooltip="[1, height, width, 3]."),
                io.Latent.Output("first_latent", display_name="first_latent", tooltip="One frame, for the samplers."),
            ],
        )

    @classmethod
    def execute(
        cls,
        model,
        positive,
        negative,
        vae,
        control_net,
        mask,
        seed,
        steps,
        cfg,
        sampler_name,
        scheduler,
        style,
        outline_width,
        control_strength,
        scribble_guidance,
        preset=AS_SET,
    ) -> io.NodeOutput:
        fields = {"first_frame_style": style, "scribble_guidance": scribble_guidance}
        shown = chosen_settings(model, preset, fields)
        image, latent = controlnet_first_frame(
            model,
            positive,
            negative,
            vae,
            control_net,
            masks_to_core(mask)[:, :, 0],
            seed,
            steps,
            cfg,
            sampler_name,
            scheduler,
            shown["first_frame_style"],
            outline_width,
            control_strength,
            shown["scribble_guidance"],
        )
        return io.NodeOutput(image, {"samples": latent})
