"""A mask belongs to the frame of its number."""

import pytest
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.match_frames import match_frames


@pytest.mark.parametrize(
    ("frames", "masks", "places", "note"),
    [
        (range(4), range(4), [(0, 0), (1, 1), (2, 2), (3, 3)], ""),
        (None, None, [(0, 0), (1, 1), (2, 2), (3, 3)], ""),
        (range(1, 5), None, [(0, 0), (1, 1), (2, 2), (3, 3)], ""),
        (range(1, 5), range(4), [(0, 0), (1, 1), (2, 2), (3, 3)], "frames are numbered from 1, masks from 0"),
        (range(20), range(0, 20, 5), [(0, 0), (5, 1), (10, 2), (15, 3)], "4 of 20 frames have a mask, every 5th from"),
        (range(1001, 1005), (1002, 1004), [(1, 0), (3, 1)], "2 of 4 frames have a mask, every 2nd from 1002 to 1004"),
        (range(2, 4), range(6), [(0, 2), (1, 3)], "4 masks have no frame"),
        (None, (0, 3), [(0, 0), (3, 1)], "2 of 4 frames have a mask"),
        ((-2, -1, 0), (-2, 0), [(0, 0), (2, 1)], "2 of 3 frames have a mask"),
    ],
)
def test_numbers_say_which_mask_is_whose(frames, masks, places, note):
    counts = [4 if numbers is None else len(numbers) for numbers in (frames, masks)]
    matched = match_frames(counts[0], frames, counts[1], masks)
    assert list(zip(matched.frames, matched.masks, strict=True)) == places
    assert matched.note.startswith(note) and bool(matched.note) == bool(note)


@pytest.mark.parametrize(
    ("frames", "frame_numbers", "masks", "mask_numbers", "message"),
    [
        (5, None, 4, None, "4 masks came for 5 frames: give one mask for each frame"),
        (3, (0, 1, 2), 3, (10, 20, 40), r"3 masks \(10 to 40\) came for 3 frames \(0 to 2\)"),
        (4, None, 3, (2, 3, 4), r"3 masks \(2 to 4\) came for 4 frames"),
    ],
)
def test_what_does_not_fit_is_refused_with_both_counts(frames, frame_numbers, masks, mask_numbers, message):
    with pytest.raises(MaskVideoError, match=message):
        match_frames(frames, frame_numbers, masks, mask_numbers)
