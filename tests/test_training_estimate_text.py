"""An estimate in words, and a run that would not fit the device."""

import pytest
from maskvideo.core.errors import MaskVideoError
from maskvideo.training.config import TrainConfig
from maskvideo.training.estimate import TrainingEstimate
from maskvideo.training.estimate_text import check_memory, describe_estimate, in_bytes, in_time

ESTIMATE = TrainingEstimate(1234567, 15_000_000, 4_000_000_000, 0.5)


def test_memory_and_time_are_said_with_their_parts():
    text = describe_estimate(ESTIMATE, 2_000_000_000, 600)
    assert text.splitlines() == [
        "memory: about 6.0 GB (base 2.0 GB, 1,234,567 trained parameters 15 MB, one step 4.0 GB)",
        "time: about 5 min for 600 steps, 0.5 s each",
    ]


def test_a_run_that_fits_passes_and_one_that_does_not_says_what_would():
    check_memory(ESTIMATE, 2_000_000_000, 6_015_000_000, TrainConfig())
    with pytest.raises(MaskVideoError) as error:
        check_memory(ESTIMATE, 2_000_000_000, 4_015_000_000, TrainConfig())
    assert str(error.value) == (
        "training needs about 6.0 GB, the device has 4.0 GB: set gradient_checkpointing = true, or "
        'precision = "bfloat16", or frames = 8, or a smaller size in Motion Dataset'
    )


def test_cures_that_are_taken_already_are_not_offered():
    config = TrainConfig(gradient_checkpointing=True, precision="bfloat16")
    with pytest.raises(MaskVideoError, match=r"has 2\.0 GB: set a smaller size in Motion Dataset$"):
        check_memory(ESTIMATE, 2_000_000_000, 2_000_000_000, config)


def test_amounts_and_times_have_fitting_units():
    assert [in_bytes(340e6), in_bytes(1.2e9)] == ["340 MB", "1.2 GB"]
    assert [in_time(40), in_time(720), in_time(12600)] == ["40 s", "12 min", "3.5 h"]
