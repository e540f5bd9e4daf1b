"""What a video is sampled with unless asked otherwise: what its motion was trained with; or all that the paper says."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .motion_format import MotionMetadata

DEFAULTS: Mapping[str, Any] = MappingProxyType({"mask_guidance": True, "noise_prior": "first_frame", "alpha": 0.2})
"""Where nothing is known of a motion's training."""
SAMPLE_PRESETS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "paper": {
            "width": 512,  # 4.1
            "height": 320,
            "frames": 16,  # 4.1
            "windows": "even",  # appendix C
            "scheduler": "ddim",  # appendix A
            "noise_prior": "first_frame",  # 3.4, algorithm 1
            "alpha": 0.2,
            "mask_guidance": False,  # eq. 7: the mask acts whatever the text is
            "adain": "off",
            "histogram_match": False,
            "first_frame_style": "fill",  # eq. 2: the mask itself
            "scribble_guidance": False,  # a ControlNet as it is
        }
    }
)
"""By the names of ``GenerateSettings``. The paper names neither steps nor guidance (LAMP: 50 and 12.5): those stay."""


def as_trained(metadata: MotionMetadata | None) -> dict[str, Any]:
    """The values of ``DEFAULTS`` that fit a motion: guidance on the mask where training dropped masks, its noise."""
    if metadata is None:
        return dict(DEFAULTS)
    drop = _mask_drop(metadata)
    guides = DEFAULTS["mask_guidance"] if drop is None else drop > 0
    return {"mask_guidance": guides, "noise_prior": metadata.noise_prior, "alpha": metadata.alpha}


def deviations(metadata: MotionMetadata | None, values: Mapping[str, Any]) -> tuple[str, ...]:
    """What in ``values`` (``mask_guidance``, ``noise_prior``, ``alpha``, ``frames``) is not as the motion was trained.

    A sentence each; what ``values`` do not have is not judged.
    """
    if metadata is None:
        return ()
    judged = (_guidance(metadata, values), _noise(metadata, values), _frames(metadata, values))
    return tuple(filter(None, judged))


def _mask_drop(metadata: MotionMetadata) -> float | None:
    """None where the file does not say, as one that was converted."""
    return metadata.training.get("mask_drop")


def _guidance(metadata: MotionMetadata, values: Mapping[str, Any]) -> str:
    sees_masks = metadata.motion.get("mask_branch", True) and values.get("mask_strength", 1) > 0
    if not sees_masks or not values.get("mask_guidance") or _mask_drop(metadata) != 0:
        return ""
    return "mask_guidance is on; this motion was trained with mask_drop 0, so it knows no branch without masks"


def _noise(metadata: MotionMetadata, values: Mapping[str, Any]) -> str:
    kind, alpha = values.get("noise_prior"), values.get("alpha")
    if kind is None or (kind == metadata.noise_prior and (kind == "none" or alpha == metadata.alpha)):
        return ""
    trained = f"{metadata.noise_prior}, alpha {metadata.alpha:g}"
    return f"the noise is {kind}, alpha {alpha:g}; this motion was trained with {trained}"


def _frames(metadata: MotionMetadata, values: Mapping[str, Any]) -> str:
    frames = values.get("frames", 0)
    if frames <= metadata.frames:
        return ""
    return f"windows of {frames} frames, this motion was trained on windows of {metadata.frames}"
