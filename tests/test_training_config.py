"""A training config: refused where it cannot work, the same after a file."""

from dataclasses import replace

import pytest
from maskvideo.core.errors import MaskVideoError
from maskvideo.core.motion_module import MotionConfig
from maskvideo.training.config import TrainConfig, write_config

CHANGED = TrainConfig(
    steps=7,
    learning_rate=3e-5,
    betas=(0.8, 0.95),
    flips=False,
    noise_prior="random_vp",
    motion=MotionConfig(frames=24, rank=4, targets=("attn1.to_q",)),
)


def test_a_written_config_reads_back_the_same(tmp_path):
    write_config(tmp_path / "run.toml", CHANGED)
    assert TrainConfig.from_toml(tmp_path / "run.toml") == CHANGED


def test_plain_values_give_the_config_back():
    assert TrainConfig.from_dict(CHANGED.to_dict()) == CHANGED


@pytest.mark.parametrize(
    ("values", "closest"), [({"learnign_rate": 1e-4}, "learning_rate"), ({"motion": {"rnak": 8}}, "rank")]
)
def test_an_unknown_key_names_the_closest(values, closest):
    with pytest.raises(MaskVideoError, match=closest):
        TrainConfig.from_dict(values)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"width": 250}, "width is 250, it must be divisible by 8: 248 is the nearest"),
        ({"height": 3}, "height is 3, it must be divisible by 8: 8 is the nearest"),
        ({"steps": 0}, "steps is 0, it must be above 0: the default is 600"),
        ({"frames": 1}, "frames is 1, the loss leaves out the first frame: give 2 or more"),
        ({"frames": 24}, "frames is 24, the motion module counts to 16: set motion.frames to 24, or frames to 16"),
        ({"mask_drop": 1.5}, "mask_drop is 1.5, it must lie in 0..1: 1 is the nearest"),
        ({"ema_decay": 1.0}, "ema_decay is 1, the average would never move"),
        ({"grad_clip": -1.0}, "grad_clip is -1.0, it must not be negative: 0 switches it off"),
        ({"betas": (0.9, 1.0)}, "betas are .*below 1"),
        ({"schedule": "linear"}, 'schedule is "linear", it must be one of: cosine, constant'),
        ({"precision": "half"}, 'precision is "half", it must be one of: float32, bfloat16, float16'),
        ({"optimiser": "sgd"}, 'optimiser is "sgd", it must be one of: adamw, adamw8bit'),
        ({"noise_prior": "shared"}, 'noise_prior is "shared", it must be one of: first_frame'),
    ],
)
def test_a_value_that_cannot_work_is_refused_with_one_that_does(values, message):
    with pytest.raises(MaskVideoError, match=message):
        replace(TrainConfig(), **values)


def test_a_config_file_that_is_missing_or_no_toml_is_named(tmp_path):
    with pytest.raises(MaskVideoError, match=r"absent\.toml cannot be read"):
        TrainConfig.from_toml(tmp_path / "absent.toml")
    (tmp_path / "broken.toml").write_text("steps = = 3")
    with pytest.raises(MaskVideoError, match=r"broken\.toml is no TOML"):
        TrainConfig.from_toml(tmp_path / "broken.toml")
