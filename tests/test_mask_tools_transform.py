import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.camera import Camera, CameraKey
from maskvideo.mask_tools.centres import find_centres
from maskvideo.mask_tools.retime import Reverse, Trim
from maskvideo.mask_tools.sequence import collect
from maskvideo.mask_tools.transform import Mirror, Move, MoveKey, Placed, placed

from .tracks_base import differ_only_at_outlines, disc, few, iou, moving_disc, random_tracks, tracks_of

SIZE = (60, 80)


def edited(tracks, *steps):
    for step in steps:
        tracks = step.applied(tracks)
    return collect(tracks)


def constant(about="object", **values):
    return Move((MoveKey(**values),), about)


def centres(tracks):
    """[T, 2] of the first object, in pixels."""
    return find_centres(tracks.batch(range(tracks.count))).centre[:, 0]


@few
@given(random_tracks(), st.floats(1, 3), st.sampled_from(["object", "frame", "group", (0.3, 0.6)]))
def test_scaling_and_its_inverse_are_the_identity_within_a_pixel_of_the_outline(tracks, scale, about):
    back = edited(tracks, constant(about, scale=scale), constant(about, scale=1 / scale))
    # As one product: nothing is lost.
    assert (back.batch(range(tracks.count)) == tracks.batch(range(tracks.count))).all()


@few
@given(st.floats(1, 2.5), st.floats(4, 7.5))  # larger ones leave the picture
def test_scaling_written_out_and_scaled_back_is_the_identity_within_a_pixel(scale, radius):
    tracks = tracks_of(moving_disc(3, SIZE, start=(36, 26), step=(4, 3), radius=radius))
    large = edited(tracks, constant("frame", scale=scale))
    back = edited(large, constant("frame", scale=1 / scale))
    assert differ_only_at_outlines(tracks.union(), back.union())


@few
@given(
    random_tracks(frames=st.integers(2, 5)),
    st.floats(-40, 40),
    st.floats(0.7, 1.6),
    st.floats(-0.3, 0.3),
    st.booleans(),
)
def test_composed_transforms_are_the_product_of_their_matrices(tracks, rotation, scale, dx, own):
    first = constant("object" if own else "frame", rotation=rotation, dx=dx)
    then = Camera((CameraKey(), CameraKey(1, x=0.4, zoom=scale, roll=-rotation)))
    last = Mirror("vertical", "object" if own else "frame")
    masks = tracks.batch(range(tracks.count))
    frames = np.arange(tracks.count)

    def matrices(*steps):
        sequence = placed(tracks)
        for step in steps:
            sequence = step.applied(sequence)
        assert isinstance(sequence, Placed) and sequence.base is tracks  # one resampling, however many steps
        return sequence.matrices(frames, masks)

    together = matrices(first, then, last)
    moved = np.einsum(
        "tnij,tnj->tni",
        matrices(first, then),
        np.append(find_centres(masks).centre, np.ones((*masks.shape[:2], 1)), -1),
    )
    flip = np.broadcast_to(np.diag([1.0, -1, 1]), together.shape).copy()
    flip[..., 1, 2] = 2 * (moved[..., 1] if own else tracks.size[0] / 2)
    camera = Camera(then.keyframes).applied(placed(tracks)).matrices(frames, masks)
    np.testing.assert_allclose(together, flip @ camera @ matrices(first), atol=1e-6)


def test_each_unit_means_what_it_says():
    tracks = tracks_of(moving_disc(2, SIZE, start=(20, 30), step=(0, 0)))
    assert np.allclose(centres(edited(tracks, constant(dx=0.25, dy=-0.1))), [[40, 24]] * 2, atol=0.3)
    assert np.allclose(
        centres(edited(tracks, constant((0.5, 0.5), rotation=90))), [[40, 10]] * 2, atol=0.3
    )  # clockwise
    assert np.allclose(centres(edited(tracks, constant("frame", scale=0.5))), [[30, 30]] * 2, atol=0.3)
    bigger = edited(tracks, constant(scale=1.5))
    assert np.allclose(centres(bigger), [[20, 30]] * 2, atol=0.3)
    assert bigger.union()[0].sum() == pytest.approx(2.25 * tracks.union()[0].sum(), rel=0.03)


def test_keyframes_are_met_and_a_zoom_goes_at_an_even_pace():
    tracks = tracks_of(moving_disc(5, (100, 100), start=(50, 50), step=(0, 0), radius=7))
    for easing in ("linear", "smooth"):
        grown = edited(tracks, Move((MoveKey(), MoveKey(1, dx=0.2, scale=4)), easing=easing))
        areas = grown.union().sum((1, 2))
        assert np.allclose(areas[1:] / areas[:-1], 2, rtol=0.05)
        assert np.allclose(centres(grown)[:, 0], np.linspace(50, 70, 5), atol=0.4)


