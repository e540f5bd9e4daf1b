"""What a weights file is, told by its key names, so that an error can name what came."""

from __future__ import annotations

from collections.abc import Iterable

from ...core.errors import MaskVideoError
from .ldm_layout import CONTROLNET_PREFIX, TEXT_PREFIX, UNET_PREFIX, VAE_PREFIX

_OTHER_MODELS = (
    ("an SDXL checkpoint", ("conditioner.embedders.", f"{UNET_PREFIX}label_emb.")),
    ("an SD2.x checkpoint", ("cond_stage_model.model.",)),
    ("an SD3 checkpoint", (f"{UNET_PREFIX}joint_blocks.", "joint_blocks.")),
    ("a Flux checkpoint", (f"{UNET_PREFIX}double_blocks.", "double_blocks.")),
)
_OTHER_FILES = (
    ("an SD1.x checkpoint", (UNET_PREFIX,)),
    ("a ControlNet", (CONTROLNET_PREFIX, "controlnet_", "input_hint_block.")),
    ("a LoRA", ("lora_", "unet.down_blocks.")),
    ("a motion file", ("down.0.0.", "mask_encoder.", "mid.0.")),
    ("a U-Net in diffusers' layout", ("down_blocks.",)),
    ("a VAE", ("encoder.conv_in.",)),
)
_SD1_PARTS = (("U-Net", UNET_PREFIX), ("VAE", VAE_PREFIX), ("text encoder", TEXT_PREFIX))


def describe_file(keys: Iterable[str]) -> str:
    """A weights file in words, from its key names: "an SDXL checkpoint", or its first key where nothing fits."""
    keys = list(keys)
    kind = _matching(keys, _OTHER_MODELS + _OTHER_FILES)
    if kind is not None:
        return kind
    return f"a file with {len(keys)} tensors such as {min(keys)!r}" if keys else "a file without tensors"


def check_is_sd1(keys: Iterable[str], source: str) -> None:
    """Raises ``MaskVideoError`` that names what ``source`` is, unless it has all parts of an SD1.x checkpoint."""
    keys = list(keys)
    missing = [part for part, prefix in _SD1_PARTS if not any(key.startswith(prefix) for key in keys)]
    if len(missing) == len(_SD1_PARTS) or _matching(keys, _OTHER_MODELS) is not None:
        raise MaskVideoError(f"{source} is {describe_file(keys)}, no SD1.x checkpoint: give an SD1.x single file")
    if missing:
        raise MaskVideoError(f"{source} has no {' and no '.join(missing)}: give a complete SD1.x single file")


def check_is_controlnet(keys: Iterable[str], source: str) -> str:
    """The layout of a ControlNet file: "original", "bare" (the original without its prefix) or "diffusers".

    Raises ``MaskVideoError`` that names what ``source`` is where it is no ControlNet.
    """
    keys = set(keys)
    if any(key.startswith(CONTROLNET_PREFIX) for key in keys):
        return "original"
    if "controlnet_mid_block.weight" in keys:
        return "diffusers"
    if "input_hint_block.0.weight" in keys:
        return "bare"
    raise MaskVideoError(f"{source} is {describe_file(keys)}, no ControlNet: give a ControlNet for SD1.x")


def _matching(keys: list[str], signs: tuple[tuple[str, tuple[str, ...]], ...]) -> str | None:
    """The first kind of which a key has one of the prefixes."""
    return next((kind for kind, prefixes in signs if any(key.startswith(prefixes) for key in keys)), None)
