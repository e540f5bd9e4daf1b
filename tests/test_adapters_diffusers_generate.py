"""A whole video: first frame, windows, frames."""

import numpy as np
import pytest
import torch
from maskvideo.adapters.diffusers.generate import generate_video
from maskvideo.core.errors import MaskVideoError
from maskvideo.files.frame_layout import to_uint8

from .generation_base import FRAMES, STEPS, moving_box, tiny_demo, tiny_motion, tiny_settings
from .training_base import HEIGHT, WIDTH, tiny_model

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # diffusers' own, with NumPy 2


@pytest.fixture(scope="module")
def demo():
    model, controlnet, motion = tiny_demo()
    model.set_motion(motion.module)
    return model, controlnet


def generate(demo, masks=None, first_frame=None, on_step=None, **settings):
    masks = moving_box() if masks is None else masks
    return generate_video(*demo, masks, tiny_settings(**settings), first_frame, on_step)


def test_one_window_gives_a_frame_for_each_mask_decoded_from_its_latent(demo):
    video = generate(demo)
    assert video.frames.shape == (FRAMES, HEIGHT, WIDTH, 3) and video.frames.dtype == np.uint8
    assert np.array_equal(video.frames, to_uint8(demo[0].decode(video.latent)))
    assert video.warnings == () and video.seconds > 0


def test_the_same_seed_gives_the_same_video_and_another_seed_another_one(demo):
    first = generate(demo, seed=1)
    assert torch.equal(first.latent, generate(demo, seed=1).latent)
    assert not torch.allclose(first.latent, generate(demo, seed=2).latent)


@pytest.mark.parametrize("prior", ["first_frame", "random_vp"])
def test_a_longer_video_starts_with_the_shorter_one_up_to_the_frame_where_the_next_window_starts(demo, prior):
    short, longer = (generate(demo, moving_box(frames), noise_prior=prior) for frames in (FRAMES, 6))
    assert longer.frames.shape[0] == 6
    assert torch.equal(longer.latent[:, :, :2], short.latent[:, :, :2])
    assert not torch.allclose(longer.latent[:, :, 2], short.latent[:, :, 2])


def test_a_later_window_starts_from_the_latent_of_the_one_before(demo):
    model, starts = demo[0], []
    handle = model.unet.register_forward_pre_hook(lambda _, args, kwargs: starts.append(args[0]), with_kwargs=True)
    video = generate(demo, moving_box(4))
    handle.remove()
    last_window = starts[-1].unflatten(0, (-1, FRAMES))  # [B, T, C, h, w]
    assert torch.equal(last_window[0, 0], video.latent[0, :, 1])


def test_a_single_mask_is_held_for_one_window(demo):
    video = generate(demo, moving_box(1))
    assert torch.equal(video.masks, moving_box(1).expand(-1, -1, FRAMES, -1, -1))


def test_masks_of_another_size_are_resized(demo):
    large = moving_box().repeat_interleave(2, -1).repeat_interleave(2, -2)
    assert torch.equal(generate(demo, large).latent, generate(demo).latent)


def test_progress_counts_all_stages_to_the_end(demo):
    steps = []
    generate(demo, moving_box(4), on_step=steps.append)
    assert [step.done for step in steps] == list(range(1, steps[0].total + 1))
    stages = [f"window {1 + index} of 2" for index in range(2) for _ in range(STEPS)]
    assert [step.stage for step in steps] == ["first frame"] * STEPS + stages + ["decoding"]
    assert steps[0].clean.shape == (1, 4, 4, 6) and steps[-2].clean.shape == (1, 4, FRAMES, 4, 6)


@pytest.mark.parametrize("scheduler", ["heun", "euler_ancestral"])
def test_schedulers_with_more_calls_or_noise_of_their_own_count_and_repeat(demo, scheduler):
    scheduler = scheduler.replace("_", "")
    steps = []
    video = generate(demo, on_step=steps.append, scheduler=scheduler)
    assert steps[-1].done == steps[-1].total
    assert torch.equal(video.latent, generate(demo, scheduler=scheduler).latent)


def test_a_given_first_frame_is_encoded_and_needs_no_controlnet(demo):
    image = torch.rand(1, 3, HEIGHT, WIDTH)
    video = generate((demo[0], None), first_frame=image)
    torch.testing.assert_close(video.latent[:, :, 0], demo[0].encode(image[:, :, None])[:, :, 0])


