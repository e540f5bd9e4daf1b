"""Inputs that several nodes share, said once: how the masks guide, how noise is shared, how a window is sampled."""

from __future__ import annotations

from collections.abc import Sequence

import comfy.samplers
from comfy_api.latest import io

from ..adapters.comfy.sample_choice import PRESETS
from ..core.noise_prior import NOISE_PRIORS
from ..core.sample_settings import ADAIN_STEPS

SEED_LIMIT = 2**32 - 1


def mask_input() -> io.Mask.Input:
    return io.Mask.Input(
        "mask",
        tooltip="Where the object goes: [frames, height, width], 1 = the object. Its size is the video's, in pixels: 8 "
        "times the first frame's latent. A single mask is held for all frames; a soft outline acts as it is.",
    )


def first_latent_input() -> io.Latent.Input:
    return io.Latent.Input(
        "first_latent",
        tooltip="The first frame's latent, one frame of height/8 x width/8: from ControlNet First Frame, or VAE Encode "
        "of a picture.",
    )


def model_input() -> io.Model.Input:
    return io.Model.Input("model", tooltip="An SD1.x MODEL with a motion, from Load Motion LoRA.")


def conditioning_inputs() -> list[io.Input]:
    return [
        io.Conditioning.Input("positive", tooltip="What the video shows, from CLIP Text Encode."),
        io.Conditioning.Input("negative", tooltip="What it should not show."),
    ]


def frames_input(
    tooltip: str = "Of the video: as many as there are masks, or any number for a single mask.",
) -> io.Input:
    return io.Int.Input("frames", default=16, min=2, max=4096, tooltip=tooltip)


def guidance_inputs() -> list[io.Input]:
    """How the masks guide and how colours are held: the fields of ``GuidanceSettings``."""
    return [
        io.Float.Input(
            "mask_strength",
            default=1.0,
            min=0,
            max=10,
            step=0.05,
            tooltip="How strongly the masks pull: 0 switches them off, 1 is as trained.",
        ),
        io.Float.Input(
            "mask_start_fraction",
            default=0.0,
            min=0,
            max=1,
            step=0.05,
            tooltip="The masks act from this part of the steps on: 0 is the first step, 1 the last.",
        ),
        io.Float.Input(
            "mask_end_fraction",
            default=1.0,
            min=0,
            max=1,
            step=0.05,
            tooltip="The masks act up to this part of the steps.",
        ),
        io.Boolean.Input(
            "mask_guidance",
            default=True,
            tooltip="Drop the masks from the negative branch, so that cfg amplifies them as it does the prompt.",
        ),
        io.Combo.Input(
            "adain",
            options=list(ADAIN_STEPS),
            default="end",
            tooltip="In which steps the frames take the first frame's colour statistics: off, end (the result alone), "
            "last_half, all.",
        ),
        io.Boolean.Input(
            "adain_regions",
            default=True,
            tooltip="Colour statistics of the object and of the background apart, by the masks.",
        ),
    ]


def conditioning_switch() -> io.Boolean.Input:
    return io.Boolean.Input(
        "first_frame_conditioning",
        default=True,
        optional=True,
        tooltip="Frame 0 is the clean first frame at every step; off, it is sampled as the others are, and the noise "
        "must not share it.",
    )


def preset_input(options: Sequence[str], tooltip: str) -> io.Combo.Input:
    return io.Combo.Input("preset", options=list(options), default=options[0], optional=True, tooltip=tooltip)


def sampling_preset() -> io.Combo.Input:
    """The last input of the nodes that sample: whose settings count."""
    return preset_input(
        PRESETS,
        "as trained: what stands at its default takes what the motion was trained with (guidance on the mask only if "
        "training dropped masks; its noise). as set: the fields, whatever the motion. paper: no guidance on the mask, "
        "no adain, first-frame noise of 0.2.",
    )


def noise_input() -> io.Noise.Input:
    return io.Noise.Input(
        "noise",
        optional=True,
        tooltip="From First-Frame Shared Noise; without it, noise as the motion was trained with, by this node's seed.",
    )


def prior_inputs() -> list[io.Input]:
    """Which part of their noise the frames share: the fields of ``NoisePrior``."""
    return [
        io.Combo.Input(
            "noise_prior",
            options=list(NOISE_PRIORS),
            default="first_frame",
            tooltip="What the frames' noise has in common: the first frame's latent, a random part, or none. The kinds "
            "that end in _vp keep the noise's variance.",
        ),
        io.Float.Input(
            "alpha",
            default=0.2,
            min=0,
            max=1,
            step=0.01,
            tooltip="Share of the common part, 0 to 1; the paper has 0.2.",
        ),
    ]


def sampling_inputs(cfg: float) -> list[io.Input]:
    """Steps, guidance, sampler and scheduler, under the names of the host's own KSampler."""
    return [
        io.Int.Input("steps", default=20, min=1, max=10000, tooltip="More steps are slower and finer."),
        io.Float.Input(
            "cfg",
            default=cfg,
            min=0,
            max=100,
            step=0.1,
            tooltip="How closely it follows the prompt; 1 is off and takes half the time.",
        ),
        io.Combo.Input(
            "sampler_name", options=comfy.samplers.SAMPLER_NAMES, default="ddim", tooltip="Any of the host's samplers."
        ),
        io.Combo.Input(
            "scheduler",
            options=comfy.samplers.SCHEDULER_NAMES,
            default="ddim_uniform",
            tooltip="How the noise falls over the steps.",
        ),
    ]


def seed_input(tooltip: str) -> io.Int.Input:
    return io.Int.Input("seed", default=0, min=0, max=SEED_LIMIT, control_after_generate=True, tooltip=tooltip)
