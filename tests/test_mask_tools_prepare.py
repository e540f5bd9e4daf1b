"""Masks of any count and size become masks that can guide."""

import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.prepare import prepare_masks, prepare_tracks
from maskvideo.mask_tools.read import read_masks
from maskvideo.mask_tools.track_sources import open_tracks
from maskvideo.mask_tools.write import write_masks

SIZE = (16, 24)


@pytest.mark.parametrize(("count", "frames"), [(1, 4), (4, 4), (9, 9)])
def test_one_mask_is_held_a_window_stays_and_more_extend(count, frames):
    masks, vanished = prepare_masks(torch.ones(1, 1, count, 32, 48), 4, SIZE)
    assert masks.shape == (1, 1, frames, *SIZE) and masks.all() and vanished == []


def test_vanished_masks_are_listed():
    masks = torch.ones(1, 1, 4, *SIZE)
    masks[:, :, 2] = 0
    assert prepare_masks(masks, 4, SIZE)[1] == [2]


def test_an_object_lost_in_resizing_is_noticed():
    masks = torch.zeros(1, 1, 4, 320, 480)
    masks[..., 5, 5] = 1
    with pytest.raises(MaskVideoError, match="mask 0 is all black"):
        prepare_masks(masks, 4, SIZE)


@pytest.mark.parametrize(
    ("count", "size", "message"),
    [
        (3, SIZE, "mask sequence has 3 frames, the first window needs 16: give 16 or more .* or set frames to 3"),
        (16, (16, 20), "size 20x16 came, width and height must be divisible by 8"),
    ],
)
def test_what_cannot_fit_is_refused(count, size, message):
    with pytest.raises(MaskVideoError, match=message):
        prepare_masks(torch.ones(1, 1, count, 32, 48), 16, size)


def disc(frames):
    """Masks ``[1, 1, T, 50, 70]`` of a disc that goes to the right."""
    y, x = torch.meshgrid(torch.arange(50), torch.arange(70), indexing="ij")
    return torch.stack([((y - 25) ** 2 + (x - 20 - 3 * i) ** 2 < 200).float() for i in range(frames)])[None, None]


@pytest.mark.parametrize("take", [None, 4])
def test_reading_one_by_one_gives_what_reading_all_and_fitting_gives(tmp_path, take):
    write_masks(tmp_path / "masks", disc(7))
    whole = prepare_masks(read_masks(tmp_path / "masks", take), 4, SIZE)
    masks, vanished = prepare_tracks(open_tracks(tmp_path / "masks"), 4, SIZE, take)
    assert torch.equal(masks, whole[0]) and vanished == whole[1] == []
    assert masks.shape[2] == (take or 7)


def test_videos_and_single_images_are_read_too(tmp_path):
    write_masks(tmp_path / "masks", disc(1))
    write_masks(tmp_path / "masks.mp4", disc(5))
    assert prepare_tracks(open_tracks(tmp_path / "masks"), 4, SIZE)[0].shape == (1, 1, 4, *SIZE)
    assert prepare_tracks(open_tracks(tmp_path / "masks" / "00000.png"), 4, SIZE)[0].shape == (1, 1, 4, *SIZE)
    assert prepare_tracks(open_tracks(tmp_path / "masks.mp4"), 4, SIZE)[0].shape == (1, 1, 5, *SIZE)


def test_differing_sizes_are_named_before_they_are_fitted_away(tmp_path):
    write_masks(tmp_path / "masks", disc(5))
    write_masks(tmp_path / "other", disc(1)[..., :32, :48])
    (tmp_path / "other" / "00000.png").replace(tmp_path / "masks" / "00003.png")
    with pytest.raises(MaskVideoError, match=r"00000\.png is 70x50, 00003\.png is 48x32: make all 70x50"):
        prepare_tracks(open_tracks(tmp_path / "masks"), 4, SIZE)


@pytest.mark.parametrize("length", ["resample", "hold_last"])
def test_a_short_sequence_is_brought_to_a_window_where_that_is_asked_for(tmp_path, length):
    write_masks(tmp_path / "masks", disc(3))
    masks, vanished = prepare_tracks(open_tracks(tmp_path / "masks"), 5, SIZE, length=length)
    assert masks.shape == (1, 1, 5, *SIZE) and vanished == []
    assert torch.equal(masks[:, :, -1], prepare_masks(disc(3), 3, SIZE)[0][:, :, -1])
    assert prepare_masks(disc(9), 5, SIZE, length)[0].shape[2] == 9
