"""The host's path and diffusers' path, with the same weights: the same noise, the same video."""

import pytest
import torch
from maskvideo.adapters.diffusers.sample_settings import SampleSettings
from maskvideo.adapters.diffusers.sampler import sample_window as sample_by_diffusers
from maskvideo.core.frame_noise import frame_noise, window_noise
from maskvideo.core.noise_prior import NoisePrior
from maskvideo.core.sample_settings import GuidanceSettings
from maskvideo.core.video_model import Guide

from .video_base import (
    FRAMES,
    diffusers_twin,
    host_twin,
    moving_box,
    random_first_latent,
    random_motion,
    random_text,
    relative_error,
    sample,
)

LARGEST_ERROR = 1e-4
OUTPUTS = {
    "mask query": ("mask_encoder.query",),
    "mask hidden": ("mask_encoder.hidden",),
    "temporal layers": ("temporal_conv.up", "temporal_attention.up"),
    "projections": (".attn1.", ".attn2."),
}
"""The weights through which each part acts: with these at zero it does nothing."""
CASES = {
    "first-frame attention": ((), {}),
    "mask query": (("mask query",), {"mask_injection": "query"}),
    "mask hidden": (("mask hidden",), {"mask_injection": "hidden"}),
    "temporal layers": (("temporal layers",), {}),
    "LoRA": (("projections",), {}),
    "full deltas": (("projections",), {"projections": "full"}),
    "full deltas and biases": (("projections",), {"projections": "full", "output_biases": True}),
    "LoRA and biases": (("projections",), {"output_biases": True}),
    "each frame attends to itself": (tuple(OUTPUTS), {"first_frame_attention": False}),
    "everything": (tuple(OUTPUTS), {}),
}


@pytest.fixture(scope="module")
def twins(host):
    twin = diffusers_twin()
    return host_twin(twin), twin


def motion_with(twin, parts: tuple[str, ...], config: dict):
    """A motion in which ``parts`` act and nothing else does."""
    motion = random_motion(twin.architecture, **config)
    off = [fragment for name, fragments in OUTPUTS.items() if name not in parts for fragment in fragments]
    for name, parameter in motion.module.named_parameters():
        if any(fragment in name for fragment in off):
            parameter.zero_()
    return motion


def one_step(model) -> torch.Tensor:
    """The noise that ``model`` predicts for two videos at two timesteps, one of them without the mask."""
    x_t = torch.randn(2, 4, FRAMES, 6, 8, generator=torch.Generator().manual_seed(5))
    features = model.motion.mask_features(moving_box()) if model.motion is not None else None
    guide = Guide(FRAMES, features, torch.tensor([0.0, 0.7]) if features is not None else None)
    return model.predict_noise(x_t, torch.tensor([40, 700]), random_text(), guide)


def test_masks_change_nothing_where_the_motion_has_no_mask_branch(twins):
    """Statistics by mask would paint the object into them."""
    from maskvideo.adapters.comfy.motion import carry_motion

    model, twin = twins
    carrier = carry_motion(model, random_motion(twin.architecture, mask_branch=False))
    given = {"settings": GuidanceSettings(adain="end")}
    boxes = [sample(carrier, masks=masks, **given) for masks in (moving_box(), moving_box().flip(-1))]
    assert torch.equal(*boxes)


def test_both_sides_describe_the_base_alike(twins):
    from maskvideo.adapters.comfy.host_model import require_sd1

    model, twin = twins
    assert require_sd1(model) == twin.architecture


def test_the_base_alone_predicts_the_same_noise(twins):
    from maskvideo.adapters.comfy.video_model import ComfyVideoModel

    model, twin = twins
    with twin.using_motion(None), torch.no_grad():
        expected = one_step(twin)
    assert relative_error(one_step(ComfyVideoModel(model)), expected) < LARGEST_ERROR


@pytest.mark.parametrize("case", CASES)
def test_each_part_predicts_the_same_noise(twins, case):
    from maskvideo.adapters.comfy.motion import carry_motion
    from maskvideo.adapters.comfy.video_model import ComfyVideoModel

    model, twin = twins
    motion = motion_with(twin, *CASES[case])
    with twin.using_motion(None), torch.no_grad():
        base = one_step(twin)
    with twin.using_motion(motion.module), torch.no_grad():
        expected = one_step(twin)
    found = one_step(ComfyVideoModel(carry_motion(model, motion)))
    assert relative_error(found, expected) < LARGEST_ERROR
    # Each part does something, or the line above could not fail.
    assert relative_error(expected, base) > 100 * LARGEST_ERROR


