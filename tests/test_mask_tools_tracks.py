import numpy as np
import pytest
import torch
from hypothesis import given
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.tracks import PALETTE, Track, Tracks, free_name, track_colour

from .tracks_base import few, moving_disc, random_tracks, tracks_of


def test_colours_are_constant_distinct_and_never_black():
    colours = [track_colour(index) for index in range(100)]
    assert colours[: len(PALETTE)] == list(PALETTE) and len(set(colours)) == 100 and (0, 0, 0) not in colours


@few
@given(random_tracks())
def test_the_union_is_what_any_object_shows_and_visible_parts_make_it_up_without_overlap(tracks):
    union = np.any([track.masks for track in tracks.objects], axis=0)
    visible = np.sum([tracks.visible(name) for name in tracks.names], axis=0)
    assert (tracks.union() == union).all() and (visible == union).all()
    assert (tracks.visible(tracks.names[0]) == tracks.objects[0].masks).all()
    assert tracks.tensor().shape == (1, 1, tracks.count, *tracks.size) and tracks.tensor().dtype == torch.float32


def test_a_mask_sequence_of_any_kind_is_one_object():
    masks = moving_disc(3)
    soft = torch.from_numpy(masks).float()[None, None] * 0.8
    for kind in (masks, masks * 255, masks > 0, soft, soft.double()[0, 0]):
        tracks = Tracks.from_masks(kind, fps=8)
        assert (tracks.objects[0].masks == masks).all() and tracks.names == ("object 1",) and tracks.fps == 8


def test_an_unknown_object_is_told_with_the_closest_name():
    tracks = tracks_of(moving_disc(2), moving_disc(2), names=["rider", "horse"])
    with pytest.raises(MaskVideoError, match=r"no object is called 'hose': did you mean 'horse'"):
        tracks.track("hose")
    assert tracks.track("horse").name == "horse"


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda m: Tracks(()), "give at least one"),
        (lambda m: tracks_of(m, m, names=["a", "a"]), r"two objects are called 'a': rename one, such as 'a 2'"),
        (lambda m: tracks_of(m, m[:2]), r"'a' is 3 frames of 80x60, 'b' is 2 frames of 80x60"),
        (lambda m: tracks_of(m, fps=0), "0 frames per second"),
        (lambda m: Track("", (1, 2, 3), m), "name is ''"),
        (lambda m: Track("a", (0, 0, 0), m), "not all 0"),
        (lambda m: Track("a", (1, 2, 256), m), "three whole numbers 0 to 255"),
        (lambda m: Track("a", (1, 2, 3), m * 255), "values up to 255"),
        (lambda m: Track("a", (1, 2, 3), m.astype(float)), r"are float64 \[3, 60, 80\]: give uint8"),
        (lambda m: Track("a", (1, 2, 3), m[:0]), "at least one frame"),
        (lambda m: Tracks.from_masks(m[0]), r"shape \[60, 80\] came"),
    ],
)
def test_what_makes_no_tracks_is_refused_with_the_cure(build, message):
    with pytest.raises(MaskVideoError, match=message):
        build(moving_disc(3))


def test_a_free_name_counts_on():
    assert free_name("dog", ["cat"]) == "dog"
    assert free_name("dog", ["dog", "dog 2"]) == "dog 3"
    assert free_name("object 1", ["object 1", "object 2"]) == "object 3"
