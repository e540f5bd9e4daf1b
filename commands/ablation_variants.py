"""What an ablation compares, from its flags."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import MaskVideoError
from .models import Models
from .setting_flags import DEFAULTS, GROUPS, value_type

if TYPE_CHECKING:
    from ..adapters.diffusers.generate_settings import GenerateSettings
    from ..evaluation.variants import Variant

NAMES = [name for flags in GROUPS.values() for name in flags if name != "seed"]
"""The settings that can be varied: those that have a flag. Seeds are averaged over."""


def add_variant_flags(parser: argparse.ArgumentParser) -> None:
    """Which questions are asked, and other values of settings."""
    group = parser.add_argument_group("what is compared")
    group.add_argument(
        "--only",
        nargs="+",
        default=[],
        metavar="GROUP",
        help="some of parts, noise_prior, mask_guidance, adain, cfg, motion, vary (all)",
    )
    group.add_argument(
        "--vary",
        action="append",
        default=[],
        metavar="NAME=VALUE,...",
        help="other values of any setting, by the name of its flag; repeatable",
    )


def parse_motions(given: Sequence[str] | None) -> dict[str, str | None]:
    """``NAME=FILE`` or ``FILE`` by name, in order; the bundled motion, or what the checkpoint needs, without any."""
    if not given:
        return {"": None}
    pairs = [text.split("=", 1) if "=" in text else [Path(text).stem, text] for text in given]
    motions = dict(pairs)
    if len(motions) < len(pairs):
        raise MaskVideoError("two motion files have one name: give them as --motion NAME=FILE with two names")
    return motions


def parse_vary(text: str) -> tuple[str, list]:
    """``alpha=0.1,0.4`` to its name and values, of the setting's type."""
    name, _, values = text.partition("=")
    name = name.replace("-", "_")
    if name not in NAMES:
        known = ", ".join(NAMES)
        raise MaskVideoError(f"--vary {text}: there is no setting {name!r}, give NAME=VALUE,... with one of {known}")
    try:
        return name, [_READERS[value_type(name)](value) for value in values.split(",")]
    except (ValueError, KeyError) as error:
        kind = value_type(name).__name__
        raise MaskVideoError(f"--vary {text}: {name} takes values of type {kind}, such as {DEFAULTS[name]}") from error


_READERS: dict[type, Callable[[str], Any]] = {
    bool: {"on": True, "off": False, "true": True, "false": False}.__getitem__,
    int: int,
    float: float,
    str: str,
}


def check_variants(settings: GenerateSettings, vary: Mapping[str, Sequence], only: Sequence[str]) -> None:
    """Build every variant's settings, so that a value out of range does not wait for its turn."""
    from ..evaluation.variants import build_variants

    for variant in build_variants(asdict(settings), vary=vary, only=only):
        replace(settings, **variant.settings)


def list_variants(
    settings: GenerateSettings, models: Models, others: Sequence[str], vary: Mapping, only: Sequence[str]
) -> list[Variant]:
    """The variants that these models can show: without a ControlNet there is none to leave out."""
    from ..evaluation.variants import build_variants

    trained = (models.metadata.noise_prior, models.metadata.alpha) if models.metadata is not None else None
    variants = build_variants(asdict(settings), trained, others, vary, only)
    return [variant for variant in variants if variant.controlnet or models.controlnet is not None]
