import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.morphology import (
    DropSpecks,
    FillHoles,
    Grow,
    Shrink,
    drop_specks,
    feather_masks,
    fill_holes,
    grow_mask,
    shrink_mask,
)
from maskvideo.mask_tools.sequence import collect

from .tracks_base import disc, few, moving_disc, random_tracks, tracks_of

SIZE = (60, 80)


def slowly_grown(mask, px):
    """The definition: every pixel whose centre is within `px` of the centre of a foreground pixel."""
    grown = np.zeros_like(mask)
    for y, x in np.argwhere(mask):
        grown |= disc(mask.shape, x + 0.5, y + 0.5, px)
    return grown


@few
@given(
    random_tracks(objects=1, frames=st.just(1), sizes=st.tuples(st.integers(8, 24), st.integers(8, 24))),
    st.integers(0, 6),
)
def test_growing_is_euclidean_and_shrinking_is_growing_the_background(tracks, px):
    mask = tracks.objects[0].masks[0]
    assert (grow_mask(mask, px) == slowly_grown(mask, px)).all()
    assert (shrink_mask(mask, px) == 1 - slowly_grown(1 - mask, px)).all()


def test_growing_a_disc_adds_to_its_radius_and_shrinking_takes_it_back():
    mask = disc(SIZE, 40, 30, 10)
    assert grow_mask(mask, 5).sum() == pytest.approx(np.pi * 15**2, rel=0.05)
    assert (shrink_mask(grow_mask(mask, 5), 5) & mask).sum() >= 0.97 * mask.sum()


def test_the_pictures_border_is_no_background():
    half = np.zeros(SIZE, np.uint8)
    half[:, :30] = 1
    assert (shrink_mask(half, 4).sum(axis=1) == 26).all()
    full = np.ones(SIZE, np.uint8)
    assert shrink_mask(full, 9).all() and grow_mask(full, 9).all() and not grow_mask(full * 0, 9).any()


def test_holes_are_filled_bays_are_not():
    ring = disc(SIZE, 40, 30, 20) & ~disc(SIZE, 40, 30, 8) & ~disc(SIZE, 28, 30, 2)
    assert (fill_holes(ring) == disc(SIZE, 40, 30, 20)).all()
    assert fill_holes(ring, largest_px=20).sum() == ring.sum() + disc(SIZE, 28, 30, 2).sum()
    open_ring = ring.copy()
    open_ring[30, 40:] = 0
    assert fill_holes(open_ring)[25, 40] == 0
    at_border = np.zeros(SIZE, np.uint8)
    at_border[0:20, 10] = at_border[0:20, 30] = at_border[20, 10:31] = 1  # a cup that opens at the picture's border
    assert (fill_holes(at_border) == at_border).all()


def test_specks_go_and_the_largest_piece_stays_in_any_case():
    mask = disc(SIZE, 40, 30, 10) | disc(SIZE, 10, 10, 2)
    assert (drop_specks(mask, 50) == disc(SIZE, 40, 30, 10)).all()
    assert (drop_specks(mask, 10_000) == disc(SIZE, 40, 30, 10)).all() and (drop_specks(mask, 3) == mask).all()
    assert not drop_specks(mask * 0, 5).any()


def test_a_feather_goes_from_0_to_1_over_its_width_around_the_outline():
    half = np.zeros((1, 8, 40), np.uint8)
    half[..., 20:] = 1
    soft = feather_masks(half, 8)[0, 0, 0, 4]
    assert soft[15] == 0 and soft[25] == 1 and soft[16:24].tolist() == pytest.approx([(i + 0.5) / 8 for i in range(8)])
    assert feather_masks(half, 0).tolist() == half[None, None].astype(float).tolist()
    assert (feather_masks(half, 8)[0, 0].numpy() > 0.5).astype(np.uint8).tolist() == half.tolist()


def test_only_the_named_objects_change():
    tracks = tracks_of(moving_disc(2), moving_disc(2, start=(50, 30)))
    for step in (Grow(2, ("b",)), Shrink(2, ("b",)), FillHoles(0, ("b",)), DropSpecks(9, ("b",))):
        changed = collect(step.applied(tracks))
        assert (changed.track("a").masks == tracks.track("a").masks).all()
    assert collect(Grow(2, ("b",)).applied(tracks)).track("b").masks.sum() > tracks.track("b").masks.sum()


def test_a_negative_width_is_refused():
    for build in (lambda: Grow(-1), lambda: Shrink(-1), lambda: feather_masks(moving_disc(1), -1)):
        with pytest.raises(MaskVideoError, match="is -1 pixels: give 0, it must be 0 or more"):
            build()
