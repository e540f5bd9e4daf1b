import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.fit import fit_masks


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
