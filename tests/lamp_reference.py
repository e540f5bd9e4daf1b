"""LAMP's own U-Net, tiny and random, and what it predicts. Runs in an environment in which LAMP's code runs.

PYTHONPATH=LAMP python lamp_reference.py OUT.pt CONFIG_JSON
"""

import json
import sys

import torch
from lamp.models.unet import UNet3DConditionModel

out, config = sys.argv[1], json.loads(sys.argv[2])
for key in ("down_block_types", "up_block_types"):
    config[key] = [name.replace("2D", "3D") for name in config[key]]
torch.manual_seed(3)
unet = UNet3DConditionModel(**config).eval()
for name, parameter in unet.named_parameters():
    if any(part in name for part in ("conv1d", "conv_gate", "attn_temp", "norm_temp")):
        torch.nn.init.normal_(parameter, mean=float("norm" in name), std=0.2)
x_t, text = torch.randn(2, 4, 5, 8, 12), torch.randn(2, 7, config["cross_attention_dim"])
timestep = torch.tensor([40, 700])
with torch.no_grad():
    predicted = unet(x_t, timestep, text).sample
torch.save({"state": unet.state_dict(), "x_t": x_t, "timestep": timestep, "text": text, "predicted": predicted}, out)
