import numpy as np
import pytest
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.centres import find_centres
from maskvideo.mask_tools.edit import Edit
from maskvideo.mask_tools.insert import Insertion, insert_objects
from maskvideo.mask_tools.sequence import collect
from maskvideo.mask_tools.transform import Move, MoveKey

from .tracks_base import iou, moving_disc, tracks_of

CLIP = tracks_of(moving_disc(10, step=(4, 0)), moving_disc(10, start=(60, 30), step=(0, 0)), names=["near", "far"])
SOURCE = tracks_of(moving_disc(4, start=(30, 20), step=(5, 5), radius=5), moving_disc(4), names=["near", "tree"])


def inserted(clip=CLIP, source=SOURCE, **settings):
    return collect(insert_objects(clip, source, Insertion(**({"objects": ("near",)} | settings))))


def shown(tracks, name):
    return np.flatnonzero(tracks.track(name).masks.any((1, 2))).tolist()


def test_an_object_comes_at_its_frame_and_is_gone_after_its_last():
    tracks = inserted(start=3)
    assert tracks.names == ("near 2", "near", "far") and shown(tracks, "near 2") == [3, 4, 5, 6]
    assert (tracks.track("near 2").masks[3:7] == SOURCE.track("near").masks).all()
    assert (tracks.track("near").masks == CLIP.track("near").masks).all() and len(set(tracks.colours)) == 3


@pytest.mark.parametrize(("behind", "place"), [("", 0), ("near", 1), ("far", 2)])
def test_it_takes_its_place_in_depth(behind, place):
    assert inserted(behind=behind).names.index("near 2") == place


@pytest.mark.parametrize(
    ("after", "centres"),
    [
        ("hold_last", [30, 35, 40, 45, 45, 45, 45]),
        ("loop", [30, 35, 40, 45, 40, 35, 30]),
        ("resample", np.linspace(30, 45, 7)),
    ],
)
def test_what_follows_its_last_frame_is_a_choice(after, centres):
    tracks = inserted(start=3, after=after)
    assert shown(tracks, "near 2") == list(range(3, 10))
    assert np.allclose(find_centres(tracks.track("near 2").masks[3:, None]).centre[:, 0, 0], centres, atol=0.5)


def test_it_is_edited_on_the_way():
    edit = Edit((Move((MoveKey(dx=0.25, scale=2),)),))
    tracks = inserted(edit=edit)
    assert iou(tracks.track("near 2").masks[:4], moving_disc(4, start=(50, 20), step=(5, 5), radius=10)) > 0.9


def test_size_and_frame_rate_follow_the_clip():
    clip = tracks_of(moving_disc(10), fps=12)
    large = tracks_of(moving_disc(4).repeat(2, 1).repeat(2, 2), names=["near"], fps=24)
    tracks = inserted(clip, large)
    assert tracks.size == (60, 80) and shown(tracks, "near") == [0, 1] and tracks.fps == 12
    assert (tracks.track("near").masks[:2] == moving_disc(4)[::2]).all()


def test_what_cannot_be_inserted_is_refused():
    for settings, message in (
        ({"start": 10}, "starts at frame 10: give 0 to 9"),
        ({"objects": ("bush",)}, "no object is called 'bush'"),
        ({"behind": "sky"}, "no object is called 'sky'"),
        ({"after": "x"}, "after 'x' is unknown"),
    ):
        with pytest.raises(MaskVideoError, match=message):
            inserted(**settings)
    with pytest.raises(MaskVideoError, match="different shapes"):
        inserted(source=tracks_of(moving_disc(4, (50, 50)), names=["near"]))
