"""A preset, TOML over it, fields over both: one config."""

import pytest
from maskvideo.core.errors import MaskVideoError
from maskvideo.training.config import TrainConfig
from maskvideo.training.presets import PRESETS, resolve_settings

from .house import ROOT

CLIPS = {"width": 512, "height": 320, "frame_step": 1, "aspect_buckets": False}


def test_the_paper_is_the_papers_toml():
    assert resolve_settings("paper", "", {}, {}) == TrainConfig.from_toml(ROOT / "docs" / "paper.toml")


def test_the_paper_trains_lamps_layers_the_attention_whole_and_never_drops_a_condition():
    config = resolve_settings("paper", "", {}, {})
    motion = config.motion
    assert (motion.temporal_layers, motion.projections, motion.output_biases) == ("lamp", "full", True)
    assert (motion.mask_injection, config.mask_drop, config.text_drop, config.warmup) == ("query", 0, 0, 0)


def test_clips_keep_their_size_whatever_size_a_preset_has():
    small = resolve_settings("paper", "", {}, {"width": 256, "height": 160})
    assert (small.width, small.height, small.steps) == (256, 160, 15000)


def test_quick_is_the_default_at_the_clips_size():
    assert resolve_settings("quick", "", {}, {"width": 256, "height": 160}) == TrainConfig()


@pytest.mark.parametrize("preset", PRESETS)
def test_fields_win_over_toml_and_toml_over_the_preset(preset):
    toml = "steps = 7\nmask_weight = 0.5\n[motion]\nrank = 3\nmask_width = 8"
    config = resolve_settings(preset, toml, {"steps": 9, "rank": 4, "seed": None}, CLIPS)
    assert (config.steps, config.mask_weight, config.motion.rank, config.motion.mask_width) == (9, 0.5, 4, 8)
    untouched = resolve_settings(preset, "", {}, CLIPS)
    assert config.learning_rate == untouched.learning_rate
    assert config.motion.projections == untouched.motion.projections


def test_a_longer_window_makes_room_in_the_motion():
    config = resolve_settings("quick", "", {"frames": 24}, CLIPS)
    assert (config.frames, config.motion.frames) == (24, 24)
    assert resolve_settings("quick", "frames = 8", {}, CLIPS).motion.frames == 16


@pytest.mark.parametrize(
    ("preset", "toml", "text"),
    [
        ("quik", "", "preset 'quik' is unknown: the closest is 'quick'"),
        ("quick", "stps = 1", "no key 'stps': the closest is 'steps'"),
        ("quick", "[motion]\nranks = 1", "no key 'ranks': the closest is 'rank'"),
        ("quick", "steps = ", "settings is no TOML"),
        ("quick", "motion = 3", r"write its keys below a line \[motion\]"),
        ("quick", "height = 160", "height is 160, the dataset's clips have 320: take height out of the settings"),
        ("quick", "frame_step = 2", "frame_step is 2, the dataset's clips have 1"),
        ("quick", "aspect_buckets = true", "aspect_buckets is True, the dataset's clips have False"),
        ("quick", "steps = 0", "steps is 0, it must be above 0"),
        ("quick", 'frames = "8"', "frames is '8', it needs int"),
    ],
)
def test_wrong_settings_are_named(preset, toml, text):
    with pytest.raises(MaskVideoError, match=text):
        resolve_settings(preset, toml, {}, CLIPS)
