"""A sample every N steps: when it is taken, and that training does not notice."""

import numpy as np
import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.files.motion_file import load_motion
from maskvideo.training.held_out import make_held_out
from maskvideo.training.loop import train_motion
from maskvideo.training.run import StepReport
from maskvideo.training.sample_video import SampleSettings, VideoSampler
from maskvideo.training.samples import Samples

from .training_base import FRAMES, HEIGHT, PROMPT, WIDTH, moving_square, tiny_config, tiny_dataset, tiny_model


def held_out(config=None):
    """The masks of the moving square, mirrored, and their first frame."""
    clip = moving_square()
    masks, frame = clip.masks.flip(-1).float()[None, None], clip.frames[0].flip(-1).permute(1, 2, 0).numpy()
    return make_held_out("a square moves left", masks, frame, config or tiny_config())


@pytest.mark.parametrize(("every", "steps"), [(0, []), (2, [2, 4]), (1, [1, 2, 3, 4]), (5, []), (9, [])])
def test_samples_are_taken_every_so_many_steps_before_the_last(every, steps):
    taken, frames = [], np.zeros((2, 8, 8, 3), np.uint8)
    samples = Samples(lambda: frames, every, taken.append)
    for step in range(1, 6):
        samples(StepReport(step, 5, 1.0, 1.0, 1e-3))
    assert [sample.step for sample in taken] == steps
    assert samples.last is (taken[-1] if taken else None)


def test_the_last_sample_is_of_the_motion_that_is_saved(tmp_path):
    model = tiny_model()
    dataset = tiny_dataset(model, steps=4, learning_rate=0.1, ema_decay=0.9)
    sampler = VideoSampler(model, held_out(), dataset.config, SampleSettings(steps=2))
    samples = Samples(sampler)
    motion = train_motion(model, dataset, PROMPT, tmp_path / "m.safetensors", on_step=samples, progress=False)
    last = samples.finish(model, motion, dataset.config)
    assert samples.last is last and last.step == 4 and model.motion is None
    model.set_motion(load_motion(tmp_path / "m.safetensors", model.architecture).module)
    assert np.array_equal(sampler(), last.frames)


def test_a_run_with_samples_is_bit_for_bit_the_run_without(tmp_path):
    model = tiny_model()
    dataset = tiny_dataset(model, steps=5)
    samples = Samples(VideoSampler(model, held_out(), dataset.config, SampleSettings(steps=2)), 2)
    given = {"progress": False}
    plain = train_motion(model, dataset, PROMPT, tmp_path / "plain.safetensors", **given)
    torch.manual_seed(123)  # the run does not depend on the global random state either
    shown = train_motion(model, dataset, PROMPT, tmp_path / "shown.safetensors", on_step=samples, **given)
    for (name, one), other in zip(plain.named_parameters(), shown.parameters(), strict=True):
        assert torch.equal(one, other), name
    assert samples.last.step == 4 and samples.last.frames.shape == (FRAMES, HEIGHT, WIDTH, 3)


def test_a_sample_shows_what_the_motion_has_learned_so_far(tmp_path):
    model = tiny_model()
    dataset, taken = tiny_dataset(model, steps=4, learning_rate=0.1), []
    sampler = VideoSampler(model, held_out(), dataset.config, SampleSettings(steps=2))
    samples = Samples(sampler, 1, taken.append)
    train_motion(model, dataset, PROMPT, tmp_path / "m.safetensors", on_step=samples, progress=False)
    first, last = taken[0].frames, taken[-1].frames
    assert np.array_equal(first[0], last[0]), "frame 0 is given"
    assert not np.array_equal(first[1:], last[1:])


def test_the_held_out_masks_and_their_frame_are_cut_as_clips_are():
    masks = torch.zeros(1, 1, 9, 64, 64)
    masks[..., 20:44, 20:44] = 1
    fitted = make_held_out("a square", masks, np.full((128, 128, 3), 255, np.uint8), tiny_config())
    assert fitted.masks.shape == (1, 1, FRAMES, HEIGHT, WIDTH) and set(fitted.masks.unique().tolist()) == {0.0, 1.0}
    assert fitted.first_frame.shape == (1, 3, 1, HEIGHT, WIDTH) and fitted.first_frame.min() == 1
    tall = make_held_out(
        "a square", masks[..., 8:56], np.zeros((64, 48, 3), np.uint8), tiny_config(aspect_buckets=True)
    )
    assert tall.masks.shape[-2] > tall.masks.shape[-1]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"prompt": " "}, "sample_prompt is empty"),
        ({"masks": torch.ones(1, 1, 2, 32, 48)}, "has 2 frames, the first window needs 3"),
        ({"masks": torch.zeros(1, 1, 3, 32, 48)}, "mask 0 is all black"),
        ({"masks": torch.ones(1, 1, 3, 48, 48)}, "the sample has masks of 48×48 for frames of 48×32, another shape"),
    ],
)
def test_a_sample_that_cannot_be_made_says_why_before_training(changes, text):
    given = {"prompt": "a square", "masks": torch.ones(1, 1, 3, 32, 48), "first": np.zeros((32, 48, 3), np.uint8)}
    with pytest.raises(MaskVideoError, match=text):
        make_held_out(**given | changes, config=tiny_config())
