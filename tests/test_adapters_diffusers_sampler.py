"""One window: the first frame stays clean, masks and statistics act where they should."""

import pytest
import torch
from diffusers import UNet2DConditionModel
from maskvideo.adapters.diffusers.sample_settings import SampleSettings
from maskvideo.adapters.diffusers.sampler import sample_window
from maskvideo.adapters.diffusers.video_unet import DiffusersVideoModel
from maskvideo.core.errors import MaskVideoError
from maskvideo.core.motion_module import MotionConfig, MotionModule

FRAMES, STEPS = 3, 3
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # diffusers' own, with NumPy 2

TINY = {
    "block_out_channels": (32, 64),
    "layers_per_block": 1,
    "cross_attention_dim": 16,
    "attention_head_dim": 2,
    "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
}


def tiny_model() -> DiffusersVideoModel:
    """A tiny model with a motion module whose every part does something."""
    torch.manual_seed(0)
    model = DiffusersVideoModel(UNet2DConditionModel(**TINY), None, None, None)
    motion = MotionModule(model.architecture, MotionConfig(rank=2, mask_width=8))
    for parameter in motion.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1)
    model.set_motion(motion)
    return model


@pytest.fixture(scope="module")
def model() -> DiffusersVideoModel:
    return tiny_model()


def inputs() -> dict[str, torch.Tensor]:
    torch.manual_seed(1)
    mask = torch.zeros(1, 1, FRAMES, 48, 64)
    for frame in range(FRAMES):
        mask[:, :, frame, 8:40, 8 + 8 * frame : 32 + 8 * frame] = 1
    text, first_latent = torch.randn(2, 5, 16), torch.randn(1, 4, 6, 8) * 2 + 1
    return {"text": text, "first_latent": first_latent, "mask": mask, "noise": torch.randn(1, 4, FRAMES, 6, 8)}


def sample(model: DiffusersVideoModel, on_step=None, given: dict | None = None, **settings) -> torch.Tensor:
    settings = SampleSettings(**{"steps": STEPS} | settings)
    return sample_window(model, **inputs() | (given or {}), settings=settings, on_step=on_step)


