"""Colours held to the first frame's: what few-shot tuning loses first.

AdaIN of each frame's latent to frame 0, and a histogram match of the decoded frames (both after LAMP). With masks the
foreground and the background have statistics of their own, so that an object that grows does not recolour what is
around it. Cells on a mask's edge mix both, so statistics are those of each region's interior, and an edge cell moves
by its share of both.
"""

from __future__ import annotations

import torch
from einops import rearrange, repeat
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool3d

from .errors import MaskVideoError
from .schedule import check_first_frame

INTERIOR_WEIGHT = 0.9
"""A cell with more of a region than this is the region's interior."""
LEAST_CELLS = 1.0
"""A region with less weight than this in a frame has no statistics there."""
HISTOGRAM_BINS = 256


def adain_to_first(
    latent: Tensor, first_latent: Tensor, mask_lat: Tensor | None = None, max_gain: float = 2.0
) -> Tensor:
    """Each frame i ≥ 1 with the first frame's mean and standard deviation, channel by channel.

    AdaIN (Huang and Belongie 2017, eq. 8), as LAMP applies it.

    With a mask this is done for foreground and background apart: means and gains are blended by the soft mask of each
    cell, so a cell that is half of each moves halfway. A region that is empty in frame 0 or in frame i leaves its
    part of frame i as it was. ``max_gain`` bounds how far the deviation from the mean is spread or shrunk: without a
    bound a flat region, whose deviation is next to nothing, throws its edge cells far off.

    ``latent`` ``[B, C, T, h, w]``; ``first_latent`` ``[B, C, h, w]``; ``mask_lat`` ``[B, 1, T, h, w]``, 0..1,
    1 = foreground, at latent size.

    Raises ``MaskVideoError`` where the sizes do not fit each other or ``max_gain`` is below 1.
    """
    check_first_frame(latent, first_latent)
    if max_gain < 1:
        raise MaskVideoError(f"max_gain is {max_gain:g}, it must be 1 or more: give 1 to move the means alone")
    regions = _regions(mask_lat, latent)
    precision = torch.promote_types(latent.dtype, torch.float32)
    video, first = latent.to(precision), rearrange(first_latent, "b c h w -> b c 1 h w").to(latent.device, precision)
    mean, std = _statistics(video, regions)
    first_mean, first_std = _statistics(first, regions[:, :, :1])
    gain = ((first_std + 1e-6) / (std + 1e-6)).clamp(1 / max_gain, max_gain)

    area = regions.sum(dim=(-2, -1))  # [B, R, T]
    usable = (torch.minimum(area, area[:, :, :1]) >= LEAST_CELLS).unsqueeze(2)  # [B, R, 1, T]
    gain, first_mean = torch.where(usable, gain, 1.0), torch.where(usable, first_mean, mean)

    deviation = video - _spread(mean, regions)
    matched = deviation * _spread(gain, regions) + _spread(first_mean, regions)
    return torch.cat([latent[:, :, :1], matched[:, :, 1:].to(latent.dtype)], dim=2)


def to_latent_size(mask: Tensor, latent: Tensor) -> Tensor:
    """``[1, 1, T, H, W]`` to ``[1, 1, T, h, w]`` of ``latent``: how much of each latent cell is foreground."""
    return adaptive_avg_pool3d(mask.float(), latent.shape[2:])


def histogram_match(frames: Tensor, first_frame: Tensor, mask: Tensor | None = None) -> Tensor:
    """Frames 1.. with the colour distribution of the first frame, channel by channel.

    One transform serves a whole window: it is fitted to the pixels of all later frames together, so it corrects the
    window's shift and cannot flicker. With a mask, foreground and background have a transform each, blended by the
    soft mask. A region that is empty on either side stays as it was. Frame 0 is returned unchanged.

    ``frames`` ``[B, 3, T, H, W]`` and ``first_frame`` ``[B, 3, H, W]``, 0..1; ``mask`` ``[B, 1, T, H, W]``, 0..1,
    1 = foreground. Values are counted in 256 bins and moved without rounding.

    Raises ``MaskVideoError`` where the sizes do not fit each other.
    """
    check_first_frame(frames, first_frame)
    regions = _regions(mask, frames)
    matched = frames.clone()
    if frames.shape[2] < 2:
        return matched
    for b, c in torch.cartesian_prod(torch.arange(frames.shape[0]), torch.arange(frames.shape[1])).tolist():
        later = frames[b, c, 1:]
        for weight in regions[b]:
            reference = first_frame[b, c].to(later)[_interior(weight[0])]
            matched[b, c, 1:] += weight[1:] * _transport(later, later[_interior(weight[1:])], reference)
    return matched.clamp_(0.0, 1.0)


