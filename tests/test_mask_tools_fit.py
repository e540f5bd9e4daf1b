import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.fit import fit_masks, fit_sequence
from maskvideo.mask_tools.sequence import collect

from .tracks_base import counts, few, random_tracks, sizes


def test_a_mask_sequence_that_fits_is_unchanged():
    masks = (torch.rand(2, 1, 3, 8, 8) > 0.5).float()
    assert torch.equal(fit_masks(masks, 3, (8, 8)), masks)


def test_one_mask_is_held_for_all_frames():
    mask = (torch.rand(1, 1, 1, 8, 8) > 0.5).float()
    fitted = fit_masks(mask, 4)
    assert fitted.shape == (1, 1, 4, 8, 8) and all(torch.equal(fitted[:, :, t], mask[:, :, 0]) for t in range(4))


def test_shrinking_goes_by_the_covered_area():
    masks = torch.zeros(1, 1, 1, 4, 8)
    masks[..., 0:3, 0:3] = 1  # of the four 4x2 -> 1 cells: 6 of 8, 3 of 8 covered
    assert fit_masks(masks, 1, (1, 4)).flatten().tolist() == [1, 0, 0, 0]


def test_growing_keeps_the_area():
    masks = torch.zeros(1, 1, 1, 10, 10)
    masks[..., 3:7, 3:7] = 1
    grown = fit_masks(masks, 1, (30, 30))
    assert float(grown.mean()) == pytest.approx(0.16, abs=0.02)
    assert set(grown.unique().tolist()) == {0.0, 1.0}


def test_every_frame_of_every_batch_entry_stays_in_its_place():
    masks = torch.zeros(2, 1, 3, 8, 8)
    for b in range(2):
        for t in range(3):
            masks[b, 0, t, : 2 * (b + 1), : 2 * (t + 1)] = 1
    fitted = fit_masks(masks, 3, (4, 4))
    assert fitted.sum((-1, -2)).squeeze(1).tolist() == [[1, 2, 3], [2, 4, 6]]


def test_three_masks_for_sixteen_frames_is_refused_with_the_cure():
    with pytest.raises(MaskVideoError, match=r"3 frames, the video needs 16: give 16 masks .* or set frames to 3"):
        fit_masks(torch.ones(1, 1, 3, 8, 8), 16)


def rising(frames):
    """Masks ``[2, 1, T, 8, 40]`` of a block that moves to the right, 3 pixels a frame; the second twice as high."""
    masks = torch.zeros(2, 1, frames, 8, 40)
    for t in range(frames):
        masks[0, 0, t, 2:4, 3 * t : 3 * t + 8] = masks[1, 0, t, 2:6, 3 * t : 3 * t + 8] = 1
    return masks


def test_other_lengths_are_an_explicit_choice():
    masks = rising(6)
    held = fit_masks(masks, 9, length="hold_last")
    assert torch.equal(held[:, :, :6], masks) and all(torch.equal(held[:, :, t], masks[:, :, -1]) for t in range(6, 9))
    assert torch.equal(fit_masks(masks, 4, length="hold_last"), masks[:, :, :4])
    assert torch.equal(fit_masks(masks, 11, length="resample")[:, :, ::2], masks)
    assert torch.equal(fit_masks(rising(11), 6, length="resample"), rising(11)[:, :, ::2])
    assert torch.equal(fit_masks(masks[:, :, :1], 3, length="resample"), masks[:, :, :1].expand(-1, -1, 3, -1, -1))


def test_resampling_makes_new_masks_in_between():
    between = fit_masks(rising(6), 11, length="resample")[0, 0, 5]
    assert between.nonzero()[:, 1].float().mean() == pytest.approx(3 * 2.5 + 3.5, abs=0.6)


def test_the_error_names_both_shapes_and_every_choice():
    message = r"has 6 frames, the video needs 16: .* hold_last to make \[6, 8, 40\] into \[16, 16, 80\]"
    with pytest.raises(MaskVideoError, match=message):
        fit_masks(rising(6), 16, (16, 80))
    with pytest.raises(MaskVideoError, match="length 'stretch' is unknown: choose one of error, resample, hold_last"):
        fit_masks(rising(6), 6, length="stretch")


@few
@given(random_tracks(), counts, sizes, st.sampled_from(["resample", "hold_last"]))
def test_tracks_are_fitted_as_masks_are(tracks, frames, size, length):
    fitted = collect(fit_sequence(tracks, frames, size, length))
    assert (fitted.count, fitted.size, fitted.names) == (frames, size, tracks.names)
    for track, one in zip(tracks.objects, fitted.objects, strict=True):
        masks = torch.from_numpy(track.masks).float()[None, None]
        assert torch.equal(fit_masks(masks, frames, size, length)[0, 0], torch.from_numpy(one.masks).float())
