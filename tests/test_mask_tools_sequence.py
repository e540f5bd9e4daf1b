import numpy as np
from hypothesis import given
from maskvideo.mask_tools.sequence import CHUNK_FRAMES, chosen, chunks, collect
from maskvideo.mask_tools.tracks import Tracks

from .tracks_base import few, moving_disc, random_tracks, tracks_of


@few
@given(random_tracks())
def test_tracks_in_memory_are_a_sequence_that_collects_to_itself(tracks):
    again = collect(tracks)
    assert isinstance(again, Tracks) and (again.names, again.colours, again.fps) == (
        tracks.names,
        tracks.colours,
        tracks.fps,
    )
    assert (again.batch(range(tracks.count)) == tracks.batch(range(tracks.count))).all()


def test_a_batch_has_the_frames_in_the_order_asked_for():
    tracks = tracks_of(moving_disc(4), moving_disc(4, start=(50, 20)))
    assert tracks.batch([3, 1, 1]).shape == (3, 2, 60, 80)
    assert (tracks.batch([3, 1, 1])[:, 1] == tracks.objects[1].masks[[3, 1, 1]]).all()


def test_chunks_cover_all_frames_once():
    assert np.concatenate(chunks(40)).tolist() == list(range(40))
    assert max(map(len, chunks(40))) == CHUNK_FRAMES and chunks(0) == []


def test_no_names_choose_all_objects():
    tracks = tracks_of(moving_disc(1), moving_disc(1))
    assert chosen(tracks, ()) == (0, 1) and chosen(tracks, ("b",)) == (1,)