def _regions(mask: Tensor | None, video: Tensor) -> Tensor:
    """Weights ``[B, R, T, h, w]`` that sum to 1 over the regions: one region without a mask, else two."""
    if mask is None:
        return torch.ones_like(video[:, :1], dtype=torch.promote_types(video.dtype, torch.float32))
    expected = (video.shape[0], 1, *video.shape[2:])
    if mask.shape != expected:
        raise MaskVideoError(f"the mask has shape {list(mask.shape)}, the video needs {list(expected)}")
    foreground = mask.to(video.device, torch.promote_types(video.dtype, torch.float32))
    return torch.cat([foreground, 1.0 - foreground], dim=1)


def _statistics(video: Tensor, regions: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation ``[B, R, C, T]`` of ``video`` ``[B, C, T, h, w]`` in the interior of each region."""
    interior = regions * (regions > INTERIOR_WEIGHT)
    weights = torch.where(interior.sum(dim=(-2, -1), keepdim=True) > 0, interior, regions).to(video)
    weights = weights / weights.sum(dim=(-2, -1), keepdim=True).clamp(min=1e-6)
    mean = torch.einsum("brthw, bcthw -> brct", weights, video)
    deviation = rearrange(video, "b c t h w -> b 1 c t h w") - rearrange(mean, "b r c t -> b r c t 1 1")
    return mean, torch.einsum("brthw, brcthw -> brct", weights, deviation.square()).sqrt()


def _spread(values: Tensor, regions: Tensor) -> Tensor:
    """A figure of each region ``[B, R, C, T]`` on every cell, blended by the regions' weights: ``[B, C, T, h, w]``."""
    values = repeat(values, "b r c t -> b r c (t n)", n=regions.shape[2] // values.shape[3])
    return torch.einsum("brthw, brct -> bcthw", regions.to(values), values)


def _interior(weight: Tensor) -> Tensor:
    confident = weight > INTERIOR_WEIGHT
    return confident if confident.any() else weight > 0


def _transport(values: Tensor, source: Tensor, reference: Tensor) -> Tensor:
    """How far each of ``values`` moves when ``source`` (both 1-D) takes the distribution of ``reference``.

    The value at rank q of the source moves to the value at rank q of the reference. Beyond the source's own range the
    offset of its end holds on.
    """
    if min(source.numel(), reference.numel()) == 0:
        return torch.zeros_like(values)
    source_value, source_rank = _ranks(source)
    reference_value, reference_rank = _ranks(reference)
    offset = _interpolate(source_rank, reference_rank, reference_value) - source_value
    return _interpolate(values, source_value, offset)


def _ranks(values: Tensor) -> tuple[Tensor, Tensor]:
    """The occupied bins' centres and the middle rank, 0..1, of the values in each."""
    bins = (values * (HISTOGRAM_BINS - 1)).round().long().clamp(0, HISTOGRAM_BINS - 1)
    count = torch.bincount(bins.flatten(), minlength=HISTOGRAM_BINS)
    occupied = count.nonzero().squeeze(1)
    count = count[occupied]
    rank = (count.cumsum(0) - count / 2) / count.sum()
    return occupied.to(values) / (HISTOGRAM_BINS - 1), rank.to(values)


def _interpolate(x: Tensor, knots: Tensor, levels: Tensor) -> Tensor:
    """Piecewise linear through (``knots``, ``levels``), knots rising; constant beyond both ends."""
    if len(knots) == 1:
        return levels.expand_as(x)
    right = torch.searchsorted(knots, x.contiguous()).clamp(1, len(knots) - 1)
    share = (x - knots[right - 1]) / (knots[right] - knots[right - 1])
    return torch.lerp(levels[right - 1], levels[right], share.clamp(0.0, 1.0))
