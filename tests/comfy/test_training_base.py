"""A run's base is known by its weights: the same in the host and on the command line, another with a LoRA on it."""

from maskvideo.adapters.diffusers.demo_model import load_demo_base
from maskvideo.training.base_fingerprint import base_fingerprint


def test_the_hosts_copy_and_the_command_lines_base_are_one(host):
    from maskvideo.adapters.comfy.demo_model import load_demo_model
    from maskvideo.adapters.comfy.training_unet import private_unet

    model, *_ = load_demo_model()
    ours = base_fingerprint(load_demo_base()[0].unet)
    assert base_fingerprint(private_unet(model)) == ours
    assert base_fingerprint(private_unet(model, "bfloat16")) == ours


def test_a_lora_on_the_model_makes_it_another_base(host):
    import torch
    from maskvideo.adapters.comfy.demo_model import load_demo_model
    from maskvideo.adapters.comfy.training_unet import private_unet

    model, *_ = load_demo_model()
    key = next(key for key in model.model.state_dict() if key.endswith("attn1.to_q.weight"))
    weight = model.model.state_dict()[key]
    tuned = model.clone()
    torch.manual_seed(0)
    tuned.add_patches({key: ("diff", (0.01 * torch.randn_like(weight, dtype=torch.float32),))})
    assert base_fingerprint(private_unet(tuned)) != base_fingerprint(private_unet(model))
