"""Settings of a node as its ``preset`` makes them, and what in them is not as the motion was trained."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from ...core.errors import MaskVideoError
from ...core.noise_prior import NoisePrior, check_prior
from ...core.sample_presets import DEFAULTS, SAMPLE_PRESETS, as_trained, deviations
from .motion import motion_of
from .noise import SharedNoise

log = logging.getLogger(__name__)
AS_TRAINED, AS_SET = "as trained", "as set"
PRESETS = (AS_TRAINED, AS_SET, *SAMPLE_PRESETS)


def chosen_settings(model, preset: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """``fields``, by the names of ``GenerateSettings``, as ``preset`` makes them.

    "as trained": a field at its default takes what the motion of MODEL was trained with; one that was changed stays.
    "as set": all stay. Another: the preset's values take their place. What is not as the motion was trained
    is a warning in the host's log, a field that gives way a line. Raises ``MaskVideoError`` for an unknown preset.
    """
    carried = motion_of(model)
    metadata = carried.metadata if carried is not None else None
    settings = {**fields, **_changes(preset, fields, metadata)}
    for name, value in settings.items():
        if value != fields[name]:
            log.info("MaskVideo: %s is %s, by the preset '%s' (the field has %s)", name, value, preset, fields[name])
    for sentence in deviations(metadata, settings):
        log.warning("MaskVideo: %s", sentence)
    return settings


def video_noise(model, preset: str, noise, seed: int, first_latent, first_frame_conditioning: bool):
    """The NOISE that is connected, or the motion's own kind under ``seed``.

    Raises ``MaskVideoError`` where it shares a first frame on which nothing is conditioned.
    """
    if noise is None:
        shared = chosen_settings(model, preset, {name: DEFAULTS[name] for name in ("noise_prior", "alpha")})
        noise = SharedNoise(seed, first_latent, NoisePrior(shared["noise_prior"], shared["alpha"]))
    elif isinstance(noise, SharedNoise):
        chosen_settings(model, AS_SET, {"noise_prior": noise.prior.kind, "alpha": noise.prior.alpha})
    if isinstance(noise, SharedNoise):
        check_prior(noise.prior, first_frame_conditioning)
    return noise


def _changes(preset: str, fields: Mapping[str, Any], metadata) -> dict[str, Any]:
    if preset == AS_SET:
        return {}
    if preset == AS_TRAINED:
        return {name: value for name, value in as_trained(metadata).items() if fields.get(name) == DEFAULTS[name]}
    if preset not in SAMPLE_PRESETS:
        raise MaskVideoError(f"preset {preset!r} is unknown: use one of {', '.join(PRESETS)}")
    return {name: value for name, value in SAMPLE_PRESETS[preset].items() if name in fields}
