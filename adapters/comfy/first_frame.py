"""The first frame by the host: an image from the prompt, in the shape of the first mask (MaskVideo eq. 2)."""

from __future__ import annotations

import comfy.sample
import comfy.utils
import torch
from torch import Tensor

from ...core.errors import MaskVideoError
from ...mask_tools.check import check_size
from ...mask_tools.scribble import draw_scribble
from .host_model import require_sd1
from .motion import is_active
from .preview import strip_preview
from .run_state import CELL_PX


def controlnet_first_frame(
    model,
    positive,
    negative,
    vae,
    control_net,
    mask0: Tensor,
    seed: int = 0,
    steps: int = 20,
    cfg: float = 3.0,
    sampler_name: str = "ddim",
    scheduler: str = "ddim_uniform",
    style: str = "fill",
    width: int = 2,
    strength: float = 1.0,
    scribble_guidance: bool = True,
) -> tuple[Tensor, Tensor]:
    """``v_0 = ControlNet(x_T, prompt, m_0)``: the host's IMAGE ``[1, H, W, 3]`` and LATENT samples ``[1, 4, h, w]``.

    ``mask0`` ``[1, 1, H, W]`` in 0..1, 1 = foreground. ``style`` and ``width`` (pixels) draw it for ``control_net``
    (None: the prompt alone decides), which acts with ``strength``; with ``scribble_guidance`` on the positive branch
    alone, so that ``cfg`` amplifies it. A motion that the MODEL carries does not act.

    Raises ``MaskVideoError`` where the MODEL is no SD1.x or guided already, the mask is empty or its size does not fit.
    """
    require_sd1(model)
    if is_active(model):
        raise MaskVideoError("this MODEL is guided by masks: give the one before the guidance, from the loader")
    check_size(*mask0.shape[-2:], CELL_PX)
    if control_net is not None:
        hint = draw_scribble(mask0, style, width)
        positive = with_control(positive, control_net, hint, strength)
        negative = negative if scribble_guidance else with_control(negative, control_net, hint, strength)
    empty = torch.zeros(1, 4, *(side // CELL_PX for side in mask0.shape[-2:]))
    latent = comfy.sample.sample(
        model,
        comfy.sample.prepare_noise(empty, seed),
        steps,
        cfg,
        sampler_name,
        scheduler,
        positive,
        negative,
        empty,
        callback=strip_preview(model, steps)(0),
        disable_pbar=not comfy.utils.PROGRESS_BAR_ENABLED,
        seed=seed,
    )
    return vae.decode(latent), latent


def with_control(conditioning, control_net, hint: Tensor, strength: float):
    """A CONDITIONING on which ``control_net`` acts too, after those that it has; ``hint`` ``[1, 3, H, W]`` in 0..1."""
    controls, entries = {}, []
    for text, options in conditioning:
        before = options.get("control")
        if before not in controls:
            controls[before] = control_net.copy().set_cond_hint(hint, strength, (0.0, 1.0))
            controls[before].set_previous_controlnet(before)
        entries.append([text, {**options, "control": controls[before], "control_apply_to_uncond": False}])
    return entries