def test_about_the_object_its_own_motion_stays_about_the_frame_it_is_scaled_too():
    tracks = tracks_of(moving_disc(5, SIZE, start=(20, 30), step=(8, 0), radius=6))
    assert np.allclose(np.diff(centres(edited(tracks, constant("object", scale=0.5)))[:, 0]), 8, atol=0.3)
    assert np.allclose(np.diff(centres(edited(tracks, constant("frame", scale=0.5)))[:, 0]), 4, atol=0.3)


def test_a_group_keeps_together_and_others_stay_where_they_are():
    rider, horse = (moving_disc(2, SIZE, start=(40, y), step=(0, 0), radius=5) for y in (24, 36))
    other = moving_disc(2, SIZE, start=(10, 10), step=(0, 0), radius=5)
    tracks = tracks_of(rider, horse, other, names=["rider", "horse", "other"])
    moved = edited(tracks, Move((MoveKey(scale=2),), "group", objects=("rider", "horse")))
    places = find_centres(moved.batch([0])).centre[0]
    assert np.allclose(places, [[40, 18], [40, 42], [10, 10]], atol=0.4)
    assert (moved.track("other").masks == other).all()


def test_mirroring_twice_is_the_identity_and_once_swaps_the_sides():
    tracks = tracks_of((np.random.default_rng(0).random((3, 20, 31)) > 0.5).astype(np.uint8))
    assert (edited(tracks, Mirror()).union() == tracks.union()[..., ::-1]).all()
    assert (edited(tracks, Mirror("vertical")).union() == tracks.union()[:, ::-1]).all()
    assert (edited(tracks, Mirror(), Mirror()).union() == tracks.union()).all()


def test_an_object_leaves_and_an_empty_frame_stays_empty():
    masks = moving_disc(4)
    masks[2] = 0
    moved = edited(tracks_of(masks), constant(dx=0.1, scale=2)).union()
    assert moved[[0, 1, 3]].any((1, 2)).all() and not moved[2].any()
    assert not edited(tracks_of(masks), constant(dx=3)).union().any()
    assert not edited(tracks_of(masks), constant(dx=1e30, dy=-1e30)).union().any()


def test_a_transform_keeps_its_clock_when_frames_are_reordered_after_it():
    tracks = tracks_of(moving_disc(5, SIZE, start=(20, 30), step=(0, 0)))
    move = Move((MoveKey(), MoveKey(1, dx=0.4)))
    assert (edited(tracks, move, Reverse()).union() == edited(tracks, move).union()[::-1]).all()
    assert (edited(tracks, move, Trim(1, 3)).union() == edited(tracks, move).union()[1:3]).all()
    assert np.allclose(centres(edited(tracks, Trim(1, 3), move))[:, 0], [20, 52], atol=0.3)  # a clock of its own


def test_one_frame_is_a_clip_too():
    tracks = tracks_of(disc(SIZE, 20, 30, 8)[None])
    assert edited(tracks, Move((MoveKey(dx=0.1), MoveKey(1, dx=0.5)))).count == 1
    assert iou(edited(tracks, constant(scale=1.0)).union(), tracks.union()) == 1


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Move(()), "keyframe times must rise"),
        (lambda: Move((MoveKey(1), MoveKey(0))), "keyframe times must rise"),
        (lambda: constant(scale=0), r"scale is 0: give 0\.001"),
        (lambda: constant(scale=-2), r"scale is -2: give 0\.001"),
        (lambda: constant(dx=float("nan")), "dx of keyframe 0 is nan: give a finite number"),
        (lambda: constant((0.5, float("inf"))), r"about is \(0\.5, inf\)"),
        (lambda: constant(scale=1e9), "scale is 1e[+]09: give 1000"),
        (lambda: constant("center"), "about 'center' is unknown: choose one of object, group, frame"),
        (lambda: constant((0.5,)), r"about is \(0\.5,\)"),
        (lambda: Move((MoveKey(),), easing="x"), "easing 'x' is unknown"),
        (lambda: Mirror("diagonal"), "axis 'diagonal' is unknown"),
        (lambda: Camera((CameraKey(zoom=0),)), r"zoom is 0: give 0\.001"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_nearest_that_can(build, message):
    with pytest.raises(MaskVideoError, match=message):
        build()