def start_gain(model) -> float:
    """By how much the host makes the noise smaller than diffusers, where a schedule starts below the largest sigma.

    It starts from ``σ·ε`` there, diffusers from ``√(1+σ²)·ε`` (in the host's scale).
    """
    import comfy.samplers

    sigma = comfy.samplers.calculate_sigmas(model.get_model_object("model_sampling"), "ddim_uniform", 20)[0]
    return ((1 + sigma**2).sqrt() / sigma).item()


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"mask_guidance": True, "adain": "end"},
        {"mask_guidance": True, "adain": "last_half", "adain_regions": False},
        {"mask_start_fraction": 0.2, "mask_end_fraction": 0.6, "mask_strength": 0.8},
        {"first_frame_conditioning": False, "adain": "all"},
    ],
    ids=str,
)
def test_twenty_steps_of_ddim_make_the_same_video(twins, settings):
    from maskvideo.adapters.comfy.layout import latent_to_core, latent_to_host
    from maskvideo.adapters.comfy.motion import carry_motion
    from maskvideo.adapters.comfy.noise import GivenNoise, scale_latent

    model, twin = twins
    motion, first = random_motion(twin.architecture), scale_latent(random_first_latent())
    noise = window_noise(frame_noise((1, 4, FRAMES, 6, 8), 7), first, NoisePrior(), 7)
    changes = {
        "steps": 20,
        "sampler_name": "ddim",
        "scheduler": "ddim_uniform",
        "settings": GuidanceSettings(**settings),
    }
    given = GivenNoise(7, latent_to_host(noise) * start_gain(model))
    found = latent_to_core(scale_latent(sample(carry_motion(model, motion), noise=given, **changes)))
    with twin.using_motion(motion.module):
        sampling = SampleSettings(steps=20, cfg=3.0, **settings)
        expected = sample_by_diffusers(twin, random_text(), first, moving_box(), noise, sampling)
    assert relative_error(found, expected) < LARGEST_ERROR


def test_the_noise_is_the_command_lines(twins):
    from maskvideo.adapters.comfy.layout import latent_to_host
    from maskvideo.adapters.comfy.noise import SharedNoise, scale_latent

    first = random_first_latent()
    found = SharedNoise(7, first, NoisePrior("random_vp", 0.3)).generate_noise(
        {"samples": torch.zeros(FRAMES, 4, 6, 8)}
    )
    own = frame_noise((1, 4, FRAMES, 6, 8), 7)
    assert torch.equal(found, latent_to_host(window_noise(own, scale_latent(first), NoisePrior("random_vp", 0.3), 7)))


@pytest.fixture(scope="module")
def demo(host):
    """The bundled model on both sides, in float32, with the bundled motion."""
    from maskvideo.adapters.comfy.demo_model import load_demo_model
    from maskvideo.adapters.comfy.motion import carry_motion
    from maskvideo.adapters.diffusers.demo_model import load_demo_model as load_by_diffusers

    twin = load_by_diffusers()
    model, clip, vae, control_net = load_demo_model()
    model.set_model_compute_dtype(torch.float32)
    return (carry_motion(model, twin.motion), clip, vae, control_net), twin


def demo_masks(frames: int) -> torch.Tensor:
    masks = torch.zeros(1, 1, frames, 160, 256)
    for frame in range(frames):
        masks[:, :, frame, 48:112, 40 + 16 * frame : 104 + 16 * frame] = 1
    return masks


def test_the_demo_motion_on_the_demo_model_predicts_the_same_noise(demo):
    from maskvideo.adapters.comfy.video_model import ComfyVideoModel

    (carrier, clip, _, _), twin = demo
    host_side = ComfyVideoModel(carrier, clip)
    text = twin.model.embed_text(["", "a red star on a blue background"])
    assert relative_error(host_side.embed_text(["", "a red star on a blue background"]), text) < LARGEST_ERROR
    x_t = torch.randn(1, 4, 4, 20, 32, generator=torch.Generator().manual_seed(5)).expand(2, -1, -1, -1, -1)
    timestep, gate = torch.tensor([601, 601]), torch.tensor([0.0, 1.0])
    with twin.model.using_motion(twin.motion.module.eval()), torch.no_grad():
        guide = Guide(4, twin.motion.module.mask_features(demo_masks(4)), gate)
        expected = twin.model.predict_noise(x_t, timestep, text, guide)
    guide = Guide(4, host_side.motion.mask_features(demo_masks(4)), gate)
    assert relative_error(host_side.predict_noise(x_t, timestep, text, guide), expected) < LARGEST_ERROR


@pytest.mark.parametrize("scribble_guidance", [True, False])
def test_the_first_frame_is_that_of_the_command_line(demo, scribble_guidance):
    """But for the host's start of the schedule (``start_gain``), which is worth about one part in a hundred."""
    from maskvideo.adapters.comfy.first_frame import controlnet_first_frame
    from maskvideo.adapters.diffusers.first_frame import controlnet_first_frame as by_diffusers

    (carrier, clip, vae, control_net), twin = demo
    positive, negative = (clip.encode_from_tokens_scheduled(clip.tokenize(text)) for text in ("a red star", ""))
    given = {"style": "fill", "scribble_guidance": scribble_guidance, "steps": 20, "cfg": 3.0}
    image, latent = controlnet_first_frame(
        carrier, positive, negative, vae, control_net, demo_masks(1)[:, :, 0], **given
    )
    expected = by_diffusers(twin.model, twin.controlnet, demo_masks(1)[:, :, 0], "a red star", **given)
    assert image.shape == (1, 160, 256, 3) and latent.shape == (1, 4, 20, 32)
    assert (image - expected.frame.movedim(1, -1)).abs().mean() < 0.02
