import numpy as np
import pytest
from maskvideo.files.contact_sheet import contact_sheet, draw_outline, write_contact_sheet
from maskvideo.files.images import read_image


def flat(frames=5, height=40, width=64):
    return np.stack([np.full((height, width, 3), 40 + 10 * t, np.uint8) for t in range(frames)])


def square_masks(frames=5):
    masks = np.zeros((frames, 40, 64), np.uint8)
    masks[:, 10:30, 20:44] = 255
    return masks


def test_all_frames_lie_in_reading_order():
    red = np.array([1, 0, 0], np.uint8)  # the numbers' soft edges have any grey
    sheet = contact_sheet(flat() * red, columns=3, cell_width_px=64)
    places = [np.argwhere((sheet == (40 + 10 * t) * red).all(-1)) for t in range(5)]
    assert all(len(place) >= 40 * 64 for place in places)
    ends, rights = ([int(place[:, axis].max()) for place in places] for axis in (0, 1))
    assert ends[0] == ends[1] == ends[2] < ends[3] == ends[4]
    assert rights[0] == rights[3] < rights[1] == rights[4] < rights[2]


def test_the_outline_is_white_with_a_dark_halo_and_only_at_the_masks_edge():
    drawn = draw_outline(flat()[0], square_masks()[0])
    white = np.argwhere((drawn > 250).all(-1))
    assert white.min(0).tolist() == [10, 20] and white.max(0).tolist() == [29, 43]
    assert (drawn[9, 30] < 40).all() and (drawn[11, 30] < 40).all()
    assert (drawn[14:26, 24:40] == 40).all() and (drawn[:7] == 40).all()


def test_an_outline_is_visible_on_white_too():
    drawn = draw_outline(np.full((40, 64, 3), 255, np.uint8), square_masks()[0])
    assert drawn.min() < 150


@pytest.mark.parametrize("kind", [bool, np.float32, np.uint8])
def test_masks_may_be_bools_floats_or_zeros_and_ones(kind):
    masks = square_masks()
    expected = contact_sheet(flat(), masks)
    assert np.array_equal(contact_sheet(flat(), (masks > 0).astype(kind)), expected)
    assert not np.array_equal(contact_sheet(flat()), expected)


def test_every_frame_carries_its_own_number():
    sheet = contact_sheet(np.zeros((12, 40, 64, 3), np.uint8), columns=12, cell_width_px=64)
    labels = [sheet[4:22, 4 + 68 * t : 68 + 68 * t] for t in range(12)]
    assert all((label > 150).any() for label in labels)
    assert len({label.tobytes() for label in labels}) == 12


def test_frames_picked_from_a_clip_carry_their_numbers_in_the_clip():
    picked, counted = contact_sheet(flat(), numbers=[0, 1, 9, 3, 4]), contact_sheet(flat())
    changed = np.argwhere((picked != counted).any(-1))
    assert len(changed) and np.ptp(changed, axis=0).max() < 16  # one number, the third
    assert np.array_equal(contact_sheet(flat(), numbers=range(5)), counted)


def test_sixteen_frames_make_a_square_and_many_frames_eight_columns():
    assert contact_sheet(flat(16), cell_width_px=64).shape[1] == 4 * 68 + 4
    assert contact_sheet(flat(20)[:1].repeat(80, 0), cell_width_px=64).shape[1] == 8 * 68 + 4


def test_frames_and_masks_of_differing_count_are_refused():
    with pytest.raises(ValueError):
        contact_sheet(flat(5), square_masks(4))


def test_the_sheet_is_written_as_a_picture(tmp_path):
    write_contact_sheet(tmp_path / "sheet.png", flat(), square_masks(), cell_width_px=64)
    expected = contact_sheet(flat(), square_masks(), cell_width_px=64)
    assert np.array_equal(read_image(tmp_path / "sheet.png"), expected)
