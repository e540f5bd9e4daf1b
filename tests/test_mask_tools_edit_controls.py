from dataclasses import fields

import numpy as np
import pytest
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.edit import Edit, edit_from_json, edit_tracks, op_name
from maskvideo.mask_tools.edit_controls import EditControls

from .tracks_base import moving_disc, tracks_of

CHANGED = {
    "dx": 0.2,
    "dy": -0.1,
    "scale": 1.5,
    "rotation": 30.0,
    "x": 0.4,
    "y": 0.6,
    "zoom": 2.0,
    "roll": 10.0,
    "degrees": 15.0,
    "mirror": "horizontal",
    "frames": 9,
    "reverse": True,
    "grow_px": 2.0,
    "fill_holes": True,
    "smooth_frames": 3,
    "feather_px": 4.0,
    "more": '[{"op": "loop"}]',
}
QUALIFYING = {"objects", "about", "gradual"}
"""Controls that say how others act."""
ORDER = ["move", "camera", "slope", "mirror", "retime", "reverse", "grow", "fill_holes", "smooth", "loop"]


def discs():
    return tracks_of(moving_disc(), moving_disc(start=(60, 20), step=(-4, 2), radius=6))


def edited(**controls):
    return edit_tracks(discs(), EditControls(**controls).edit())


def centre(masks):
    rows, columns = np.nonzero(masks)
    return columns.mean(), rows.mean()


def test_every_control_at_its_default_is_no_step():
    assert EditControls().edit() == Edit()


def test_every_control_alone_makes_an_edit():
    assert CHANGED.keys() | QUALIFYING == {field.name for field in fields(EditControls)}
    unchanged = [name for name, value in CHANGED.items() if EditControls(**{name: value}).edit() == Edit()]
    assert unchanged == []


def test_controls_act_from_top_to_bottom_and_further_steps_after_them():
    assert [op_name(step) for step in EditControls(**CHANGED).edit().steps] == ORDER


def test_a_gradual_move_starts_where_the_object_is_and_ends_shifted():
    before, after = discs().track("a").masks, edited(dx=0.125, dy=0.1).track("a").masks
    assert np.array_equal(after[0], before[0])
    moved = np.subtract(centre(after[-1]), centre(before[-1]))
    assert moved == pytest.approx([10, 6], abs=0.5)


def test_a_move_that_is_not_gradual_is_the_same_in_all_frames():
    before, after = discs().track("a").masks, edited(dx=0.125, gradual=False).track("a").masks
    assert np.array_equal(after[:, :, 10:], before[:, :, :-10]) and not after[:, :, :10].any()


def test_a_camera_that_is_not_gradual_looks_there_in_the_first_frame_too():
    after = edited(x=0.25, y=0.5, gradual=False).track("a").masks  # the disc of frame 0 is at x 0.25, y 0.5
    assert centre(after[0]) == pytest.approx((39.5, 29.5), abs=0.5)


def test_named_objects_alone_are_edited():
    tracks = edited(objects=" b ,", grow_px=3.0, mirror="vertical")
    assert np.array_equal(tracks.track("a").masks, discs().track("a").masks)
    assert not np.array_equal(tracks.track("b").masks, discs().track("b").masks)


def test_growing_below_zero_shrinks():
    areas = [edited(grow_px=px).track("a").masks.sum() for px in (-2.0, 0.0, 2.0)]
    assert areas == sorted(areas) and len(set(areas)) == 3


def test_frames_and_reverse_set_the_time():
    tracks = edited(frames=11, reverse=True)
    assert tracks.count == 11
    assert np.array_equal(tracks.track("a").masks[[0, -1]], discs().track("a").masks[[-1, 0]])


def test_the_softness_of_the_control_counts_before_that_of_the_json():
    text = '{"steps": [], "feather_px": 3}'
    assert EditControls(more=text).edit().feather_px == 3
    assert EditControls(more=text, feather_px=5.0).edit().feather_px == 5


def test_an_edit_written_as_json_is_the_same_as_by_controls():
    text = (
        '[{"op": "move", "keyframes": [{}, {"time": 1, "dx": 0.1, "scale": 1.5}], "about": "frame", "objects": ["a"]}]'
    )
    assert EditControls(dx=0.1, scale=1.5, about="frame", objects="a").edit() == edit_from_json(text)


@pytest.mark.parametrize(
    ("controls", "message"),
    [
        ({"smooth_frames": 4}, "give 5, an odd number"),
        ({"degrees": 90.0}, "give less than 90"),
        ({"scale": 0.0}, "give 0.001"),
        ({"zoom": -1.0}, "give 0.001"),
        ({"feather_px": -1.0}, "give 0, it must be 0 or more"),
        ({"about": "middle", "scale": 2.0}, "choose one of object, group, frame"),
        ({"mirror": "diagonal"}, "choose one of horizontal, vertical"),
        ({"more": "loop"}, "is not readable JSON"),
        ({"more": '[{"op": "lop"}]'}, "the closest is 'loop'"),
    ],
)
def test_a_value_that_does_not_work_is_named_with_one_that_does(controls, message):
    with pytest.raises(MaskVideoError, match=message):
        EditControls(**controls).edit()


def test_an_unknown_object_is_named_with_those_that_there_are():
    with pytest.raises(MaskVideoError, match="no object is called 'c'"):
        edited(objects="c", dx=0.1)
