"""SD1.x checkpoints, VAEs and ControlNets from files, read offline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import torch
from accelerate import init_empty_weights
from diffusers import AutoencoderKL, ControlNetModel, UNet2DConditionModel
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel

from ...core.errors import MaskVideoError
from ...files.weights import read_tensors
from .configs import component_config
from .file_kind import check_channels, check_is_controlnet, check_is_sd1, check_is_vae
from .key_variants import published_names, vae_names
from .ldm_layout import VAE_PREFIX, controlnet_keys, is_vae_projection, text_encoder_keys, unet_keys, vae_keys
from .pipeline_folder import read_pipeline_folder
from .tokenizer import load_tokenizer
from .video_unet import DiffusersVideoModel

Configs = str | Path | dict | None
"""Where component configs come from: None is SD1.x, else a folder of JSON files or ``{component: config}``."""


def load_checkpoint(
    path: str | Path, configs: Configs = None, dtype=torch.float32, vae: str | Path | None = None
) -> DiffusersVideoModel:
    """The model in an SD1.x single file (``.safetensors``) or in a folder of diffusers' format, on the CPU.

    ``vae`` is a file with another VAE, in the original layout or in diffusers'. Contacts no hub. Raises
    ``MaskVideoError`` where a file is missing, truncated or not what it should be, naming what it is instead.
    """
    path = Path(path)
    if path.is_dir():
        state, found = read_pipeline_folder(path)
        configs = found if configs is None else configs
    else:
        state = published_names(read_tensors(path))
    if vae is not None:
        state = {key: weight for key, weight in state.items() if not key.startswith(VAE_PREFIX)} | read_vae(vae)
    return model_from_state(state, configs, dtype, path.name)


def read_vae(path: str | Path) -> dict[str, Tensor]:
    """The weights of the VAE in a file, under single-file names. Raises ``MaskVideoError`` where it holds none."""
    state = read_tensors(path)
    check_is_vae(state, Path(path).name)
    return vae_names(state)


def model_from_state(
    state: Mapping[str, Tensor], configs: Configs = None, dtype=torch.float32, source: str = "checkpoint"
) -> DiffusersVideoModel:
    """The model whose weights ``state`` holds under single-file names; ``source`` is its name in errors."""
    check_is_sd1(state, source)
    unet = _unet(configs)
    check_channels(state, unet.config.in_channels, source)
    unet = read_component(unet, unet_keys, state, source, dtype)
    vae = read_component(_vae(configs), vae_keys, state, source, dtype)
    text_encoder = read_component(_text_encoder(configs), text_encoder_keys, state, source, dtype)
    tokenizer = load_tokenizer(text_encoder.config.max_position_embeddings)
    scheduler = component_config("scheduler", configs)
    return DiffusersVideoModel(unet, vae, text_encoder, tokenizer, scheduler)


def load_controlnet(path: str | Path, configs: Configs = None, dtype=torch.float32) -> ControlNetModel:
    """The ControlNet in a file, in the original layout (``control_model.*``) or in diffusers', or in a folder of it.

    Raises ``MaskVideoError`` where the file is missing, truncated or no SD1.x ControlNet.
    """
    return controlnet_from_state(read_tensors(path), configs, dtype, Path(path).name)


def controlnet_from_state(
    state: Mapping[str, Tensor], configs: Configs = None, dtype=torch.float32, source: str = "ControlNet"
) -> ControlNetModel:
    """The ControlNet whose weights ``state`` holds; ``source`` is its name in errors."""
    layout = check_is_controlnet(state, source)
    with init_empty_weights():
        controlnet = ControlNetModel.from_config(component_config("controlnet", configs))
    keys = {"diffusers": _same_keys, "original": controlnet_keys, "bare": _without_prefix}[layout]
    return read_component(controlnet, keys, state, source, dtype)


def read_component(
    module: nn.Module,
    keys: Callable[[Iterable[str]], dict[str, str]],
    state: Mapping[str, Tensor],
    source: str,
    dtype: torch.dtype = torch.float32,
) -> nn.Module:
    """Fills ``module`` (built without weights) from ``state`` as ``dtype``; ``keys`` maps its own keys to the file's.

    What the file holds besides is ignored: EMA copies, other components. Raises ``MaskVideoError`` naming the first
    weight that is missing or has another shape.
    """
    wanted = module.state_dict()
    weights = {}
    for ours, theirs in keys(wanted).items():
        if theirs not in state:
            raise MaskVideoError(f"{source} lacks {theirs}: give a complete SD1.x file, or the config it was made with")
        weight = state[theirs].flatten(1) if is_vae_projection(theirs) else state[theirs]
        if weight.shape != wanted[ours].shape:
            raise MaskVideoError(
                f"{source} has {theirs} of shape {list(weight.shape)}, this base needs {list(wanted[ours].shape)}: "
                "give an SD1.x file, or the config it was made with"
            )
        if not weight.is_floating_point():
            raise MaskVideoError(f"{source} has {theirs} as {weight.dtype}, quantised: give the file before quantising")
        # A copy: a weight that stays mapped to the file keeps it open, and results would depend on its place in it.
        weights[ours] = weight.to(dtype, copy=True)
    module.load_state_dict(weights, assign=True)
    return module.eval()


def _unet(configs: Configs) -> UNet2DConditionModel:
    with init_empty_weights():
        return UNet2DConditionModel.from_config(component_config("unet", configs))


def _vae(configs: Configs) -> AutoencoderKL:
    with init_empty_weights():
        return AutoencoderKL.from_config(component_config("vae", configs))


def _text_encoder(configs: Configs) -> CLIPTextModel:
    with init_empty_weights():
        return CLIPTextModel(CLIPTextConfig(**component_config("text_encoder", configs)))


def _same_keys(keys: Iterable[str]) -> dict[str, str]:
    return {key: key for key in keys}


def _without_prefix(keys: Iterable[str]) -> dict[str, str]:
    return {ours: theirs.removeprefix("control_model.") for ours, theirs in controlnet_keys(keys).items()}
