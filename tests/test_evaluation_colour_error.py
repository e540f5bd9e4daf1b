import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.evaluation.colour_error import colour_error, prompt_colour_error
from maskvideo.evaluation.colour_words import colour


def scene(frames=4):
    """A square that moves one pixel a frame, flat red on flat blue."""
    masks = torch.zeros(1, 1, frames, 32, 48)
    for t in range(frames):
        masks[..., t, 8:20, 10 + t : 22 + t] = 1
    red, blue = (torch.from_numpy(colour(word)).view(1, 3, 1, 1, 1) for word in ("red", "blue"))
    return masks * red + (1 - masks) * blue, masks


def test_constant_colours_have_no_error_although_the_object_moves():
    error = colour_error(*scene())
    assert error.foreground == pytest.approx(0, abs=1e-6) and error.background == pytest.approx(0, abs=1e-6)
    assert len(error.foreground_per_frame) == 3


def test_a_change_of_the_objects_colour_is_counted_for_the_object_alone():
    frames, masks = scene()
    frames[:, :, 2] += 0.1 * masks[:, :, 2]
    error = colour_error(frames, masks)
    assert error.foreground_per_frame == pytest.approx([0, 0.1, 0], abs=1e-6)
    assert error.foreground == pytest.approx(0.1 / 3, abs=1e-6)
    assert error.background == pytest.approx(0, abs=1e-6)


def test_a_change_of_the_background_is_counted_for_the_background_alone():
    frames, masks = scene()
    frames[:, 1, 1:] += 0.3 * (1 - masks[:, 0, 1:])
    error = colour_error(frames, masks)
    assert error.background == pytest.approx(0.1, abs=1e-6)
    assert error.foreground == pytest.approx(0, abs=1e-6)


def test_half_an_object_of_another_colour_is_half_an_error():
    frames, masks = scene()
    frames[:, :, 1, 8:14] += 0.2 * masks[:, :, 1, 8:14]
    assert colour_error(frames, masks).foreground_per_frame[0] == pytest.approx(0.1, abs=1e-6)


def test_the_soft_outline_is_left_out():
    frames, masks = scene()
    soft = torch.nn.functional.avg_pool3d(frames, (1, 3, 3), stride=1, padding=(0, 1, 1), count_include_pad=False)
    error = colour_error(soft, masks)
    assert error.foreground == pytest.approx(0, abs=1e-5) and error.background == pytest.approx(0, abs=1e-5)


def test_frames_in_which_the_mask_vanishes_are_not_judged():
    frames, masks = scene()
    masks[:, :, 3] = 0
    error = colour_error(frames, masks)
    assert error.foreground_per_frame[2] is None and error.foreground == pytest.approx(0, abs=1e-6)


def test_a_prompts_colours_are_compared_with_what_is_there():
    frames, masks = scene()
    right = prompt_colour_error(frames, masks, "a red square on a blue background")
    assert right.foreground == pytest.approx(0, abs=1e-6) and right.background == pytest.approx(0, abs=1e-6)
    wrong = prompt_colour_error(frames, masks, "a green square on a blue background")
    assert wrong.foreground == pytest.approx((165 + 120 + 30) / 3 / 255, abs=1e-5)
    assert wrong.background == pytest.approx(0, abs=1e-6)


def test_a_part_without_a_named_colour_is_not_judged():
    error = prompt_colour_error(*scene(), "a red square")
    assert error.background is None and error.foreground is not None


def test_unlike_shapes_are_refused():
    frames, masks = scene()
    with pytest.raises(MaskVideoError, match="fit the masks to the video"):
        colour_error(frames, masks[..., :-8])
