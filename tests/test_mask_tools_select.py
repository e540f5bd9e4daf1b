from itertools import pairwise

import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.select import evenly_spaced, select_frames


@pytest.mark.parametrize("total, frames", [(90, 16), (16, 16), (17, 16), (5, 2), (1, 1)])
def test_the_choice_starts_at_the_first_ends_at_the_last_and_never_repeats(total, frames):
    chosen = evenly_spaced(total, frames)
    assert len(set(chosen)) == frames and chosen == sorted(chosen)
    assert chosen[0] == 0 and (frames == 1 or chosen[-1] == total - 1)


def test_the_steps_differ_by_at_most_one():
    chosen = evenly_spaced(90, 16)
    steps = {b - a for a, b in pairwise(chosen)}
    assert max(steps) - min(steps) <= 1


@pytest.mark.parametrize("frames, nearest", [(17, 16), (0, 1)])
def test_more_frames_than_there_are_is_refused(frames, nearest):
    with pytest.raises(MaskVideoError, match=f"sequence has 16: set frames to {nearest}"):
        evenly_spaced(16, frames)


def test_select_takes_those_frames():
    video = torch.arange(9.0).view(1, 1, 9, 1, 1)
    assert select_frames(video, 3).flatten().tolist() == [0, 4, 8]
