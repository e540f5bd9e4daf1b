"""The flags that set a ``GenerateSettings``, shared by the commands that generate."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import fields, replace

from ..adapters.diffusers.generate_settings import GenerateSettings
from ..core.errors import MaskVideoError

TRAINED = "trained"
"""As a noise prior: the one that the motion file was trained with, and its alpha."""
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
        "the noise that all frames share: first_frame (the paper's), first_frame_vp, random, random_vp, none, or "
        "trained (as the motion file was)",
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
EXTENSION = {"restart_frame": ("N", "this frame of a window starts the next one (half of --frames)")}
GROUPS = {
    "settings": MAIN,
    "masks": MASK,
    "shared noise": NOISE,
    "colour": COLOUR,
    "first frame": FIRST_FRAME,
    "extension": EXTENSION,
}


def add_setting_flags(parser: argparse.ArgumentParser, without: Sequence[str] = ()) -> None:
    """A flag for each setting, in groups; ``without`` are those that the command sets itself."""
    for title, flags in GROUPS.items():
        group = parser.add_argument_group(title)
        for name, (metavar, text) in flags.items():
            if name not in without:
                _add_flag(group, name, metavar, text, DEFAULTS[name])


def read_settings(args: argparse.Namespace, prompt: str) -> GenerateSettings:
    """The settings that ``args`` give. ``trained`` as a noise prior waits for the motion file (``resolve_prior``)."""
    values = {name: getattr(args, name) for flags in GROUPS.values() for name in flags if hasattr(args, name)}
    if values["noise_prior"] == TRAINED:
        values["noise_prior"] = "none"
    return GenerateSettings(prompt, **values)


def resolve_prior(args: argparse.Namespace, settings: GenerateSettings, metadata) -> GenerateSettings:
    """``settings`` with the noise prior that the motion was trained with, where ``--noise-prior trained`` asks."""
    if args.noise_prior != TRAINED:
        return settings
    if metadata is None:
        raise MaskVideoError("noise prior 'trained' needs a motion file: give --motion FILE, or another noise prior")
    return replace(settings, noise_prior=metadata.noise_prior, alpha=metadata.alpha)


def value_type(name: str) -> type:
    """The type of a setting's values; those without a default of their own count frames."""
    return int if DEFAULTS[name] is None else type(DEFAULTS[name])


def positive(text: str) -> int:
    """The value of a flag that counts something."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of 1 or more")
    return int(text)


def _add_flag(group, name: str, metavar: str | None, text: str, default) -> None:
    flag = "--" + name.replace("_", "-")
    if metavar is None:
        shown = f"{text} ({'on' if default else 'off'})"
        group.add_argument(flag, action=argparse.BooleanOptionalAction, default=default, help=shown)
    else:
        shown = text if default in (None, "") else f"{text} ({default})"
        group.add_argument(flag, type=value_type(name), default=default, metavar=metavar, help=shown)