class Seen:
    """What the U-Net was given in each call."""

    def __init__(self, model: DiffusersVideoModel):
        self.samples, self.texts, self.guides = [], [], []
        self.handle = model.unet.register_forward_pre_hook(self._note, with_kwargs=True)

    def _note(self, _, args, kwargs):
        self.samples.append(args[0].unflatten(0, (-1, FRAMES)))  # [B, T, C, h, w]
        self.texts.append(args[2])
        self.guides.append(kwargs.get("cross_attention_kwargs", {}).get("guide"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.handle.remove()


@pytest.mark.parametrize("scheduler", ["ddim", "euler"])
def test_the_model_sees_frame_zero_clean_at_every_step_and_so_is_the_result(model, scheduler):
    first = inputs()["first_latent"]
    with Seen(model) as seen:
        latent = sample(model, scheduler=scheduler)
    assert len(seen.samples) == STEPS
    assert all(torch.equal(branch[0], first[0]) for batch in seen.samples for branch in batch)
    assert torch.equal(latent[:, :, 0], first)


def test_without_first_frame_conditioning_frame_zero_is_sampled_like_the_others(model):
    with Seen(model) as seen:
        latent = sample(model, first_frame_conditioning=False)
    torch.testing.assert_close(seen.samples[0][0, 0], inputs()["noise"][0, :, 0])
    assert not torch.allclose(latent[:, :, 0], inputs()["first_latent"])


def test_the_noise_of_frame_zero_does_not_matter(model):
    noise = inputs()["noise"]
    noise[:, :, 0] = 5
    torch.testing.assert_close(sample(model, given={"noise": noise}), sample(model))


def test_guidance_of_one_runs_the_prompt_alone_and_equals_both_branches(model):
    with Seen(model) as seen:
        single = sample(model, cfg=1)
    assert all(torch.equal(text, inputs()["text"][1:]) for text in seen.texts)
    torch.testing.assert_close(single, sample(model, cfg=1 + 1e-6), rtol=1e-3, atol=1e-4)


def test_guidance_moves_away_from_the_negative_prompt(model):
    """One DDIM step: the result is linear in the combined noise ε_u + cfg (ε_c − ε_u)."""
    zero, one, three = (sample(model, cfg=cfg, steps=1) for cfg in (0, 1, 3))
    torch.testing.assert_close(three, zero + 3 * (one - zero), rtol=1e-3, atol=1e-3)


def test_mask_features_are_computed_once_and_shared_by_both_branches(model):
    runs = []
    handle = model.motion.mask_encoder.register_forward_hook(lambda *_: runs.append(1))
    with Seen(model) as seen:
        sample(model)
    handle.remove()
    assert len(runs) == 1
    assert all(guide.features is seen.guides[0].features for guide in seen.guides)
    assert seen.guides[0].features["mid.0"].query.shape[0] == FRAMES


def test_mask_strength_zero_equals_no_mask_and_another_strength_does_not(model):
    unmasked = sample(model, given={"mask": None})
    assert torch.equal(sample(model, mask_strength=0), unmasked)
    assert not torch.allclose(sample(model), unmasked)
    assert not torch.allclose(sample(model, mask_strength=0.5), sample(model))


def test_the_mask_acts_in_its_part_of_the_steps_alone(model):
    with Seen(model) as seen:
        sample(model, steps=4, mask_start_fraction=0.25, mask_end_fraction=0.75)
    assert [guide.features is not None for guide in seen.guides] == [False, True, True, False]


def test_mask_guidance_drops_the_mask_in_the_unconditional_branch(model):
    with Seen(model) as seen:
        sample(model, mask_guidance=True, mask_strength=0.8, steps=1)
        sample(model, mask_guidance=False, mask_strength=0.8, steps=1)
    gates = [guide.gate.tolist() for guide in seen.guides]
    assert gates == [pytest.approx([0, 0.8]), pytest.approx([0.8, 0.8])]


def moments(latent: torch.Tensor) -> torch.Tensor:
    return torch.stack([latent.mean((-1, -2)), latent.std((-1, -2))])


def test_statistics_at_the_end_give_every_frame_the_mean_of_the_first(model):
    plain, matched = sample(model), sample(model, adain="end", adain_regions=False)
    means, first = moments(matched)[0], moments(inputs()["first_latent"])[0]
    torch.testing.assert_close(means, first[:, :, None].expand_as(means), rtol=1e-3, atol=1e-3)
    assert (moments(plain)[0] - first[:, :, None]).abs().max() > 0.1


def test_statistics_act_on_the_clean_prediction_from_the_half_on(model):
    def distance(adain):
        clean = []
        sample(model, lambda step, steps, latent: clean.append(latent), steps=4, adain=adain, adain_regions=False)
        first = moments(inputs()["first_latent"])[0]
        return [(moments(latent)[0] - first[:, :, None]).abs().max().item() < 1e-3 for latent in clean]

    assert distance("off") == distance("end") == [False] * 4
    assert distance("last_half") == [False, False, True, True]
    assert distance("all") == [True] * 4


def test_statistics_of_regions_differ_from_those_of_the_whole_frame(model):
    assert not torch.allclose(sample(model, adain="end"), sample(model, adain="end", adain_regions=False))


def test_a_model_without_motion_samples_frames_from_the_text_alone(model):
    with model.using_motion(None):
        latent = sample(model)
        assert torch.equal(latent, sample(model, given={"mask": None}))
    assert latent.shape == inputs()["noise"].shape and latent.isfinite().all()


def test_a_base_in_half_precision_is_walked_in_full_precision(model):
    half = tiny_model().to(dtype=torch.bfloat16)
    half.motion.bfloat16()
    latent = sample(half)
    assert latent.dtype == torch.float32
    assert torch.equal(latent[:, :, 0], inputs()["first_latent"])
    assert (latent - sample(model)).abs().mean() < 0.1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"text": torch.zeros(1, 5, 16)}, "text holds 1 prompts, a window needs 2"),
        ({"mask": torch.ones(1, 1, 2, 48, 64)}, "mask has 2 frames, the window 3"),
        ({"mask": torch.ones(1, 1, FRAMES, 48, 60)}, "mask is 48x60 px, a latent of 6x8 needs 48x64 px"),
        ({"first_latent": torch.ones(1, 4, 6, 6)}, r"the first frame has shape \[1, 4, 6, 6\]"),
    ],
)
def test_sizes_that_do_not_fit_are_named(model, given, message):
    with pytest.raises(MaskVideoError, match=message):
        sample(model, given=given)
