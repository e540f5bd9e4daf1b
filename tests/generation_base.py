"""A random model with every part of the demo model, in a size at which a video takes a moment."""

import torch
from diffusers import ControlNetModel
from maskvideo.adapters.diffusers.generate_settings import GenerateSettings
from maskvideo.adapters.diffusers.video_unet import DiffusersVideoModel
from maskvideo.core.motion_format import MotionMetadata
from maskvideo.core.motion_module import MotionConfig, MotionModule
from maskvideo.files.motion_file import LoadedMotion

from .training_base import HEIGHT, UNET, WIDTH, tiny_model

FRAMES, STEPS = 3, 2
PROMPT = "a red star on a blue background"
CONTROLNET = {key: value for key, value in UNET.items() if key != "up_block_types"}


def tiny_controlnet() -> ControlNetModel:
    """With random weights throughout: as it is made, a ControlNet adds nothing."""
    torch.manual_seed(1)
    controlnet = ControlNetModel(**CONTROLNET, conditioning_embedding_out_channels=(4, 4, 8, 8))
    randomise(controlnet)
    return controlnet.eval().requires_grad_(False)


def tiny_motion(model: DiffusersVideoModel, frames: int = FRAMES, **config) -> LoadedMotion:
    """A motion module whose every part does something."""
    config = MotionConfig(frames=frames, mask_width=8, rank=2, **config)
    torch.manual_seed(2)
    module = MotionModule(model.architecture, config)
    randomise(module)
    metadata = MotionMetadata(
        architecture=model.architecture,
        motion_prompt="a star moves",
        frames=frames,
        resolution=(WIDTH, HEIGHT),
        noise_prior="random_vp",
        alpha=0.3,
        training={},
        motion={"frames": frames, "mask_width": 8, "rank": 2},
        step=1,
        dataset="none",
    )
    return LoadedMotion(module.eval(), metadata)


def tiny_demo() -> tuple[DiffusersVideoModel, ControlNetModel, LoadedMotion]:
    """Model, ControlNet and motion, as the bundled demo model has them."""
    model = tiny_model()
    return model, tiny_controlnet(), tiny_motion(model)


def moving_box(frames: int = FRAMES) -> torch.Tensor:
    """Masks ``[1, 1, T, H, W]`` of a box that goes to the right, at the tiny model's size."""
    masks = torch.zeros(1, 1, frames, HEIGHT, WIDTH)
    for index in range(frames):
        left = 4 + 2 * (index % 8)
        masks[:, :, index, 8:24, left : left + 16] = 1
    return masks


def tiny_settings(**changes) -> GenerateSettings:
    values = {"width": WIDTH, "height": HEIGHT, "frames": FRAMES, "restart_frame": 1, "steps": STEPS}
    return GenerateSettings(PROMPT, **{**values, "first_frame_steps": STEPS, **changes})


def randomise(module: torch.nn.Module) -> None:
    """Random values where a module starts at zero."""
    for parameter in module.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1)
