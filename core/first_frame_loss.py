"""The training loss: the noise of every frame but the first, which is clean and left out (MaskVideo eq. 1)."""

from __future__ import annotations

import torch
from einops import rearrange
from torch import Tensor
from torch.nn.functional import interpolate

from .errors import MaskVideoError


def first_frame_loss(
    predicted: Tensor,
    noise: Tensor,
    mask: Tensor | None = None,
    mask_weight: float = 0.0,
    base_prediction: Tensor | None = None,
    consistency_weight: float = 0.0,
) -> Tensor:
    """``‖ε_{1:T} − ε_θ(x_t, t, c)_{1:T}‖²`` as a mean over the later frames, with two optional terms; a scalar.

    ``mask_weight`` adds the mean error inside the mask, taken for each frame over that frame's own mask area, so that
    a small object counts as much as a large one. ``consistency_weight`` adds the mean squared difference from what
    the model predicts without what trains (MVideo eq. 2), which keeps the tuned model near it.

    ``predicted``, ``noise`` and ``base_prediction`` ``[B, C, T, h, w]``; ``mask`` ``[B, 1, T, H, W]``, 0..1, 1 =
    foreground, at pixel or latent size. Half precision is summed in float32.

    Raises ``MaskVideoError`` for a single frame and for a weight without the tensor that it weighs.
    """
    _check(predicted, mask, mask_weight, base_prediction, consistency_weight)
    error = _squared_error(predicted, noise)
    loss = error.mean()
    if mask_weight:
        loss = loss + mask_weight * _mean_inside(error, mask[:, :, 1:])
    if consistency_weight:
        loss = loss + consistency_weight * _squared_error(predicted, base_prediction.detach()).mean()
    return loss


def _squared_error(predicted: Tensor, target: Tensor) -> Tensor:
    precision = torch.promote_types(predicted.dtype, torch.float32)
    return (predicted[:, :, 1:].to(precision) - target[:, :, 1:].to(precision)).square()


def _mean_inside(error: Tensor, mask: Tensor) -> Tensor:
    """The mean of ``error`` ``[B, C, T, h, w]`` inside each frame's mask, averaged over frames.

    A frame whose mask covers less than one latent cell fades out instead of dividing by nothing.
    """
    mask = _to_size(mask.to(error), error.shape[-2:])
    inside = (error.mean(dim=1, keepdim=True) * mask).sum(dim=(-2, -1))
    return (inside / mask.sum(dim=(-2, -1)).clamp(min=1.0)).mean()


def _to_size(mask: Tensor, size: tuple[int, int]) -> Tensor:
    frames = interpolate(rearrange(mask, "b c t h w -> (b t) c h w"), size=tuple(size), mode="area")
    return rearrange(frames, "(b t) c h w -> b c t h w", b=mask.shape[0])


def _check(
    predicted: Tensor,
    mask: Tensor | None,
    mask_weight: float,
    base_prediction: Tensor | None,
    consistency_weight: float,
) -> None:
    frames = predicted.shape[2]
    if frames < 2:
        raise MaskVideoError(f"the loss leaves out frame 0 and got {frames} frame: give clips of 2 frames or more")
    if mask_weight and mask is None:
        raise MaskVideoError(f"mask_weight is {mask_weight:g} and there is no mask: give masks, or set it to 0")
    if mask is not None and mask.shape[2] != frames:
        raise MaskVideoError(f"{mask.shape[2]} masks for {frames} frames: give one mask for each frame")
    if consistency_weight and base_prediction is None:
        raise MaskVideoError(
            f"consistency_weight is {consistency_weight:g} and there is no base prediction: "
            "give one, or set consistency_weight to 0"
        )
