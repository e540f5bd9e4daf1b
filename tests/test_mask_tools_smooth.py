import numpy as np
import pytest
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.centres import find_centres
from maskvideo.mask_tools.sequence import collect
from maskvideo.mask_tools.smooth import Smooth

from .tracks_base import iou, moving_disc, tracks_of

SIZE = (60, 100)


def smoothed(masks, frames=5):
    return collect(Smooth(frames).applied(tracks_of(masks))).union()


def flicker(masks):
    """Mean change of area from frame to frame, as a part of the area."""
    areas = masks.sum((1, 2)).astype(float)
    return float(np.abs(np.diff(areas)).mean() / areas.mean())


def test_even_motion_is_left_as_it_is_without_lag():
    masks = moving_disc(9, SIZE, step=(6, 1))
    assert iou(smoothed(masks), masks) > 0.97


def test_flicker_and_trembling_become_less():
    generator = np.random.default_rng(0)
    steady = moving_disc(12, SIZE, step=(4, 1))
    trembling = np.stack(
        [
            moving_disc(
                1, SIZE, np.array([20 + 4 * t, 30 + t]) + generator.normal(size=2), radius=10 + generator.normal()
            )[0]
            for t in range(12)
        ]
    )
    calm = smoothed(trembling, 7)
    assert flicker(calm) < 0.5 * flicker(trembling)

    def error(masks):
        return np.abs(find_centres(masks[:, None]).centre - find_centres(steady[:, None]).centre)[3:-3].mean()

    assert error(calm) < 0.75 * error(trembling)


def test_a_frame_that_dropped_out_is_filled_and_a_flash_goes():
    masks = moving_disc(9, SIZE, step=(6, 1))
    gap = masks.copy()
    gap[4] = 0
    assert iou(smoothed(gap)[4:5], masks[4:5]) > 0.9
    flash = np.zeros_like(masks)
    flash[4] = masks[4]
    assert not smoothed(flash).any()


def test_one_frame_and_a_window_of_one_change_nothing():
    masks = moving_disc(5)
    assert (smoothed(masks, 1) == masks).all() and (smoothed(masks[:1], 9) == masks[:1]).all()


def test_frames_asked_for_in_any_order_are_the_same():
    sequence = Smooth(3).applied(tracks_of(moving_disc(6)))
    assert (sequence.batch([5, 0, 3])[:, 0] == smoothed(moving_disc(6), 3)[[5, 0, 3]]).all()


@pytest.mark.parametrize("frames", [0, 4, -3])
def test_an_even_window_is_refused(frames):
    with pytest.raises(
        MaskVideoError, match=f"smooth over {frames} frames: give {max(frames, 0) // 2 * 2 + 1}, an odd"
    ):
        Smooth(frames)
