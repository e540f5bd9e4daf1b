"""What an ablation compares: the full method, and the method with one thing changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..core.errors import MaskVideoError
from ..core.noise_prior import NOISE_PRIORS

FULL = "full"
GROUPS = ("parts", "noise_prior", "mask_guidance", "adain", "cfg", "motion", "vary")
"""The questions that are asked; each variant but the full one belongs to one."""
ADAIN = ("off", "end", "last_half", "all")
CFG = (1.0, 2.0, 4.0, 7.0)


@dataclass(frozen=True)
class Variant:
    """``settings`` are what changes; ``motion`` names another motion file than the first (""), ``controlnet`` off
    leaves the first frame to the text."""

    name: str
    group: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    controlnet: bool = True
    motion: str = ""


def build_variants(
    settings: Mapping[str, Any],
    trained_prior: tuple[str, float] | None = None,
    motions: Sequence[str] = (),
    vary: Mapping[str, Sequence[Any]] | None = None,
    only: Iterable[str] = (),
) -> list[Variant]:
    """The full method first, then every variant that differs from it.

    ``settings`` are the full method's. ``trained_prior`` is the kind and alpha of noise that the motion was trained
    with. ``motions`` name the other motion files, one for each way in which the mask can enter, say. ``vary`` adds
    values of any setting. ``only`` keeps some of ``GROUPS`` (and the full method); empty keeps all.

    Raises ``MaskVideoError`` for an unknown group or setting.
    """
    _check_choice("group", only, GROUPS)
    _check_choice("setting", vary or (), settings)
    candidates = [
        *_parts(settings),
        *_noise_priors(settings, trained_prior),
        *_values("mask_guidance", (False, True)),
        *_values("adain", ADAIN),
        *_values("adain_regions", (False, True) if settings["adain"] != "off" else (), group="adain"),
        *_values("histogram_match", (False, True), group="adain"),
        *_values("cfg", CFG),
        *(Variant(f"motion {name}", "motion", motion=name) for name in motions),
        *(one for name, values in (vary or {}).items() for one in _values(name, values, group="vary")),
    ]
    wanted = set(only) or set(GROUPS)
    others = [one for one in candidates if one.group in wanted and _differs(one, settings)]
    return [Variant(FULL, ""), *{one.name: one for one in others}.values()]


def _parts(settings: Mapping[str, Any]) -> list[Variant]:
    """The method without one of its parts. Without a first frame there is none to share noise with."""
    prior = settings["noise_prior"].replace("first_frame", "random")
    return [
        Variant("without masks", "parts", {"mask_strength": 0.0}),
        Variant("without the first frame", "parts", {"first_frame_conditioning": False, "noise_prior": prior}),
        Variant("without ControlNet", "parts", controlnet=False),
    ]


def _noise_priors(settings: Mapping[str, Any], trained: tuple[str, float] | None) -> list[Variant]:
    variants = _values("noise_prior", NOISE_PRIORS)
    if trained is None or (trained[0] in NOISE_PRIORS and (trained[0] == "none" or trained[1] == settings["alpha"])):
        return variants  # it is one of them
    changes = {"noise_prior": trained[0], "alpha": trained[1]}
    return [*variants, Variant(f"noise_prior as trained ({trained[0]}, {trained[1]:g})", "noise_prior", changes)]


def _values(name: str, values: Sequence[Any], group: str = "") -> list[Variant]:
    return [Variant(f"{name} {_shown(value)}", group or name, {name: value}) for value in values]


def _differs(variant: Variant, settings: Mapping[str, Any]) -> bool:
    changed = any(settings[name] != value for name, value in variant.settings.items())
    return changed or not variant.controlnet or variant.motion != ""


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _check_choice(what: str, given: Iterable[str], known: Iterable[str]) -> None:
    for name in given:
        if name not in known:
            raise MaskVideoError(f"{what} {name!r} is unknown: give one of {', '.join(known)}")
