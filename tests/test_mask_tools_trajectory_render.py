"""A trajectory as tracks, boxes and lists of points."""

import json

import numpy as np
import pytest
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.camera import Camera, CameraKey
from maskvideo.mask_tools.centres import find_centres
from maskvideo.mask_tools.edit import Edit, edit_tracks
from maskvideo.mask_tools.prompt_json import parse_boxes
from maskvideo.mask_tools.sequence import collect
from maskvideo.mask_tools.trajectory import trajectory_from_json
from maskvideo.mask_tools.trajectory_render import DrawnTracks, box_lists, point_lists

from .tracks_base import iou
from .web.trajectory_base import ELLIPSE, POLYGON, trajectory

SIZE = (96, 160)
STRAIGHT = [{"time": 0, "x": 0.25, "y": 0.5}, {"time": 1, "x": 0.75, "y": 0.5}]


def drawn(*objects, frames=5, size=SIZE, camera=(), **settings):
    return DrawnTracks(trajectory_from_json(trajectory(*objects, camera=camera)), frames, size, **settings)


def centres(sequence):
    """[T, 2] of the first object."""
    return find_centres(sequence.batch(range(sequence.count))).centre[:, 0]


def test_objects_go_where_their_keyframes_say():
    found = centres(drawn(ELLIPSE | {"position": STRAIGHT}))
    assert np.allclose(found, [(x, 48) for x in (40, 60, 80, 100, 120)], atol=0.3)


def test_a_picture_of_another_aspect_keeps_the_shape_and_spreads_the_way():
    wide = drawn(ELLIPSE | {"position": STRAIGHT}, size=(96, 320))
    assert np.allclose(centres(wide)[[0, 4]], [(80, 48), (240, 48)], atol=0.3)
    assert wide.batch([0])[0, 0].sum() == drawn(ELLIPSE | {"position": STRAIGHT}).batch([0])[0, 0].sum()


def test_more_frames_are_the_same_motion_in_more_steps():
    few, many = drawn(POLYGON, frames=5), drawn(POLYGON, frames=17)
    assert (few.batch(range(5)) == many.batch(range(0, 17, 4))).all()


def test_an_object_is_there_from_its_start_to_its_end_but_where_it_is_hidden():
    hidden = [{"time": 0, "visible": True}, {"time": 0.5, "visible": False}, {"time": 0.75, "visible": True}]
    seen = drawn(ELLIPSE | {"start": 0.25, "end": 1, "visible": hidden}).batch(range(5)).any(axis=(1, 2, 3))
    assert seen.tolist() == [False, True, False, True, True]


def test_the_camera_is_the_camera_of_the_edits():
    ends = [{"time": 0, "easing": "linear"}, {"time": 1, "x": 0.4, "y": 0.6, "zoom": 1.5, "roll": 20}]
    keys = tuple(CameraKey(**{name: value for name, value in key.items() if name != "easing"}) for key in ends)
    edited = edit_tracks(collect(drawn(POLYGON)), Edit((Camera(keys, "linear"),)))
    assert iou(collect(drawn(POLYGON, camera=ends)).objects[0].masks, edited.objects[0].masks) > 0.93


def test_points_are_the_places_of_the_origins_in_pixels_for_each_frame():
    lists = json.loads(point_lists(drawn(ELLIPSE | {"position": STRAIGHT}, POLYGON | {"start": 1})))
    assert [len(one) for one in lists] == [5, 5]
    assert lists[0][1] == {"x": 60.0, "y": 48.0}


def test_boxes_are_what_the_prompts_read_and_hold_the_objects():
    sequence = drawn(ELLIPSE | {"position": STRAIGHT, "end": 0.5})
    boxes = json.loads(box_lists(sequence))
    assert [entry["frame"] for entry in boxes["object 1"]] == [0, 1, 2]
    assert np.allclose(
        boxes["object 1"][0]["box"], [(40 - 28.8) / 160, (48 - 19.2) / 96, 68.8 / 160, 67.2 / 96], atol=0.01
    )
    assert parse_boxes(box_lists(sequence), SIZE)[0].name == "object 1"


def test_each_image_is_read_once_and_a_missing_reader_is_told():
    shape = {"shape": {"kind": "bitmap", "file": "m.png", "width": 0.3, "height": 0.3}}
    asked = []

    def opened(name):
        asked.append(name)
        return np.full((4, 4), 255, np.uint8)

    sequence = drawn(shape, shape, open_bitmap=opened)
    assert asked == ["m.png"] and sequence.batch([0]).any()
    with pytest.raises(MaskVideoError, match=r"m\.png"):
        drawn(shape)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"frames": 0}, "frames is 0: give 1 or more"),
        ({"frames": 100_001}, "frames is 100001: give 100000 or less"),
        ({"size": (0, 8)}, "height is 0"),
        ({"size": (8, 9000)}, "width is 9000: give 8192 or less"),
    ],
)
def test_counts_and_sizes_that_cannot_be_drawn_are_told(settings, message):
    with pytest.raises(MaskVideoError, match=message):
        drawn(ELLIPSE, **settings)


def test_ten_thousand_frames_are_drawn_when_they_are_asked_for():
    sequence = drawn(ELLIPSE | {"position": STRAIGHT}, frames=10_000)
    assert sequence.count == 10_000 and np.allclose(centres_of(sequence, 9_999), (120, 48), atol=0.3)


def centres_of(sequence, frame):
    return find_centres(sequence.batch([frame])).centre[0, 0]
