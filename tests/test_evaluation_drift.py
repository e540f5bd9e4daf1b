import json

import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.evaluation.drift import measure_drift
from torch.nn.functional import avg_pool3d


def textured(frames=8):
    """The same grain in every frame, [1, 3, T, 24, 32]."""
    still = torch.rand(1, 3, 1, 24, 32, generator=torch.Generator().manual_seed(0)) * 0.5 + 0.2
    return still.repeat(1, 1, frames, 1, 1)


def test_a_still_video_does_not_drift():
    drift = measure_drift(textured())
    assert drift.colour == drift.colour_end == 0
    assert drift.sharpness_per_frame == pytest.approx([1] * 8) and drift.sharpness == pytest.approx(1)


def test_motion_is_no_drift():
    moving = torch.stack([textured()[:, :, 0].roll((t, 2 * t), (-2, -1)) for t in range(8)], dim=2)
    drift = measure_drift(moving)
    assert drift.colour == 0
    assert drift.sharpness == pytest.approx(1, abs=0.02)


def test_a_rising_shift_of_colour_is_measured_in_each_frame():
    shifts = torch.arange(8) * 0.02
    drift = measure_drift(textured() + shifts.view(1, 1, 8, 1, 1))
    assert drift.colour_per_frame == pytest.approx(shifts.tolist(), abs=1e-6)
    assert drift.colour == pytest.approx(0.08, abs=1e-6)
    assert drift.colour_end == pytest.approx(0.13, abs=1e-6)
    assert drift.sharpness == pytest.approx(1, abs=1e-4)


def test_a_shift_of_one_channel_counts_a_third():
    frames = textured(2)
    frames[:, 1, 1] += 0.3
    assert measure_drift(frames).colour == pytest.approx(0.1, abs=1e-6)


def test_blur_lowers_the_sharpness_and_noise_raises_it():
    frames = textured()
    frames[:, :, 4:] = avg_pool3d(frames[:, :, 4:], (1, 3, 3), 1, (0, 1, 1))
    blurred = measure_drift(frames)
    assert blurred.sharpness_per_frame[3] == pytest.approx(1) and blurred.sharpness_end < 0.6
    noisy = textured()
    noisy[:, :, 4:] += 0.2 * torch.randn(1, 3, 4, 24, 32, generator=torch.Generator().manual_seed(1))
    assert measure_drift(noisy).sharpness_end > 1.02


def test_a_flat_first_frame_has_no_sharpness_to_compare_with():
    drift = measure_drift(torch.full((1, 3, 4, 8, 8), 0.5))
    assert drift.sharpness_per_frame == [None] * 4 and drift.sharpness is None


def test_the_report_is_json_with_one_value_for_each_frame():
    report = json.loads(json.dumps(measure_drift(textured()).report()))
    assert len(report["drift_colour_per_frame"]) == len(report["drift_sharpness_per_frame"]) == 8
    assert report["drift_sharpness"] == 1.0


def test_a_single_frame_agrees_with_itself():
    assert measure_drift(textured(1)).colour_end == 0


def test_two_videos_at_once_are_refused():
    with pytest.raises(MaskVideoError, match="one video is measured at a time"):
        measure_drift(textured().repeat(2, 1, 1, 1, 1))
