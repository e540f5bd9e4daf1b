"""A MODEL that carries a motion: loaded, but without effect until a MaskVideo node samples with it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import comfy.model_management
import comfy.model_patcher
from torch import Tensor

from ...core.errors import MaskVideoError
from ...core.motion_format import MotionMetadata
from ...core.motion_module import MotionModule
from ...files.motion_file import LoadedMotion
from ...files.motion_file import load_motion as read_motion
from .deltas import Patches, weight_patches
from .host_layers import with_host_layers
from .host_model import host_blocks, require_sd1
from .run_state import KEY

ACTIVE = f"{KEY}_active"


@dataclass(frozen=True)
class CarriedMotion:
    """What a MODEL carries besides the layers, which are an additional model of the host's.

    ``patches`` are its weight patches. ``strength`` scales everything: 1 is as trained, 0 is off.
    """

    patches: Patches
    metadata: MotionMetadata
    strength: float


def load_motion(model, path, strength: float = 1.0):
    """A clone of MODEL that carries the motion in the file ``path``; a second motion replaces the first.

    The motion does not act yet: any KSampler, and the first frame, see the base as it was. Raises ``MaskVideoError``
    where the MODEL is no SD1.x, is guided already, or the file is none, damaged, or of another base.
    """
    return carry_motion(model, read_motion(path, require_sd1(model)), strength)


def carry_motion(model, motion: LoadedMotion, strength: float = 1.0):
    """``load_motion`` with a motion that is in memory."""
    if is_active(model):
        raise MaskVideoError("this MODEL is guided by masks already: put Load Motion LoRA before the guidance")
    require_sd1(model)
    carrier = model.clone()
    carrier.set_attachments(
        KEY, CarriedMotion(weight_patches(motion.module, host_blocks(model)), motion.metadata, strength)
    )
    carrier.set_additional_models(KEY, [_layers_patcher(model, motion.module)])
    return carrier


def motion_of(model) -> CarriedMotion | None:
    """The motion that a MODEL carries, or None."""
    return model.get_attachment(KEY)


def require_motion(model) -> CarriedMotion:
    """The motion that a MODEL carries. Raises ``MaskVideoError`` where there is none."""
    require_sd1(model)
    carried = motion_of(model)
    if carried is None:
        raise MaskVideoError("this MODEL carries no motion, so masks cannot guide it: put Load Motion LoRA before")
    return carried


def motion_layers(model) -> MotionModule:
    """The mask encoder and temporal layers that a MODEL carries, wherever the host has put them."""
    return model.get_additional_models_with_key(KEY)[0].model


def seen_masks(model, masks: Tensor | None) -> Tensor | None:
    """``masks`` where the motion that a MODEL carries has a mask branch, else None.

    Statistics by mask would paint the object into masks that guide nothing.
    """
    return masks if motion_layers(model).config.mask_branch else None


def is_active(model) -> bool:
    """Whether the motion acts in this MODEL (``guidance.activate_motion``)."""
    return bool(model.get_attachment(ACTIVE))


def _layers_patcher(model, module: MotionModule):
    """The layers without the projections' deltas (those are weight patches), in the MODEL's inference dtype."""
    layers = MotionModule(module.architecture, replace(module.config, projections="none"))
    state = module.state_dict()
    layers.load_state_dict({key: state[key] for key in layers.state_dict()})
    layers = with_host_layers(layers).to(_inference_dtype(model)).requires_grad_(False).eval()
    offload_device = comfy.model_management.unet_offload_device()
    return comfy.model_patcher.ModelPatcher(layers.to(offload_device), model.load_device, offload_device)


def _inference_dtype(model):
    cast = model.get_model_object("manual_cast_dtype")
    return cast if cast is not None else model.model_dtype()
