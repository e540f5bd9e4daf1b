"""Random clips from cached latents: what is drawn belongs together."""

from dataclasses import replace

import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.training.dataset import MotionDataset, fingerprint

from .training_base import FRAMES, HEIGHT, PROMPT, WIDTH, moving_square, tiny_config, tiny_dataset, tiny_model


@pytest.fixture(scope="module")
def model():
    return tiny_model()


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def encoded(model, frames):
    return model.encode(frames.float().div(255).movedim(0, 1)[None])[0]


def test_the_same_generator_draws_the_same_batch(model):
    dataset = tiny_dataset(model, batch_size=3)
    first, second = dataset.sample(generator()), dataset.sample(generator())
    for name in ("latent", "mask", "text", "gate"):
        assert torch.equal(getattr(first, name), getattr(second, name))
    assert first.latent.shape == (3, 4, FRAMES, HEIGHT // 8, WIDTH // 8)
    assert first.mask.shape == (3, 1, FRAMES, HEIGHT, WIDTH) and first.mask.dtype == torch.float32


@pytest.mark.parametrize("frame_step", [1, 2])
def test_latents_and_masks_of_a_batch_are_of_the_same_frames_mirrored_or_not(model, frame_step):
    clip = moving_square(frames=6)
    dataset = tiny_dataset(model, [clip], frame_step=frame_step)
    random, mirrored, starts = generator(), 0, set()
    for _ in range(24):
        batch = dataset.sample(random)
        matches = [
            (flip, start)
            for flip in (False, True)
            for start in range(6 - (FRAMES - 1) * frame_step)
            for taken in [slice(start, start + (FRAMES - 1) * frame_step + 1, frame_step)]
            if torch.equal(batch.mask[0, 0], (clip.masks[taken].flip(-1) if flip else clip.masks[taken]).float())
        ]
        ((flip, start),) = matches
        taken = slice(start, start + (FRAMES - 1) * frame_step + 1, frame_step)
        frames = clip.frames[taken].flip(-1) if flip else clip.frames[taken]
        torch.testing.assert_close(batch.latent[0], encoded(model, frames))
        mirrored += flip
        starts.add(start)
    assert 4 < mirrored < 20
    assert len(starts) == 6 - (FRAMES - 1) * frame_step


def test_dropping_always_takes_the_mask_and_the_prompt_away(model):
    batch = tiny_dataset(model, mask_drop=1.0, text_drop=1.0).sample(generator())
    assert batch.gate.tolist() == [0.0]
    assert torch.equal(batch.text, model.embed_text([""]))
    batch = tiny_dataset(model, mask_drop=0.0, text_drop=0.0).sample(generator())
    assert batch.gate.tolist() == [1.0]
    assert torch.equal(batch.text, model.embed_text([PROMPT]))


def test_a_clip_with_its_own_prompt_trains_on_it(model):
    clips = [replace(moving_square(), prompt="a red square moves")]
    batch = tiny_dataset(model, clips, text_drop=0.0).sample(generator())
    assert torch.equal(batch.text, model.embed_text(["a red square moves"]))


def test_the_fingerprint_changes_with_one_pixel_one_mask_pixel_or_the_prompt():
    clip = moving_square()
    frames, masks = clip.frames.clone(), clip.masks.clone()
    frames[2, 0, 0, 0] += 1
    masks[2, 0, 0] = 1
    variants = [clip, replace(clip, frames=frames), replace(clip, masks=masks)]
    prints = {fingerprint([one], [PROMPT]) for one in variants} | {fingerprint([clip], ["another"])}
    assert len(prints) == 4
    assert fingerprint([clip], [PROMPT]) == fingerprint([moving_square()], [PROMPT])


def turned(name="tall"):
    """The moving square, upright: a clip of another size."""
    clip = moving_square(name)
    return replace(clip, frames=clip.frames.transpose(-1, -2), masks=clip.masks.transpose(-1, -2))


def test_with_buckets_every_batch_has_one_size_and_every_clip_its_turn(model):
    clips = [moving_square("one"), turned(), moving_square("two", colour=90)]
    dataset, random, sizes = tiny_dataset(model, clips, aspect_buckets=True, batch_size=2, flips=False), generator(), []
    for _ in range(24):
        batch = dataset.sample(random)
        sizes.append(tuple(batch.mask.shape[-2:]))
        assert batch.mask.shape == (2, 1, FRAMES, *sizes[-1])
        assert batch.latent.shape == (2, 4, FRAMES, sizes[-1][0] // 8, sizes[-1][1] // 8)
    assert 2 < sizes.count((WIDTH, HEIGHT)) < 14 and set(sizes) == {(HEIGHT, WIDTH), (WIDTH, HEIGHT)}


def test_clips_of_several_sizes_need_buckets(model):
    with pytest.raises(MaskVideoError, match=r"several sizes, 32×48, 48×32: give all one size, or set aspect_buckets"):
        tiny_dataset(model, [moving_square(), turned()])


def test_every_clip_that_is_too_short_is_named_at_once(model):
    clips = [moving_square("goat", frames=2), moving_square(), moving_square("hen", frames=1)]
    with pytest.raises(MaskVideoError) as error:
        tiny_dataset(model, clips)
    assert str(error.value).splitlines() == [
        "2 of 3 clips cannot be used:",
        'clip "goat" has 2 frames, 3 frames need 3: set frames to 2, or give a longer clip',
        'clip "hen" has 1 frames, 3 frames need 3: give a longer clip',
    ]


def test_an_embedded_motion_prompt_replaces_the_prompt_but_no_clips_own(model):
    given = torch.randn(1, 32, 16)
    clips, config = [moving_square(), replace(moving_square(), prompt="a red square")], tiny_config()
    dataset = MotionDataset(model, clips, PROMPT, config, motion_text=given)
    short = model.embed_text([PROMPT, "a red square", ""])
    assert dataset.text.shape == (3, 32, 16) and torch.equal(dataset.text[0], given[0])
    assert torch.equal(dataset.text[1:], short[1:].repeat(1, 2, 1))
    assert dataset.fingerprint != MotionDataset(model, clips, PROMPT, config).fingerprint


@pytest.mark.parametrize(
    ("clips", "changes", "message"),
    [
        ([], {}, "there are no clips"),
        (
            [replace(moving_square("goat"), masks=moving_square().masks[:4])],
            {},
            'clip "goat" has 4 masks for 6 frames: give one mask for each frame',
        ),
        (
            [moving_square("goat", frames=2)],
            {},
            'clip "goat" has 2 frames, 3 frames need 3: set frames to 2, or give a longer clip',
        ),
        (
            [moving_square("goat")],
            {"frame_step": 4},
            'clip "goat" has 6 frames, 3 frames at frame_step 4 need 9: set frames to 2',
        ),
        (
            [
                replace(
                    moving_square("goat"),
                    frames=moving_square().frames[..., :45],
                    masks=moving_square().masks[..., :45],
                )
            ],
            {},
            'clip "goat" is 45×32, both must be divisible by 8: 48×32 is the nearest',
        ),
        (
            [replace(moving_square("goat"), masks=moving_square().masks[..., :40])],
            {},
            'clip "goat" has masks of 40×32 for frames of 48×32',
        ),
    ],
)
def test_clips_that_cannot_train_are_named_with_the_cure(model, clips, changes, message):
    with pytest.raises(MaskVideoError, match=message):
        MotionDataset(model, clips, PROMPT, tiny_config(**changes))
