"""A tiny base U-Net, and a random checkpoint as LAMP would have tuned it from that base."""

import torch
from diffusers import UNet2DConditionModel
from maskvideo.core.video_model import Architecture

UNET = {
    "block_out_channels": (16, 32),
    "layers_per_block": 1,
    "norm_num_groups": 4,
    "cross_attention_dim": 12,
    "attention_head_dim": 2,
    "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
}


def tiny_base() -> UNet2DConditionModel:
    torch.manual_seed(0)
    return UNet2DConditionModel(**UNET).eval().requires_grad_(False)


def architecture_of(unet: UNet2DConditionModel) -> Architecture:
    from maskvideo.adapters.diffusers.blocks import list_attention_blocks

    return list_attention_blocks(unet)


def lamp_checkpoint(unet: UNet2DConditionModel) -> dict[str, torch.Tensor]:
    """Every tensor of the base under LAMP's names, ``attn1.to_q`` tuned, and all that LAMP adds, random."""
    torch.manual_seed(1)
    state = {}
    for path, module in unet.named_modules():
        if isinstance(module, torch.nn.Conv2d) and ".attentions." not in path:
            state |= _convolution(path, module)
        elif path.endswith("transformer_blocks.0"):
            state |= _frame_attention(path, module.attn1.to_q.in_features)
    for key, weight in unet.state_dict().items():
        if f"{key.rsplit('.', 1)[0]}.conv2d.{key.rsplit('.', 1)[1]}" not in state:
            state[key] = weight + 0.1 * torch.randn_like(weight) if key.endswith("attn1.to_q.weight") else weight
    return state


def _convolution(path: str, module: torch.nn.Conv2d) -> dict[str, torch.Tensor]:
    width = module.out_channels
    return {
        f"{path}.conv2d.weight": module.weight,
        f"{path}.conv2d.bias": module.bias,
        f"{path}.conv_gate.weight": torch.randn(1, width, 3, 3),
        f"{path}.conv_gate.bias": torch.randn(1),
        f"{path}.conv1d.weight": 0.1 * torch.randn(width, width, 3),
        f"{path}.conv1d.bias": torch.randn(width),
    }


def _frame_attention(path: str, width: int) -> dict[str, torch.Tensor]:
    projections = {f"{path}.attn_temp.to_{part}.weight": torch.randn(width, width) for part in "qkv"}
    return {
        **projections,
        f"{path}.attn_temp.to_out.0.weight": 0.1 * torch.randn(width, width),
        f"{path}.attn_temp.to_out.0.bias": torch.randn(width),
        f"{path}.norm_temp.weight": torch.randn(width),
        f"{path}.norm_temp.bias": torch.randn(width),
    }
