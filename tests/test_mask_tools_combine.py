import numpy as np
import pytest
from hypothesis import given
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.combine import OPERATIONS, Select, combine_sequences
from maskvideo.mask_tools.sequence import collect
from maskvideo.mask_tools.tracks import track_colour

from .tracks_base import few, iou, moving_disc, random_tracks, tracks_of

RULES = {
    "union": lambda seen: seen.any(axis=0),
    "intersection": lambda seen: seen.all(axis=0),
    "difference": lambda seen: seen[0] & ~seen[1:].any(axis=0),
    "exclusive": lambda seen: seen.sum(axis=0) == 1,
}


def combined(*sequences, **settings):
    return collect(combine_sequences(sequences, **settings))


@few
@given(random_tracks(objects=3))
def test_each_operation_is_the_one_of_sets(tracks):
    parts = [tracks_of(track.masks) for track in tracks.objects]
    seen = np.stack([track.masks > 0 for track in tracks.objects])
    for operation, rule in RULES.items():
        result = combined(*parts, operation=operation)
        assert result.names == (operation,) and (result.union() == rule(seen)).all(), operation


def test_layers_keep_every_object_the_first_in_front_with_names_and_colours_of_its_own():
    first, second = (
        tracks_of(moving_disc(3), names=["dog"]),
        tracks_of(moving_disc(3), moving_disc(3), names=["cat", "dog"]),
    )
    layers = combined(first, second)
    assert layers.names == ("dog", "cat", "dog 2") and len(set(layers.colours)) == 3
    assert layers.colours[0] == track_colour(0)
    assert not layers.visible("cat").any()


def test_the_order_of_depth_is_changed_by_naming_it():
    tracks = tracks_of(moving_disc(2), moving_disc(2, radius=6), names=["big", "small"])
    turned = collect(Select(("small", "big")).applied(tracks))
    assert turned.names == ("small", "big") and turned.visible("small").any() and turned.colours == tracks.colours[::-1]
    assert collect(Select(("small",)).applied(tracks)).names == ("small",)
    with pytest.raises(MaskVideoError, match="no object is called 'tall': did you mean"):
        Select(("tall",)).applied(tracks)
    with pytest.raises(MaskVideoError, match="names no object"):
        Select(())


def test_one_mask_is_held_and_other_lengths_are_an_explicit_choice():
    clip, still = tracks_of(moving_disc(5)), tracks_of(moving_disc(1))
    assert combined(clip, still, operation="intersection").count == 5
    assert combined(still, clip, operation="intersection").count == 5
    short = tracks_of(moving_disc(3, step=(12, 4)))
    with pytest.raises(MaskVideoError, match=r"the video needs 5: .* to make \[3, 60, 80\] into \[5, 60, 80\]"):
        combined(clip, short)
    assert iou(combined(short, clip, operation="union", length="resample").union()[:1], moving_disc(1)) == 1
    spread = combined(clip, short, operation="intersection", length="resample")
    assert iou(spread.union(), clip.union()) > 0.8
    held = combined(clip, short, length="hold_last")
    assert (held.objects[1].masks[2:] == short.union()[2]).all()


def test_sizes_follow_the_first_and_other_shapes_are_refused_with_the_crop():
    clip = tracks_of(moving_disc(2))
    double = tracks_of(moving_disc(2).repeat(2, 1).repeat(2, 2))
    assert (combined(clip, double, operation="exclusive").union() == 0).all()
    with pytest.raises(MaskVideoError, match="masks of 80x60 and 60x60 have pictures of different shapes: crop"):
        combined(clip, tracks_of(moving_disc(2, (60, 60))))


def test_an_unknown_operation_and_nothing_are_refused():
    with pytest.raises(MaskVideoError, match=f"operation 'xor' is unknown: choose one of {', '.join(OPERATIONS)}"):
        combine_sequences([tracks_of(moving_disc(2))], "xor")
    with pytest.raises(MaskVideoError, match="nothing to combine"):
        combine_sequences([])
