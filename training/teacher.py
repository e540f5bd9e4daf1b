"""What the consistency loss pulls to (MVideo eq. 2): the model that is tuned, with what trains switched off.

MVideo's frozen base is the video model before its tuning. Ours is an image model that has become one by attending to
frame 0 (and with LAMP's layers by norms over the video), so the teacher has these, and no trained layer acts. A run
that starts from a motion has that motion as its teacher.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from ..core.motion_module import MotionModule
from ..core.video_model import Architecture
from .config import TrainConfig
from .start import MotionStart


def build_teacher(architecture: Architecture, config: TrainConfig, start: MotionStart | None) -> MotionModule | None:
    """The frozen teacher of a run, on the CPU; None where ``config`` has no consistency loss."""
    if not config.consistency_weight:
        return None
    with torch.random.fork_rng(devices=[]):
        teacher = MotionModule(architecture, config.motion if start else _switched_off(config))
    if start is not None:
        teacher.load_state_dict(dict(start.weights))
    return teacher.requires_grad_(False).eval()


def _switched_off(config: TrainConfig):
    """What a fresh motion does, without the parts that do nothing at the start."""
    return replace(config.motion, projections="none", mask_branch=False)
