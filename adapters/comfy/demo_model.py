"""The bundled demo model on the host's own classes: MODEL, CLIP, VAE and CONTROL_NET, as its loaders give them.

The host's loaders refuse the file, since SD1.x means 320 channels to them. Everything behind the loaders takes it.
"""

from __future__ import annotations

from functools import partial

import comfy.cldm.cldm
import comfy.controlnet
import comfy.model_management
import comfy.model_patcher
import comfy.ops
import comfy.sd
import comfy.supported_models_base
import comfy.utils
import torch
from comfy.sd1_clip import SD1ClipModel, SD1Tokenizer, SDTokenizer
from torch import Tensor

from ...core.errors import MaskVideoError
from ...files.demo_file import DemoFile, read_demo_file
from .demo_config import DemoModelConfig, controlnet_options, text_options, vae_options

UNET_PREFIX, CONTROLNET_PREFIX = "model.diffusion_model.", "control_model."
VAE_PREFIX, TEXT_PREFIX = "first_stage_model.", "cond_stage_model."


def load_demo_model():
    """The bundled model as the host's objects ``(MODEL, CLIP, VAE, CONTROL_NET)``, in the dtypes that the host chooses.

    Raises ``MaskVideoError`` where the bundled file is missing or damaged.
    """
    demo = read_demo_file()
    model = _model(demo)
    return model, _clip(demo), _vae(demo), _controlnet(demo, model.model.model_config)


def _model(demo: DemoFile, disable_dynamic: bool = False):
    weights = _part(demo, UNET_PREFIX)
    parameters = comfy.utils.calculate_parameters(weights)
    config = DemoModelConfig(demo.configs["unet"], demo.configs["scheduler"])
    config.choose_dtype(parameters, next(iter(weights.values())).dtype)
    base = config.get_model(weights, device=comfy.model_management.unet_offload_device())
    _set_group_count(base.diffusion_model, demo.configs["unet"])
    base.load_model_weights(weights)
    patcher = _patcher_class(disable_dynamic)(
        base, comfy.model_management.get_torch_device(), comfy.model_management.unet_offload_device()
    )
    patcher.cached_patcher_init = (load_demo_model_patcher, ())
    return patcher


def _clip(demo: DemoFile, disable_dynamic: bool = False):
    """The host's SD1 text encoder at the demo's size. The file has no text projection, as no SD1.x checkpoint has."""
    config = demo.configs["text_encoder"]
    weights = {f"clip_l.{name}": weight for name, weight in _part(demo, TEXT_PREFIX).items()}
    weights["clip_l.transformer.text_projection.weight"] = torch.eye(config["hidden_size"])
    target = comfy.supported_models_base.ClipTarget(_tokenizer_class(config["hidden_size"]), SD1ClipModel)
    options = {"clip_l_model_config": text_options(config)}
    flags = {"disable_dynamic": True} if disable_dynamic else {}  # a flag that the oldest host does not know
    parameters = comfy.utils.calculate_parameters(weights)
    clip = comfy.sd.CLIP(target, parameters=parameters, model_options=options, **flags)
    _check_loaded("text encoder", *clip.load_sd(weights, full_model=True), allowed=("clip_l.logit_scale",))
    clip.patcher.cached_patcher_init = (load_demo_clip_patcher, ())
    return clip


def _vae(demo: DemoFile):
    vae = comfy.sd.VAE(sd=_part(demo, VAE_PREFIX), config={"params": vae_options(demo.configs["vae"])})
    _set_group_count(vae.first_stage_model, demo.configs["vae"])
    vae.patcher.cached_patcher_init = (load_demo_vae_patcher, ())
    return vae


def _controlnet(demo: DemoFile, config: DemoModelConfig):
    dtype, cast = config.unet_config["dtype"], config.manual_cast_dtype
    place = {
        "dtype": dtype,
        "device": comfy.model_management.unet_offload_device(),
        "operations": comfy.ops.pick_operations(dtype, cast, disable_fast_fp8=True),
    }
    network = comfy.cldm.cldm.ControlNet(**controlnet_options(demo.configs["controlnet"]), **place)
    _set_group_count(network, demo.configs["controlnet"])
    _check_loaded("ControlNet", *network.load_state_dict(_part(demo, CONTROLNET_PREFIX), strict=False))
    device = comfy.model_management.get_torch_device()
    return comfy.controlnet.ControlNet(network.eval(), load_device=device, manual_cast_dtype=cast)


def load_demo_model_patcher(disable_dynamic: bool = False):
    """The MODEL anew; the host's ``cached_patcher_init`` calls it for a copy that shares nothing."""
    return _model(read_demo_file(), disable_dynamic)


def load_demo_clip_patcher(disable_dynamic: bool = False):
    """The text encoder's patcher anew, as ``load_demo_model_patcher``."""
    return _clip(read_demo_file(), disable_dynamic).patcher


def load_demo_vae_patcher(disable_dynamic: bool = False):
    """The VAE's patcher anew. The host's VAE takes no ``disable_dynamic``."""
    return _vae(read_demo_file()).patcher


def _part(demo: DemoFile, prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): weight for name, weight in demo.state.items() if name.startswith(prefix)}


def _patcher_class(disable_dynamic: bool):
    """The patcher that the host gives to its own models: newer hosts have one that streams weights."""
    plain = comfy.model_patcher.ModelPatcher
    return plain if disable_dynamic else getattr(comfy.model_patcher, "CoreModelPatcher", plain)


def _tokenizer_class(width: int):
    """The host's tokenizer for embeddings of ``width`` values; a textual inversion of another width is left out."""

    class DemoTokenizer(SD1Tokenizer):
        def __init__(self, embedding_directory=None, tokenizer_data=None):
            tokenizer = partial(SDTokenizer, embedding_size=width)
            super().__init__(embedding_directory, tokenizer_data or {}, tokenizer=tokenizer)

    return DemoTokenizer


def _set_group_count(network: torch.nn.Module, config: dict) -> None:
    """The host's networks write 32 groups into every norm; this instance's get those that it was trained with."""
    for module in network.modules():
        if isinstance(module, torch.nn.GroupNorm):
            module.num_groups = config["norm_num_groups"]


def _check_loaded(part: str, missing, unexpected, allowed=()) -> None:
    wrong = sorted({*missing, *unexpected} - {*allowed})
    if wrong:
        raise MaskVideoError(
            f"the demo model's {part} does not fit this ComfyUI: {wrong[0]} and {len(wrong) - 1} more; "
            "install the pack again, or ComfyUI 0.3.64 or newer"
        )
