"""One training step as one pure function: batch and generator in, loss out."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from ..core.first_frame_loss import first_frame_loss
from ..core.motion_module import MotionModule
from ..core.noise_prior import NoisePrior, shared_noise
from ..core.schedule import add_noise, with_clean_first_frame
from ..core.video_model import Guide, VideoModel
from .config import TrainConfig
from .dataset import Batch
from .precision import autocast
from .transfer import to_device

WHOLE = slice(None)
"""As a share of a batch: all its clips."""


def motion_loss(
    model: VideoModel,
    batch: Batch,
    config: TrainConfig,
    generator: Generator,
    share: slice = WHOLE,
    teacher: MotionModule | None = None,
) -> Tensor:
    """The first-frame loss of the clips ``share`` of one batch (MaskVideo eq. 1): a float32 scalar.

    Every frame gets the same timestep and its own noise, mixed by ``config.noise_prior``; frame 0 enters clean.
    ``model.motion`` must be set. ``teacher`` predicts what the consistency loss pulls to. ``generator`` (CPU) draws
    timestep and noise of the whole batch, so that a seed means the same batch on every device and on any number of
    them.
    """
    timestep = sample_timestep(len(batch.latent), len(model.alphas_cumprod), config.timestep_sampling, generator)
    noise = _sample_noise(batch.latent, config, generator)[share]
    batch = Batch(*(part[share] for part in (batch.latent, batch.mask, batch.text, batch.gate)))
    latent = batch.latent
    timestep = to_device(timestep[share], latent.device)
    x_t = add_noise(latent, noise, timestep, model.alphas_cumprod)
    x_t = with_clean_first_frame(x_t, latent[:, :, 0])
    taught = _teachers_prediction(model, teacher, x_t, timestep, batch, config) if config.consistency_weight else None
    predicted = _predict(model, x_t, timestep, batch, config)
    return first_frame_loss(predicted, noise, batch.mask, config.mask_weight, taught, config.consistency_weight)


def sample_timestep(count: int, train_timesteps: int, sampling: str, generator: Generator) -> Tensor:
    """int64 ``[count]`` in ``0..train_timesteps-1``.

    ``uniform`` draws all alike. ``high_noise`` draws t in proportion to t: layout, and with it the place of an object,
    is decided at high noise.
    """
    fraction = torch.rand(count, generator=generator)
    if sampling == "high_noise":
        fraction = fraction.sqrt()
    return (fraction * train_timesteps).long().clamp(max=train_timesteps - 1)


def _sample_noise(latent: Tensor, config: TrainConfig, generator: Generator) -> Tensor:
    noise = to_device(torch.randn(latent.shape, generator=generator), latent.device)
    return shared_noise(noise, latent[:, :, 0], NoisePrior(config.noise_prior, config.alpha), generator)


def _predict(model: VideoModel, x_t: Tensor, timestep: Tensor, batch: Batch, config: TrainConfig) -> Tensor:
    with autocast(x_t.device, config.precision):
        guide = Guide(x_t.shape[2], model.motion.mask_features(batch.mask), batch.gate)
        return model.predict_noise(x_t, timestep, batch.text, guide)


@torch.no_grad()
def _teachers_prediction(
    model: VideoModel, teacher: MotionModule | None, x_t: Tensor, timestep: Tensor, batch: Batch, config: TrainConfig
) -> Tensor:
    motion = model.motion
    model.set_motion(teacher)
    try:
        return _predict(model, x_t, timestep, batch, config)
    finally:
        model.set_motion(motion)
