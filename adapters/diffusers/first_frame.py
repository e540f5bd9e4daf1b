"""The first frame: an image from the prompt, in the shape of the first mask (MaskVideo eq. 2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from diffusers import ControlNetModel
from torch import Tensor

from ...core.errors import MaskVideoError
from ...core.guidance import combine_guidance, mask_gate, split_branches
from ...core.schedule import predict_clean
from ...mask_tools.scribble import draw_scribble
from .schedulers import StepCallback, build_scheduler, denoise
from .video_unet import DiffusersVideoModel


@dataclass(frozen=True)
class FirstFrame:
    """``latent`` ``[1, C, h, w]`` as the U-Net takes it, and ``frame`` ``[1, 3, H, W]`` in 0..1, decoded from it."""

    latent: Tensor
    frame: Tensor


@torch.no_grad()
def controlnet_first_frame(
    model: DiffusersVideoModel,
    controlnet: ControlNetModel | None,
    mask0: Tensor,
    prompt: str,
    negative: str = "",
    steps: int = 20,
    cfg: float = 3.0,
    seed: int = 0,
    style: str = "fill",
    width: int = 2,
    *,
    scheduler: str = "ddim",
    control_strength: float = 1.0,
    scribble_guidance: bool = True,
    on_step: StepCallback | None = None,
) -> FirstFrame:
    """``v_0 = ControlNet(x_T, prompt, m_0)``; without a ControlNet the prompt alone decides.

    ``mask0`` ``[1, 1, H, W]`` in 0..1, 1 = foreground, H and W multiples of 8. ``style`` and ``width`` (pixels) draw
    it for the ControlNet. With ``scribble_guidance`` the unconditional branch does not see it, so that ``cfg``
    amplifies the scribble with the text. A motion module is switched off for the call. The same ``seed`` gives the
    same image on every device, within its precision.

    Raises ``MaskVideoError`` where the mask is empty, its size does not fit or the style is unknown.
    """
    _check_size(mask0, model.latent_scale)
    hint = draw_scribble(mask0, style, width) if controlnet is not None else None
    generator = torch.Generator("cpu").manual_seed(seed)
    size = [side // model.latent_scale for side in mask0.shape[-2:]]
    noise = torch.randn(1, model.architecture.latent_channels, *size, generator=generator).to(model.device)
    schedule = build_scheduler(scheduler, model.scheduler_config, steps, model.device)
    with model.using_motion(None):
        text = model.embed_text([negative, prompt] if cfg != 1 else [prompt]).to(model.dtype)
        controlled = _controlled(model, controlnet, hint, control_strength, scribble_guidance)
        latent = denoise(schedule, noise, _guided(model, controlled, text, cfg), generator, on_step)
        frame = model.decode(latent[:, :, None])[:, :, 0]
    return FirstFrame(latent, frame)


def _guided(model: DiffusersVideoModel, controlled: Callable, text: Tensor, cfg: float) -> Callable:
    def predict(step: int, timestep: Tensor, x_t: Tensor) -> tuple[Tensor, Tensor]:
        predicted = controlled(x_t.to(model.dtype).expand(len(text), -1, -1, -1), timestep, text).float()
        if len(text) == 2:
            predicted = combine_guidance(*split_branches(predicted), cfg)
        index = timestep.round().long().reshape(1)
        video, noise = x_t[:, :, None], predicted[:, :, None]
        return predicted, predict_clean(video, noise, index, model.alphas_cumprod)[:, :, 0]

    return predict


def _controlled(
    model: DiffusersVideoModel, controlnet: ControlNetModel | None, hint: Tensor | None, strength: float, guided: bool
) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """The U-Net as ``(x_t, timestep, text) -> ε``, with the ControlNet's residuals where there is one."""
    if controlnet is None:
        return lambda x_t, timestep, text: model.as_noise(
            model.unet(x_t, timestep, text, return_dict=False)[0], x_t, timestep
        )
    hint = hint.to(controlnet.device, controlnet.dtype)

    def predict(x_t: Tensor, timestep: Tensor, text: Tensor) -> Tensor:
        picture = hint.expand(len(x_t), -1, -1, -1)
        gate = mask_gate(1, strength, guided, x_t)[-len(x_t) :].view(-1, 1, 1, 1)
        down, mid = controlnet(x_t, timestep, text, picture, gate, return_dict=False)
        residuals = {"down_block_additional_residuals": down, "mid_block_additional_residual": mid}
        return model.as_noise(model.unet(x_t, timestep, text, **residuals, return_dict=False)[0], x_t, timestep)

    return predict


def _check_size(mask0: Tensor, multiple: int) -> None:
    for name, side in zip(("height", "width"), mask0.shape[-2:], strict=True):
        if side % multiple:
            nearest = max(multiple, round(side / multiple) * multiple)
            raise MaskVideoError(f"mask {name} is {side} px, not a multiple of {multiple}: the nearest is {nearest}")
