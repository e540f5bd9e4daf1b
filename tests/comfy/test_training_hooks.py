"""Which blocks of the host's U-Net are computed twice while a motion trains on it."""

from maskvideo.adapters.diffusers.configs import component_config


def sd1_unet():
    """The host's SD1.x U-Net without weights."""
    import comfy.ops
    import torch
    from comfy.ldm.modules.diffusionmodules.openaimodel import UNetModel
    from maskvideo.adapters.comfy.demo_config import unet_options

    options = {**unet_options(component_config("unet")), "dtype": torch.float32, "device": "meta"}
    return UNetModel(**options, operations=comfy.ops.disable_weight_init)


def test_checkpointing_is_for_the_two_finest_levels(host):
    from maskvideo.adapters.comfy.training_hooks import CHECKPOINTED, checkpoint_blocks

    unet = sd1_unet()
    checkpoint_blocks(unet, True)
    widths = {(type(one), one.in_channels, "forward" in vars(one)) for one in unet.modules() if hasattr(one, "norm")}
    transformers = {width: twice for kind, width, twice in widths if kind in CHECKPOINTED}
    assert transformers == {320: True, 640: True, 1280: False}
    checkpoint_blocks(unet, False)
    assert not any("forward" in vars(module) for module in unet.modules())