def test_the_controlnet_decides_the_first_frame_with_the_mask(demo):
    shifted = moving_box().roll(8, -1)
    with_control, without = generate(demo), generate((demo[0], None))
    assert not torch.allclose(with_control.latent[:, :, 0], without.latent[:, :, 0])
    assert not torch.allclose(with_control.latent[:, :, 0], generate(demo, shifted).latent[:, :, 0])
    assert torch.equal(without.latent[:, :, 0], generate((demo[0], None), shifted).latent[:, :, 0])


@pytest.mark.parametrize("adain", ["off", "end", "all"])
def test_mask_strength_zero_leaves_the_masks_to_the_first_frame(demo, adain):
    """Statistics by region would let the masks in again."""
    given = {"first_frame": torch.rand(1, 3, HEIGHT, WIDTH), "adain": adain, "histogram_match": True}
    moved = moving_box(5).roll(8, -1)
    unmasked, also_unmasked = (generate(demo, masks, mask_strength=0.0, **given) for masks in (moving_box(5), moved))
    assert torch.equal(unmasked.latent, also_unmasked.latent)
    assert np.array_equal(unmasked.frames, also_unmasked.frames)
    assert not torch.allclose(generate(demo, moving_box(5), **given).latent, unmasked.latent)


def test_without_first_frame_conditioning_no_first_frame_is_drawn(demo):
    steps = []
    video = generate(demo, on_step=steps.append, first_frame_conditioning=False, noise_prior="random_vp")
    assert steps[0].stage == "window 1 of 1"
    assert not torch.allclose(video.latent[:, :, 0], generate(demo).latent[:, :, 0])


def means(latent):
    return latent.mean((-1, -2))


@pytest.mark.parametrize("adain", ["end", "last_half", "all"])
def test_adain_holds_every_window_to_the_first_frame(demo, adain):
    video = generate(demo, moving_box(7), adain=adain, adain_regions=False)
    wanted = means(video.latent[:, :, :1]).expand(-1, -1, 7)
    torch.testing.assert_close(means(video.latent), wanted, rtol=1e-3, atol=1e-3)


def test_adain_by_regions_holds_object_and_background_apart(demo):
    regions, whole = (
        generate(demo, moving_box(5), adain="end"),
        generate(demo, moving_box(5), adain="end", adain_regions=False),
    )
    assert not torch.allclose(regions.latent, whole.latent)


def test_the_histogram_match_acts_on_pixels_and_leaves_the_first_frame(demo):
    plain, matched = generate(demo, moving_box(5)), generate(demo, moving_box(5), histogram_match=True)
    assert torch.equal(plain.latent, matched.latent)
    assert np.array_equal(plain.frames[0], matched.frames[0])

    def distance(video):
        means = video.frames.astype(float).mean((1, 2))
        return np.abs(means[1:] - means[:1]).mean()

    assert distance(matched) < 0.5 * distance(plain)


def test_a_vanishing_mask_is_a_warning_and_the_video_goes_on(demo):
    masks = moving_box(5)
    masks[:, :, 2:4] = 0
    video = generate(demo, masks)
    assert video.frames.shape[0] == 5
    assert video.warnings == ("the mask vanishes in frames 2-3: nothing guides the object there",)


def test_what_cannot_guide_by_masks_is_a_warning(demo):
    model = tiny_model()
    assert "no motion file" in generate((model, None)).warnings[0]
    model.set_motion(tiny_motion(model, mask_branch=False).module)
    assert "without a mask branch" in generate((model, None)).warnings[0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"masks": moving_box(2)}, "mask sequence has 2 frames, the first window needs 3: give 3 or more"),
        ({"masks": torch.zeros(1, 1, 3, 8, 8)}, "mask 0 is all black"),
        ({"masks": moving_box(4), "frames": 4}, "this motion was trained for windows of 3: set frames to 3 or fewer"),
        ({"first_frame": torch.zeros(1, 3, 8, 8)}, r"the first frame has shape \[1, 3, 8, 8\], the video needs"),
    ],
)
def test_what_does_not_fit_is_refused_before_any_step(demo, given, message):
    steps = []
    with pytest.raises(MaskVideoError, match=message):
        generate(demo, **given, on_step=steps.append)
    assert steps == []


def test_without_a_motion_later_masks_change_nothing():
    """Statistics by mask would paint the object into them."""
    model, controlnet, _ = tiny_demo()
    moved = moving_box()
    moved[:, :, 1:] = moved[:, :, 1:].flip(-1)
    settings = tiny_settings(adain="end", histogram_match=True)
    videos = [generate_video(model, controlnet, masks, settings) for masks in (moving_box(), moved)]
    assert np.array_equal(videos[0].frames, videos[1].frames)
