"""A host's MASK made ready to guide a video, before any sampling."""

from __future__ import annotations

import logging

from torch import Tensor

from ...mask_tools.check import check_masks, check_size, describe_vanished
from ...mask_tools.fit import fit_masks
from ...mask_tools.prepare import prepare_masks
from .layout import masks_to_core

log = logging.getLogger(__name__)


def window_masks(mask: Tensor, frames: int) -> Tensor:
    """The masks ``[1, 1, frames, H, W]`` of one window, 0..1, from a MASK of so many frames or of a single one.

    Soft values stay: a feathered outline is fed to the mask encoder as it is.
    Raises ``MaskVideoError`` where the count or the size does not fit or mask 0 is empty. A mask that vanishes later is
    a warning in the host's log: the object may leave the picture.
    """
    masks = masks_to_core(mask)
    check_size(*masks.shape[-2:])
    fitted = fit_masks(masks, frames, soft=True)
    _warn(check_masks(fitted))
    return fitted


def video_masks(mask: Tensor, frames: int) -> Tensor:
    """The masks of a video of any length, as many as came, at least ``frames`` of one window; else as above."""
    masks = masks_to_core(mask)
    fitted, vanished = prepare_masks(masks, frames, tuple(masks.shape[-2:]), soft=True)
    _warn(vanished)
    return fitted


def _warn(vanished: list[int]) -> None:
    if vanished:
        log.warning("MaskVideo: %s", describe_vanished(vanished))
