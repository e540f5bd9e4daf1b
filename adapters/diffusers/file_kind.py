"""What a weights file is, told by its key names, so that an error can name what came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from torch import Tensor

from ...core.errors import MaskVideoError
from .ldm_layout import CONTROLNET_PREFIX, TEXT_PREFIX, UNET_PREFIX, VAE_PREFIX

_OTHER_MODELS = (
    ("an SDXL checkpoint", ("conditioner.embedders.", f"{UNET_PREFIX}label_emb.")),
    ("an SD2.x checkpoint", ("cond_stage_model.model.",)),
    ("an SD3 checkpoint", (f"{UNET_PREFIX}joint_blocks.", "joint_blocks.")),
    ("a Flux checkpoint", (f"{UNET_PREFIX}double_blocks.", "double_blocks.")),
)
_UNET_START = f"{UNET_PREFIX}input_blocks."
_OTHER_FILES = (
    ("an SD1.x checkpoint", (_UNET_START,)),
    ("a checkpoint of another family", (UNET_PREFIX,)),
    ("a ControlNet", (CONTROLNET_PREFIX, "controlnet_", "input_hint_block.")),
    ("a LoRA", ("lora_", "lycoris_", "unet.down_blocks.", "base_model.model.", "text_encoder.text_model.")),
    ("a motion file", ("down.0.0.", "mask_encoder.", "mid.0.")),
    ("a U-Net in diffusers' layout", ("down_blocks.",)),
    ("a U-Net without VAE and text encoder", ("input_blocks.",)),
    ("a VAE", ("encoder.conv_in.",)),
    ("a tiny autoencoder (TAESD)", ("taesd_", "encoder.layers.", "decoder.layers.")),
    ("a text encoder", ("text_model.",)),
)
_SD1_PARTS = (("U-Net", _UNET_START), ("VAE", VAE_PREFIX), ("text encoder", TEXT_PREFIX))
_CURES = {"VAE": ", or add --vae FILE"}
_QUANTISED = ("scaled_fp8", ".scale_weight", ".weight_scale", ".absmax", ".comfy_quant")
_LORA_ENDS = (".lora_up.weight", ".lora_B.weight", ".default.weight", "lora.up.weight", "layer.up.weight", ".diff")
_OTHER_LORAS = {
    ".hada_w1_a": "a LoHa (LyCORIS)",
    ".lokr_w1": "a LoKr (LyCORIS)",
    ".lokr_w1_a": "a LoKr (LyCORIS)",
    ".oft_blocks": "an OFT (LyCORIS)",
    ".oft_diag": "an OFT (LyCORIS)",
    ".a1.weight": "a GLoRA (LyCORIS)",
    ".dora_scale": "a DoRA",
    ".lora_magnitude_vector": "a DoRA",
    ".lora_magnitude_vector.weight": "a DoRA",
    ".w_norm": "a LyCORIS with norms",
}
"""Changes of weights of other kinds, by the end of a key."""
_EDITING = {8: "an editing model (InstructPix2Pix)", 9: "an inpainting model"}
"""By the input channels of its U-Net."""


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
        cure = _CURES.get(" ".join(missing), "")
        raise MaskVideoError(f"{source} has no {' and no '.join(missing)}: give a complete SD1.x single file{cure}")
    if scale := next((key for key in keys if key.endswith(_QUANTISED)), None):
        raise MaskVideoError(f"{source} is quantised (it has {scale}): give the SD1.x file before quantising")


def check_channels(state: Mapping[str, Tensor], channels: int, source: str) -> None:
    """Raises ``MaskVideoError`` where the U-Net of ``state`` takes more than a latent's ``channels``."""
    came = state[f"{_UNET_START}0.0.weight"].shape[1] if f"{_UNET_START}0.0.weight" in state else channels
    if came != channels:
        kind = _EDITING.get(came, "another kind of model")
        raise MaskVideoError(
            f"{source} is {kind}: its U-Net takes {came} channels instead of {channels}; give a text-to-image model"
        )


def check_is_vae(keys: Iterable[str], source: str) -> None:
    """Raises ``MaskVideoError`` that names what ``source`` is, unless a VAE of SD1.x's kind is in it."""
    keys = list(keys)
    bare = {key.removeprefix(VAE_PREFIX) for key in keys}
    is_whole = {"encoder.conv_in.weight", "decoder.conv_in.weight"} <= bare
    if not is_whole or _matching(keys, _OTHER_MODELS) is not None:
        raise MaskVideoError(f"{source} is {describe_file(keys)}, no VAE for SD1.x: give a VAE's .safetensors file")


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


def check_is_lora(keys: Iterable[str], source: str) -> None:
    """Raises ``MaskVideoError`` that names what ``source`` is, unless it is a LoRA (or LoCon) that SD1.x may take."""
    keys = list(keys)
    other = next((kind for end, kind in _OTHER_LORAS.items() if any(key.endswith(end) for key in keys)), None)
    if other is not None:
        raise MaskVideoError(f"{source} is {other}, which is not read: give a LoRA or LoCon, or a checkpoint it is in")
    if any(key.startswith(("lora_te2_", "text_encoder_2.")) for key in keys):
        raise MaskVideoError(f"{source} is a LoRA for SDXL: give a LoRA for SD1.x")
    if not any(key.endswith(_LORA_ENDS) for key in keys):
        raise MaskVideoError(f"{source} is {describe_file(keys)}, no LoRA: give a LoRA for SD1.x")


def _matching(keys: list[str], signs: tuple[tuple[str, tuple[str, ...]], ...]) -> str | None:
    """The first kind of which a key has one of the prefixes."""
    return next((kind for kind, prefixes in signs if any(key.startswith(prefixes) for key in keys)), None)
