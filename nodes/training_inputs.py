"""Inputs of Train Motion LoRA that are settings, by the names of ``TrainConfig`` and ``MotionConfig``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comfy_api.latest import io

from ..core.noise_prior import NOISE_PRIORS
from ..training.precision import PRECISIONS

AS_PRESET = "as preset"
UNSET = -1.0
"""As the preset says, of a number for which 0 is a choice."""
SWITCH = {"on": True, "off": False}
LEFT = "0: as the preset says."
FREE = "-1: as the preset says."


def setting_inputs() -> list[io.Input]:
    """The settings that most runs change; 0 leaves each to the preset and to ``settings``."""
    return [
        io.Int.Input(
            "steps", default=0, min=0, max=1000000, tooltip=f"More place the object better, to a point. {LEFT}"
        ),
        io.Float.Input(
            "learning_rate",
            default=0.0,
            min=0.0,
            max=1.0,
            step=1e-6,
            round=False,
            tooltip=f"Lower it where the loss jumps. {LEFT}",
        ),
        io.Int.Input(
            "frames", default=0, min=0, max=256, tooltip=f"Of one window; memory and time grow with it. {LEFT}"
        ),
        io.Int.Input("rank", default=0, min=0, max=1024, tooltip=f"Of each LoRA: what it can learn, its size. {LEFT}"),
        io.Combo.Input(
            "precision",
            options=[AS_PRESET, *PRECISIONS],
            tooltip="bfloat16 computes in half the memory, and faster on newer GPUs; float16 where they have none.",
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


def sample_inputs() -> list[io.Input]:
    """What the run shows of itself while it trains, and at its end."""
    return [
        io.Mask.Input(
            "sample_mask",
            optional=True,
            tooltip="Masks that no clip has, to sample the motion with: [frames, height, width]. One window is taken.",
        ),
        io.Image.Input(
            "sample_image", optional=True, tooltip="The first frame of the sample: the object where mask 0 has it."
        ),
        io.String.Input(
            "sample_prompt",
            default="",
            optional=True,
            tooltip="What the sample shows: a blue star on a green background. Empty takes the motion prompt.",
        ),
        io.Int.Input(
            "sample_every",
            default=0,
            min=0,
            max=100000,
            optional=True,
            tooltip="Steps between samples; each takes about as long as 40 forward passes. 0: at the end alone.",
        ),
    ]


def advanced_inputs() -> list[io.Input]:
    """The other settings of the method, folded away where the host can."""
    return [
        _choice(
            "projections", ["lora", "full", "none"], "How the attention trains; full saves it whole, as the paper."
        ),
        _number(
            "temporal_width",
            0.0,
            0.0,
            1.0,
            f"Of the temporal layers, of the block's; LAMP's, as the paper has them, are whole. {LEFT}",
        ),
        _choice("mask_injection", ["query", "hidden", "query+hidden"], "Where masks enter; query is the paper's."),
        _choice("noise_prior", list(NOISE_PRIORS), "What the frames' noise has in common; first_frame is the paper's."),
        _number("alpha", UNSET, UNSET, 1.0, f"Share of that common part; the paper's is 0.2. {FREE}"),
        _number("mask_weight", UNSET, UNSET, 10.0, f"Extra loss inside the mask, so that small objects count. {FREE}"),
        _number(
            "consistency_weight",
            UNSET,
            UNSET,
            10.0,
            f"Loss that pulls to what the model, or start, predicted before. {FREE}",
        ),
        _choice("flips", list(SWITCH), "Half of the clips mirrored; off where left and right mean something."),
        _choice("gradient_checkpointing", list(SWITCH), "About a seventh less memory, a fifth more time."),
        _folded(
            io.Int.Input(
                "batch_size",
                default=0,
                min=0,
                max=64,
                optional=True,
                tooltip=f"Clips in a step; memory and time grow with it. {LEFT}",
            )
        ),
    ]


def given_settings(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What the fields say: those that are set, switches as truth values."""
    given = {name: value for name, value in fields.items() if value not in (0, AS_PRESET, UNSET)}
    given |= {name: fields[name] for name in ("alpha", "mask_weight", "consistency_weight") if fields.get(name) == 0}
    return {name: SWITCH.get(value, value) if isinstance(value, str) else value for name, value in given.items()}


def _choice(name: str, options: list[str], tooltip: str) -> io.Input:
    return _folded(io.Combo.Input(name, options=[AS_PRESET, *options], optional=True, tooltip=tooltip))


def _number(name: str, default: float, low: float, high: float, tooltip: str) -> io.Input:
    given = {"default": default, "min": low, "max": high, "step": 0.05}
    return _folded(io.Float.Input(name, optional=True, tooltip=tooltip, **given))


def _folded(one: io.Input) -> io.Input:
    """``advanced``, which is no argument in the oldest host; that one shows the input among the others."""
    one.extra_dict = {"advanced": True}
    return one
