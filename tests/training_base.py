"""Tiny real components for the training tests: a random SD1.x-shaped model and a clip of a moving square."""

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from maskvideo.adapters.diffusers.tokenizer import load_tokenizer
from maskvideo.adapters.diffusers.video_unet import DiffusersVideoModel
from maskvideo.core.motion_module import MotionConfig
from maskvideo.training.clips import Clip
from maskvideo.training.config import TrainConfig
from maskvideo.training.dataset import MotionDataset
from transformers import CLIPTextConfig, CLIPTextModel

WIDTH, HEIGHT, FRAMES = 48, 32, 3
PROMPT = "a square moves"
UNET = {
    "block_out_channels": (8, 16),
    "layers_per_block": 1,
    "norm_num_groups": 4,
    "cross_attention_dim": 16,
    "attention_head_dim": 2,
    "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
}
VAE = {
    "block_out_channels": (8, 8, 8, 8),
    "layers_per_block": 1,
    "norm_num_groups": 4,
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "latent_channels": 4,
}
TEXT = {"hidden_size": 16, "intermediate_size": 16, "num_attention_heads": 2, "num_hidden_layers": 1}


def tiny_model() -> DiffusersVideoModel:
    torch.manual_seed(0)
    unet, vae = UNet2DConditionModel(**UNET), AutoencoderKL(**VAE)
    text_encoder = CLIPTextModel(CLIPTextConfig(**TEXT, max_position_embeddings=16))
    return DiffusersVideoModel(unet, vae, text_encoder, load_tokenizer(16))


def moving_square(name: str = "square", frames: int = 6, colour: int = 230) -> Clip:
    pictures = torch.full((frames, 3, HEIGHT, WIDTH), 40, dtype=torch.uint8)
    masks = torch.zeros(frames, HEIGHT, WIDTH, dtype=torch.uint8)
    for index in range(frames):
        masks[index, 8:24, 4 + 4 * index : 16 + 4 * index] = 1
    pictures[:, 0][masks.bool()] = colour
    return Clip(name, pictures, masks)


def tiny_config(**changes) -> TrainConfig:
    values = {"frames": FRAMES, "width": WIDTH, "height": HEIGHT, "steps": 4, "warmup": 1, "learning_rate": 3e-3}
    motion = changes.pop("motion", MotionConfig(frames=FRAMES, mask_width=8, rank=2))
    return TrainConfig(**{**values, **changes}, motion=motion)


def tiny_dataset(model: DiffusersVideoModel, clips: list[Clip] | None = None, **changes) -> MotionDataset:
    return MotionDataset(model, clips or [moving_square()], PROMPT, tiny_config(**changes))
