"""The flags that set a ``GenerateSettings``, shared by the commands that generate."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING

from ..adapters.diffusers.generate_settings import UNTRAINED, GenerateSettings
from ..core.errors import MaskVideoError
from ..core.sample_presets import SAMPLE_PRESETS

if TYPE_CHECKING:
    from ..core.motion_format import MotionMetadata

TRAINED = "trained"
"""As a noise prior: the one that the motion file was trained with, as without the flag; needs a motion."""
AS_TRAINED = "as the motion was trained"
DEFAULTS = {field.name: field.default for field in fields(GenerateSettings)}

MAIN = {
    "negative": ("TEXT", "what the video should not show"),
    "width": ("PX", "divisible by 8; masks of another size are resized"),
    "height": ("PX", "divisible by 8"),
    "frames": ("N", "of one window; more masks than this extend the video window by window"),
    "steps": ("N", "more steps are slower and finer"),
    "cfg": ("X", "how closely the video follows the prompt; 1 is off and takes half the time"),
    "seed": ("N", "the same seed gives the same video on the same machine"),
    "scheduler": ("NAME", "any diffusers scheduler: ddim, euler, dpmsolvermultistep, ..."),
}
MASK = {
    "mask_strength": ("X", "how strongly the masks pull: 0 switches the mask branch off, 1 is as trained"),
    "mask_start_fraction": ("X", "the masks act from this part of the steps on"),
    "mask_end_fraction": ("X", "... and up to this one"),
    "mask_guidance": (None, "drop the mask from the unconditional branch, so that --cfg amplifies it too"),
}
NOISE = {
    "noise_prior": (
        "KIND",
        "the noise that all frames share: first_frame (the paper's), first_frame_vp, random, random_vp, none",
    ),
    "alpha": ("X", "the shared part of the noise, 0 to 1"),
}
COLOUR = {
    "adain": ("STEPS", "hold each frame's statistics to the first frame's: off, end, last_half, all"),
    "adain_regions": (None, "statistics of object and background apart, unless --mask-strength is 0"),
    "histogram_match": (None, "hold the decoded frames' colours to the first frame's"),
}
FIRST_FRAME = {
    "first_frame_conditioning": (None, "keep frame 0 clean at every step; off, the text alone decides"),
    "first_frame_steps": ("N", "steps for the first frame"),
    "first_frame_cfg": ("X", "guidance of the first frame"),
    "first_frame_style": ("STYLE", "how the ControlNet is shown mask 0: outline, fill"),
    "outline_width": ("PX", "of that outline"),
    "control_strength": ("X", "how strongly the ControlNet holds the first frame to the mask"),
    "scribble_guidance": (None, "show the scribble to the conditional branch alone, so that its cfg amplifies it"),
}
EXTENSION = {
    "restart_frame": ("N", "this frame of a window starts the next one (half of --frames)"),
    "windows": ("KIND", "fewest, or even: --restart-frame frames of each, the last too, as the paper's appendix C"),
}
GROUPS = {
    "settings": MAIN,
    "masks": MASK,
    "shared noise": NOISE,
    "colour": COLOUR,
    "first frame": FIRST_FRAME,
    "extension": EXTENSION,
}


def add_setting_flags(parser: argparse.ArgumentParser, without: Sequence[str] = ()) -> None:
    """A flag for each setting, in groups; ``without`` are those that the command sets itself.

    A flag that is not given leaves no trace in the namespace: a preset, then the motion's training, come before it.
    """
    parser.add_argument(
        "--preset",
        choices=tuple(SAMPLE_PRESETS),
        help="paper: all that the paper says of sampling, its size and colours too; other flags win",
    )
    for title, flags in GROUPS.items():
        group = parser.add_argument_group(title)
        for name, (metavar, text) in flags.items():
            if name not in without:
                _add_flag(group, name, metavar, text, DEFAULTS[name])


def read_settings(args: argparse.Namespace, prompt: str) -> GenerateSettings:
    """The settings that ``args`` give: the flags, before them the preset. The rest waits for the motion's training."""
    values = dict(SAMPLE_PRESETS[args.preset]) if args.preset else {}
    values |= {name: getattr(args, name) for flags in GROUPS.values() for name in flags if hasattr(args, name)}
    if values.get("noise_prior") == TRAINED:
        values |= {"noise_prior": None, "alpha": getattr(args, "alpha", None)}
    return GenerateSettings(prompt, **values)


def check_trained(args: argparse.Namespace, metadata: MotionMetadata | None) -> None:
    """Raise ``MaskVideoError`` where ``--noise-prior trained`` asks for a motion and there is none."""
    if getattr(args, "noise_prior", None) == TRAINED and metadata is None:
        raise MaskVideoError("noise prior 'trained' needs a motion file: give --motion FILE, or another noise prior")


def value_type(name: str) -> type:
    """The type of a setting's values; of those that are left to the motion's training, that of what stands for it."""
    default = UNTRAINED.get(name, DEFAULTS[name])
    return int if default is None else type(default)


def positive(text: str) -> int:
    """The value of a flag that counts something."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of 1 or more")
    return int(text)


def _add_flag(group, name: str, metavar: str | None, text: str, default) -> None:
    flag = "--" + name.replace("_", "-")
    shown = text if default in (None, "") else f"{text} ({_word(default)})"
    shown = f"{text} ({AS_TRAINED})" if name in UNTRAINED else shown
    if metavar is None:
        group.add_argument(flag, action=argparse.BooleanOptionalAction, default=argparse.SUPPRESS, help=shown)
    else:
        group.add_argument(flag, type=value_type(name), default=argparse.SUPPRESS, metavar=metavar, help=shown)


def _word(default) -> str:
    return ("on" if default else "off") if isinstance(default, bool) else str(default)
