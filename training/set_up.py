"""The model as it trains."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..core.motion_module import MotionModule
from ..core.video_model import VideoModel
from .config import TrainConfig


@contextmanager
def set_up_training(model: VideoModel, motion: MotionModule, config: TrainConfig) -> Iterator[None]:
    """``model`` with ``motion`` on it, in training mode and checkpointed as ``config`` says; afterwards as it was."""
    before = model.motion
    model.set_motion(motion.train())
    if config.gradient_checkpointing:
        model.enable_gradient_checkpointing(True)
    try:
        yield
    finally:
        if config.gradient_checkpointing:
            model.enable_gradient_checkpointing(False)
        model.set_motion(before)
        motion.eval()
