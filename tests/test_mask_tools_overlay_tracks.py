import numpy as np
import pytest
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.overlay_tracks import overlay_tracks
from maskvideo.mask_tools.tracks import track_colour

from .tracks_base import moving_disc, tracks_of

TRACKS = tracks_of(moving_disc(3, radius=14), moving_disc(3, start=(40, 30), radius=14))


def grey(frames, size=(60, 80)):
    return [np.full((*size, 3), 100, np.uint8)] * frames


def test_objects_are_tinted_in_their_colours_the_front_one_over_the_one_behind():
    drawn = list(overlay_tracks(grey(3), TRACKS, opacity=1, names=False))
    assert len(drawn) == 3 and drawn[0].shape == (60, 80, 3)
    assert tuple(drawn[0][30, 14]) == track_colour(0) and tuple(drawn[0][30, 48]) == track_colour(1)
    front = TRACKS.visible("a")[0] & (TRACKS.objects[1].masks[0] == 0)
    assert tuple(drawn[0][30, 30]) in (track_colour(0), track_colour(1), (0, 0, 0)) and front.any()
    assert (drawn[0][2, 70] == 100).all()


def test_the_frames_themselves_stay_as_they_are_and_masks_follow_their_size():
    frames = grey(3, (120, 160))
    drawn = list(overlay_tracks(frames, TRACKS, opacity=0.5, names=False))
    assert (frames[0] == 100).all() and drawn[0].shape == (120, 160, 3)
    assert tuple(drawn[0][60, 28]) == pytest.approx((np.array(track_colour(0)) + 100) / 2, abs=1)


def test_names_and_warnings_are_written_and_no_frames_mean_grey_ones():
    plain, named = (list(overlay_tracks(None, TRACKS, names=names)) for names in (False, True))
    assert (plain[0] != named[0]).any()
    warned = list(overlay_tracks(None, TRACKS, warnings={1: ["a: jumps"]}))
    assert (warned[0] == named[0]).all() and (warned[1] != named[1]).any()
    assert warned[1][0, 40, 0] > 200  # a red frame around it


def test_counts_that_differ_and_a_wrong_opacity_are_refused():
    for frames in (2, 4):
        with pytest.raises(MaskVideoError, match=f"the video has {frames} frames, the masks 3: trim the longer"):
            list(overlay_tracks(grey(frames), TRACKS))
    with pytest.raises(MaskVideoError, match="opacity is 2: give 1"):
        list(overlay_tracks(grey(3), TRACKS, opacity=2))
