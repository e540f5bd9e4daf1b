"""Windows joined to a video: what is handed on, what is kept, what stays anchored."""

import torch
from maskvideo.core.extension import join_windows, span_of
from maskvideo.core.sample_settings import GuidanceSettings
from maskvideo.core.windows import plan_windows

FIRST = torch.randn(1, 4, 6, 8, generator=torch.Generator().manual_seed(0))
MASKS = torch.zeros(1, 1, 7, 48, 64)
MASKS[..., 8:40, 8:40] = 1


def counting(index, window, start):
    """Each frame holds its window's number; frame 0 is the start that came."""
    latent = torch.full((1, 4, window.stop - window.start, 6, 8), float(index + 1))
    latent[:, :, 0] = start
    return latent


def test_each_window_starts_from_the_latent_that_the_one_before_made():
    starts = []

    def note(index, window, start):
        starts.append(start)
        return counting(index, window, start)

    windows = plan_windows(7, 3, 2)
    video = join_windows(windows, FIRST, MASKS, GuidanceSettings(), note)
    assert torch.equal(starts[0], FIRST)
    assert all(torch.equal(start, video[:, :, window.start]) for window, start in zip(windows, starts, strict=True))


def test_the_frames_follow_one_another_and_frame_zero_is_the_first_frame():
    video = join_windows(plan_windows(7, 3, 2), FIRST, MASKS, GuidanceSettings(), counting)
    assert video[0, 0, 1:, 0, 0].tolist() == [1, 1, 2, 2, 3, 3]
    assert torch.equal(video[:, :, 0], FIRST)


def test_an_even_window_goes_on_beyond_the_video_with_the_last_mask_and_keeps_nothing_there():
    windows, spans = plan_windows(5, 4, 2, "even"), []
    masks = torch.arange(5.0).view(1, 1, 5, 1, 1).expand(1, 1, 5, 48, 64)

    def note(index, window, start):
        spans.append(span_of(masks, window)[0, 0, :, 0, 0].tolist())
        return counting(index, window, start)

    video = join_windows(windows, FIRST, None, GuidanceSettings(), note)
    assert spans == [[0, 1, 2, 3], [2, 3, 4, 4]] and video.shape[2] == 5
    assert video[0, 0, 1:, 0, 0].tolist() == [1, 1, 2, 2]


def test_statistics_of_later_windows_are_the_first_frames():
    def drifting(index, window, start):
        return torch.randn(1, 4, 3, 6, 8) + 5 * index

    windows, settings = plan_windows(7, 3, 2), GuidanceSettings(adain="end", adain_regions=False)
    plain = join_windows(windows, FIRST, None, GuidanceSettings(), drifting)
    anchored = join_windows(
        windows, FIRST, None, settings, lambda *given: torch.cat([FIRST[:, :, None], drifting(*given)[:, :, 1:]], 2)
    )
    assert (plain[:, :, -1].mean((-1, -2)) - FIRST.mean((-1, -2))).abs().min() > 5
    torch.testing.assert_close(anchored[:, :, -1].mean((-1, -2)), FIRST.mean((-1, -2)), rtol=1e-3, atol=1e-3)
