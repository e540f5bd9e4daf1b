"""LAMP's side of the training benchmark: what its training script does in one step, on its own U-Net.

Runs in an environment in which LAMP's code runs; the driver puts LAMP's folder on the import path. Weights and clip
are random. Its dataset's video decoding is left out.
"""

from __future__ import annotations

from inspect import signature

import torch
from accelerate import Accelerator
from diffusers import AutoencoderKL, DDPMScheduler
from diffusers.optimization import get_scheduler
from lamp.models.unet import UNet3DConditionModel
from torch import Tensor, nn
from torch.nn.functional import mse_loss, scaled_dot_product_attention
from training_side import now, read_job, serve
from transformers import CLIPTextConfig, CLIPTextModel

TRAINED = ("conv1d", "attn1.to_q", "conv_gate", "attn_temp")
"""The modules that its published config trains."""
DTYPES = {"no": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
SCALE = 0.18215


class Lamp:
    """Everything between two steps: the U-Net, its optimiser, one clip, and the encoders where the job wants them."""

    def __init__(self, job: dict):
        self.device = job["device"]
        on_cpu = self.device == "cpu"
        self.accelerator = Accelerator(mixed_precision=job["mixed_precision"], cpu=on_cpu)
        self.dtype = DTYPES[job["mixed_precision"]]
        unet = build_unet(job)
        self.trained = sum(parameter.numel() for parameter in unet.parameters() if parameter.requires_grad)
        optimiser = torch.optim.AdamW(unet.parameters(), lr=3e-5, weight_decay=1e-2)
        schedule = get_scheduler("constant", optimizer=optimiser, num_training_steps=30000)
        self.unet, self.optimiser, self.schedule = self.accelerator.prepare(unet, optimiser, schedule)
        self.unet.train()
        self.noise = DDPMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
        self.pixels = torch.rand(1, job["frames"], 3, job["height"], job["width"]).to(self.device, self.dtype) * 2 - 1
        self.cached = None if job["encoders"] else self._random_cache(job)
        if job["encoders"]:
            known = signature(AutoencoderKL).parameters
            config = {name: value for name, value in job["vae"].items() if name in known}
            self.vae = frozen(AutoencoderKL(**config), self.device, self.dtype)
            text_config = CLIPTextConfig(**job["text_encoder"])
            self.text_encoder = frozen(CLIPTextModel(text_config), self.device, self.dtype)
            length = text_config.max_position_embeddings
            self.tokens = torch.randint(text_config.vocab_size, (1, length), device=self.device)

    def step(self) -> dict:
        """One step; ``encode`` is the time that the VAE and the text encoder took in it."""
        start = now(self.device)
        latents, text = self.cached or self.encode()
        encoded = now(self.device)
        loss = self.update(latents, text)
        end = now(self.device)
        return {"step": end - encoded, "encode": encoded - start, "loss": loss}

    def encode(self) -> tuple[Tensor, Tensor]:
        """Latents ``[1, 4, T, h, w]`` and text ``[1, L, D]``. The encoders are frozen, so no graph is kept."""
        latents = self.vae.encode(self.pixels.flatten(0, 1)).latent_dist.sample()
        latents = latents.unflatten(0, (1, -1)).transpose(1, 2) * SCALE
        return latents, self.text_encoder(self.tokens)[0]

    def update(self, latents: Tensor, text: Tensor) -> float:
        """Noise, prediction, loss without frame 0, gradient, clipping, optimiser."""
        noise = torch.randn_like(latents)
        timestep = torch.randint(self.noise.config.num_train_timesteps, (1,), device=self.device)
        noisy = self.noise.add_noise(latents, noise, timestep)
        noisy[:, :, :1] = latents[:, :, :1]
        predicted = self.unet(noisy, timestep, text).sample
        loss = mse_loss(predicted[:, :, 1:].float(), noise[:, :, 1:].float())
        value = loss.detach().item()
        self.accelerator.backward(loss)
        self.accelerator.clip_grad_norm_(self.unet.parameters(), 1.0)
        self.optimiser.step()
        self.schedule.step()
        self.optimiser.zero_grad()
        return value

    def _random_cache(self, job: dict) -> tuple[Tensor, Tensor]:
        latents = torch.randn(1, 4, job["frames"], job["height"] // 8, job["width"] // 8)
        text = torch.randn(1, 77, job["unet"]["cross_attention_dim"])
        return latents.to(self.device, self.dtype), text.to(self.device, self.dtype)


def build_unet(job: dict) -> nn.Module:
    """Its U-Net of the job's geometry, on the device, with what its config trains and checkpoints."""
    types = {key: [name.replace("2D", "3D") for name in job["unet"][key]] for key in block_keys()}
    unet = UNet3DConditionModel(**{**job["unet"], **types})
    unet.requires_grad_(False)
    for name, module in unet.named_modules():
        if name.endswith(TRAINED):
            module.requires_grad_(True)
    if job["checkpointing"]:
        unet.enable_gradient_checkpointing()
    if job["fused_attention"]:
        fuse_attention(unet)
    return unet.to(job["device"])


def block_keys() -> tuple[str, str]:
    return "down_block_types", "up_block_types"


def fuse_attention(unet: nn.Module) -> None:
    """Where its config asks for xformers' fused attention, torch's own: the two sides then run on one torch."""
    for name, module in unet.named_modules():
        if name.endswith((".attn1", ".attn2")):
            module._use_memory_efficient_attention_xformers = True
            module._memory_efficient_attention_xformers = fused(module)


def fused(module: nn.Module):
    def attention(query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None) -> Tensor:
        attended = scaled_dot_product_attention(query, key, value, attention_mask, scale=module.scale)
        return module.reshape_batch_dim_to_heads(attended)

    return attention


def frozen(model: nn.Module, device: str, dtype: torch.dtype) -> nn.Module:
    return model.requires_grad_(False).to(device, dtype=dtype)


def main() -> None:
    job = read_job()
    lamp = Lamp(job)
    serve(lamp.step, lamp.device, lamp.trained)


if __name__ == "__main__":
    main()
