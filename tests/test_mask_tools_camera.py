import numpy as np
import pytest
from maskvideo.mask_tools.camera import Camera, CameraKey
from maskvideo.mask_tools.centres import find_centres
from maskvideo.mask_tools.sequence import collect

from .tracks_base import moving_disc, tracks_of

SIZE = (100, 100)


def seen(*keys, start=(60, 50), frames=5):
    """Centre and area of a still disc in every frame."""
    tracks = tracks_of(moving_disc(frames, SIZE, start, (0, 0), radius=5))
    found = find_centres(collect(Camera(tuple(keys)).applied(tracks)).batch(range(frames)))
    return found.centre[:, 0], found.area[:, 0]


def test_zoom_pan_and_roll_do_what_a_camera_does():
    assert seen(CameraKey(zoom=2))[0][0] == pytest.approx((70, 50), abs=0.3)
    assert seen(CameraKey(x=0.6))[0][0] == pytest.approx((50, 50), abs=0.3)  # it looks at the disc
    assert seen(CameraKey(roll=90))[0][0] == pytest.approx((50, 40), abs=0.3)  # turned clockwise, the picture is not
    assert seen(CameraKey(x=0.6, zoom=3, roll=40))[0][0] == pytest.approx((50, 50), abs=0.3)


def test_a_camera_acts_on_all_objects_alike_over_its_keyframes():
    centre, area = seen(CameraKey(), CameraKey(1, x=0.6, zoom=2))
    assert np.allclose(area[-1] / area[0], 4, rtol=0.1) and centre[-1] == pytest.approx((50, 50), abs=0.3)
    tracks = tracks_of(*(moving_disc(2, SIZE, start, (0, 0), 4) for start in ((40, 40), (60, 60))))
    moved = find_centres(collect(Camera((CameraKey(zoom=2),)).applied(tracks)).batch([1])).centre[0]
    assert np.allclose(moved, [[30, 30], [70, 70]], atol=0.4)
