"""Our side of the training benchmark: the loop's own step, on cached random latents and text."""

from __future__ import annotations

import torch
from diffusers import UNet2DConditionModel
from maskvideo.adapters.diffusers.video_unet import DiffusersVideoModel
from maskvideo.training.config import TrainConfig
from maskvideo.training.dataset import Batch
from maskvideo.training.precision import HALF
from maskvideo.training.run import TrainingRun
from maskvideo.training.set_up import set_up_training
from torch import Generator
from training_side import now, read_job, serve

TEXT_TOKENS = 77
PX_PER_CELL = 8


class CachedClip:
    """One clip as the loop draws it from its cache: latents, masks and text, all random."""

    def __init__(self, config: TrainConfig, context_width: int, device: str):
        size = (config.height, config.width)
        self.config, self.device = config, device
        self.latent = torch.randn(1, 4, config.frames, *(side // PX_PER_CELL for side in size))
        self.mask = torch.rand(1, 1, config.frames, *size).round()
        self.text = torch.randn(1, TEXT_TOKENS, context_width).to(device)

    def sample(self, generator: Generator) -> Batch:
        gate = torch.ones(1, device=self.device)
        return Batch(self.latent.to(self.device), self.mask.to(self.device), self.text, gate)


def build_model(config: dict, precision: str, device: str) -> DiffusersVideoModel:
    """A random base as ``maskvideo train`` has it while it trains: its encoders gone, its matrices in ``precision``.

    It is built in that precision: as a file is read tensor by tensor, the float32 U-Net would be the process's peak.
    """
    dtype = HALF.get(precision, torch.float32)
    default, _ = torch.get_default_dtype(), torch.set_default_dtype(dtype)
    with torch.device(device):
        unet = UNet2DConditionModel(**config)
    torch.set_default_dtype(default)
    for weight in unet.parameters():
        weight.data = weight.data.float() if weight.ndim == 1 else weight.data
    model = DiffusersVideoModel(unet, vae=None, text_encoder=None, tokenizer=None)
    model.halve_base(dtype)
    return model


def main() -> None:
    """Serve steps of a ``TrainingRun``, the optimiser's among them."""
    job = read_job()
    device = job["device"]
    config = TrainConfig.from_dict(job["config"])
    model = build_model(job["unet"], config.precision, device)
    clip = CachedClip(config, job["unet"]["cross_attention_dim"], device)
    run = TrainingRun(model, config, torch.device(device))

    def step() -> dict:
        start = now(device)
        loss = run.train_step(model, clip).loss
        return {"step": now(device) - start, "loss": loss}

    with set_up_training(model, run.motion, config):
        serve(step, device, sum(parameter.numel() for parameter in run.parameters.values()))


if __name__ == "__main__":
    main()
