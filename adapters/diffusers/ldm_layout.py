"""Key names of the single-file layout of SD1.x, one table for both directions.

Each function here maps a diffusers key to the name it has in a single file. ``to_ldm_layout`` writes with that table
and ``checkpoint.py`` reads with the same, so that the two cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Iterable

from torch import Tensor, nn

UNET_PREFIX = "model.diffusion_model."
VAE_PREFIX = "first_stage_model."
TEXT_PREFIX = "cond_stage_model.transformer."
CONTROLNET_PREFIX = "control_model."

_UNET_ENDS = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
    "mid_block.resnets.0": "middle_block.0",
    "mid_block.attentions.0": "middle_block.1",
    "mid_block.resnets.1": "middle_block.2",
    "controlnet_mid_block": "middle_block_out.0",
    "controlnet_cond_embedding.conv_in": "input_hint_block.0",
}
_UNET_RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
_VAE_ENDS = {"conv_norm_out": "norm_out", "mid_block.attentions.0": "mid.attn_1"}
_VAE_ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}


def to_ldm_layout(
    unet: nn.Module | None = None,
    vae: nn.Module | None = None,
    text_encoder: nn.Module | None = None,
    controlnet: nn.Module | None = None,
) -> dict[str, Tensor]:
    """The components' weights under the key names of an SD1.x single file; a component left out is left out.

    The inverse of ``checkpoint.read_component``: what is written so is read back bit-equal. The VAE's attention
    projections become 1x1 convolutions ``[C, C, 1, 1]``, as the layout has them.
    """
    parts = ((unet, unet_keys), (vae, vae_keys), (text_encoder, text_encoder_keys), (controlnet, controlnet_keys))
    state: dict[str, Tensor] = {}
    for module, keys in parts:
        if module is not None:
            weights = module.state_dict()
            state |= {theirs: to_ldm_shape(theirs, weights[ours]) for ours, theirs in keys(weights).items()}
    return state


def to_ldm_shape(ldm_key: str, weight: Tensor) -> Tensor:
    """The weight as the single file has it, contiguous."""
    return (weight[..., None, None] if is_vae_projection(ldm_key) else weight).contiguous()


def is_vae_projection(ldm_key: str) -> bool:
    """Whether the key is a projection of the VAE's attention: a matrix in diffusers, a 1x1 convolution in the file."""
    tail = ldm_key.split(".mid.attn_1.")[-1]
    return ldm_key.startswith(VAE_PREFIX) and tail in ("q.weight", "k.weight", "v.weight", "proj_out.weight")


def unet_keys(keys: Iterable[str]) -> dict[str, str]:
    """Diffusers key to single-file key for a U-Net."""
    return _unet_like(keys, UNET_PREFIX)


def controlnet_keys(keys: Iterable[str]) -> dict[str, str]:
    """Diffusers key to single-file key for a ControlNet."""
    return _unet_like(keys, CONTROLNET_PREFIX)


def text_encoder_keys(keys: Iterable[str]) -> dict[str, str]:
    """Diffusers key to single-file key for the CLIP text encoder, with or without its ``text_model`` level."""
    return {key: f"{TEXT_PREFIX}text_model.{key.removeprefix('text_model.')}" for key in keys}


def vae_keys(keys: Iterable[str]) -> dict[str, str]:
    """Diffusers key to single-file key for the VAE; the file counts the decoder's levels from the bottom."""
    keys = list(keys)
    levels = 1 + max((_number(key, 2) for key in keys if key.startswith("decoder.up_blocks.")), default=0)
    return {key: VAE_PREFIX + _vae_key(key, levels) for key in keys}


