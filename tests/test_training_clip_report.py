"""What is in a set of clips: every wrong one named, a line and a row of pictures for each good one."""

from maskvideo.training.clip_report import CELL_PX, SHOWN_FRAMES, describe_clips, draw_clips
from maskvideo.training.clips import Clip

from .training_base import HEIGHT, WIDTH, moving_square


def test_the_report_says_what_is_odd():
    clip = moving_square(frames=6)
    clip.masks[5] = 0
    text = describe_clips([clip, moving_square("long", 9)], "it moves").splitlines()
    assert text[0] == f"2 clips of {WIDTH}x{HEIGHT} pixels; the longest window that fits all is 6 frames"
    assert '6 frames, masks cover 10%, "it moves"; 1 masks are empty' in text[1] and "empty" not in text[2]


def test_the_picture_has_a_row_for_each_clip():
    one, two = (draw_clips([moving_square()] * count) for count in (1, 2))
    assert one.shape[1] == two.shape[1] > SHOWN_FRAMES * CELL_PX and two.shape[0] > 1.9 * one.shape[0]
    assert draw_clips([moving_square()] * 40).shape == draw_clips([moving_square()] * 16).shape


def test_clips_of_several_sizes_are_counted_and_drawn_in_one_sheet():
    wide = moving_square()
    tall = Clip("tall", wide.frames.transpose(-1, -2), wide.masks.transpose(-1, -2))
    head = describe_clips([wide, tall, wide], "it moves", frame_step=2).splitlines()[0]
    assert head.startswith(f"3 clips of {WIDTH}x{HEIGHT} (2), {HEIGHT}x{WIDTH} (1) pixels; the longest window")
    assert head.endswith("is 3 frames")
    assert draw_clips([wide, tall]).shape[0] > draw_clips([wide]).shape[0]
