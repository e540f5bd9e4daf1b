"""What a motion was trained with is what it is sampled with; what differs is said; the paper's settings are some."""

import re
from dataclasses import replace

import pytest
from maskvideo.adapters.diffusers.generate_settings import GenerateSettings
from maskvideo.core.motion_format import MotionMetadata
from maskvideo.core.sample_presets import DEFAULTS, SAMPLE_PRESETS, as_trained, deviations
from maskvideo.core.video_model import Architecture
from maskvideo.files.demo_file import MOTION_FILE
from maskvideo.files.motion_file import read_motion_metadata
from maskvideo.training.config import TrainConfig

TRAINED = MotionMetadata(
    Architecture((), 1), "it moves", 8, (64, 48), "random", 0.3, {"mask_drop": 0.0}, {"mask_branch": True}, 1, "none"
)


def test_the_bundled_motion_is_sampled_as_it_always_was():
    assert as_trained(read_motion_metadata(MOTION_FILE)) == DEFAULTS == as_trained(None)


def test_a_motion_of_the_paper_gets_the_papers_noise_and_no_guidance_on_the_mask():
    paper = SAMPLE_PRESETS["paper"]
    training = TrainConfig(mask_drop=0.0).to_dict()
    trained = as_trained(replace(TRAINED, training=training, noise_prior="first_frame", alpha=0.2))
    assert trained == {name: paper[name] for name in trained}


@pytest.mark.parametrize(("training", "guided"), [({"mask_drop": 0.1}, True), ({"mask_drop": 0}, False), ({}, True)])
def test_guidance_on_the_mask_follows_what_training_dropped_and_is_on_where_the_file_does_not_say(training, guided):
    assert as_trained(replace(TRAINED, training=training))["mask_guidance"] is guided


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"mask_guidance": True}, "trained with mask_drop 0"),
        ({"noise_prior": "first_frame", "alpha": 0.3}, "the noise is first_frame, alpha 0.3; .* random, alpha 0.3"),
        ({"noise_prior": "random", "alpha": 0.1}, "random, alpha 0.1; this motion was trained with random, alpha 0.3"),
        ({"frames": 16}, "windows of 16 frames, this motion was trained on windows of 8"),
    ],
)
def test_what_is_not_as_trained_is_said(values, said):
    (sentence,) = deviations(TRAINED, values)
    assert re.search(said, sentence)


def test_what_is_as_trained_or_does_not_act_is_not_said():
    assert deviations(TRAINED, as_trained(TRAINED) | {"frames": 8}) == ()
    assert deviations(TRAINED, {"mask_guidance": True, "mask_strength": 0}) == ()
    assert deviations(replace(TRAINED, motion={"mask_branch": False}), {"mask_guidance": True}) == ()
    assert deviations(None, {"mask_guidance": True, "noise_prior": "none", "alpha": 0.9}) == ()


def test_every_setting_of_a_preset_is_a_setting():
    for values in SAMPLE_PRESETS.values():
        settings = GenerateSettings("p", **values)
        assert {name: getattr(settings, name) for name in values} == values


def test_settings_that_are_left_open_are_filled_and_those_that_are_asked_for_stay():
    settings = GenerateSettings("p", noise_prior="none").for_motion(TRAINED)
    assert (settings.noise_prior, settings.alpha, settings.mask_guidance) == ("none", 0.3, False)
    assert settings.for_motion(None) == settings