def _vae_key(key: str, levels: int) -> str:
    parts = key.split(".")
    if parts[0] not in ("encoder", "decoder"):
        return key
    coder, rest = parts[0], ".".join(parts[1:])
    if parts[1] in ("down_blocks", "up_blocks"):
        side = parts[1].removesuffix("_blocks")
        level = int(parts[2]) if side == "down" else levels - 1 - int(parts[2])
        kind = "block." + parts[4] if parts[3] == "resnets" else side + "sample"
        rest = ".".join([side, str(level), kind, *parts[5:]])
    elif rest.startswith("mid_block.resnets."):
        rest = ".".join(["mid", f"block_{int(parts[3]) + 1}", *parts[4:]])
    elif rest.startswith("mid_block.attentions.0."):
        rest = _rename(rest.removeprefix("mid_block.attentions.0."), _VAE_ATTENTION)
        rest = f"mid.attn_1.{rest}"
    return f"{coder}.{_rename(rest, _VAE_ENDS).replace('conv_shortcut', 'nin_shortcut')}"


def _unet_like(keys: Iterable[str], prefix: str) -> dict[str, str]:
    keys = list(keys)
    places = _block_places(keys)
    return {key: prefix + _unet_key(key, places) for key in keys}


def _block_places(keys: list[str]) -> dict[str, str]:
    """Diffusers' nested block paths to the file's flat numbering.

    The file numbers its input blocks from 1 (0 is the first convolution): each layer is one, its transformer the
    second entry of it, each downsampler one of its own. An upsampler is the last entry of its block's last layer.
    """
    places: dict[str, str] = {}
    index = 1
    for block in _members(keys, "down_blocks"):
        for layer in _members(keys, f"{block}.resnets"):
            places[layer] = f"input_blocks.{index}.0"
            places[layer.replace("resnets", "attentions")] = f"input_blocks.{index}.1"
            index += 1
        for sampler in _members(keys, f"{block}.downsamplers"):
            places[f"{sampler}.conv"] = f"input_blocks.{index}.0.op"
            index += 1
    index = 0
    for block in _members(keys, "up_blocks"):
        attended = bool(_members(keys, f"{block}.attentions"))
        for layer in _members(keys, f"{block}.resnets"):
            places[layer] = f"output_blocks.{index}.0"
            places[layer.replace("resnets", "attentions")] = f"output_blocks.{index}.1"
            index += 1
        places[f"{block}.upsamplers.0"] = f"output_blocks.{index - 1}.{1 + attended}"
    return places | _hint_places(keys)


def _hint_places(keys: list[str]) -> dict[str, str]:
    """A ControlNet's zero convolutions, and its hint encoder: every second entry, activations lie between."""
    places = {name: f"zero_convs.{_number(name, 1)}.0" for name in _members(keys, "controlnet_down_blocks")}
    blocks = _members(keys, "controlnet_cond_embedding.blocks")
    places |= {name: f"input_hint_block.{2 * (_number(name, 2) + 1)}" for name in blocks}
    return places | {"controlnet_cond_embedding.conv_out": f"input_hint_block.{2 * (len(blocks) + 1)}"}


def _unet_key(key: str, places: dict[str, str]) -> str:
    if ".resnets." in key:
        key = _rename(key, _UNET_RESNET, anywhere=True)
    return _rename(key, places | _UNET_ENDS)


def _rename(key: str, table: dict[str, str], anywhere: bool = False) -> str:
    """``key`` with the longest name of ``table`` that it starts with (or holds) replaced; names end at a dot."""
    for old in sorted(table, key=len, reverse=True):
        if anywhere and f".{old}." in key:
            return key.replace(f".{old}.", f".{table[old]}.")
        if key.startswith(f"{old}."):
            return table[old] + key[len(old) :]
    return key


def _members(keys: list[str], path: str) -> list[str]:
    """``path.0``, ``path.1``, … as far as the keys have them, in numeric order."""
    depth = path.count(".") + 1
    numbers = {_number(key, depth) for key in keys if key.startswith(f"{path}.")}
    return [f"{path}.{number}" for number in sorted(numbers)]


def _number(key: str, depth: int) -> int:
    return int(key.split(".")[depth])
