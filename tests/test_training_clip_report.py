"""What is in a set of clips: every wrong one named, a line and a row of pictures for each good one."""

import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.files.images import write_image
from maskvideo.training.clip_report import CELL_PX, SHOWN_FRAMES, describe_clips, draw_clips, read_all_clips
from maskvideo.training.clips import Clip

from .training_base import HEIGHT, WIDTH, moving_square


def write_clip(folder, clip: Clip, masks: int | None = None):
    for name in ("frames", "masks"):
        (folder / name).mkdir(parents=True)
    for index, (frame, mask) in enumerate(zip(clip.frames, clip.masks, strict=True)):
        write_image(folder / "frames" / f"{index}.png", frame.permute(1, 2, 0).numpy())
        if masks is None or index < masks:
            write_image(folder / "masks" / f"{index}.png", mask.mul(255).numpy())


def test_all_clips_are_read_and_counted(tmp_path):
    for name in ("a", "b"):
        write_clip(tmp_path / name, moving_square())
    seen = []
    clips = read_all_clips(tmp_path, WIDTH, HEIGHT, lambda *counts: seen.append(counts))
    assert [clip.name for clip in clips] == ["a", "b"] and seen == [(1, 2), (2, 2)]
    assert torch.equal(clips[0].frames, moving_square().frames) and torch.equal(clips[0].masks, moving_square().masks)


def test_one_error_names_every_wrong_clip(tmp_path):
    write_clip(tmp_path / "good", moving_square())
    write_clip(tmp_path / "fewer", moving_square(), masks=2)
    square = moving_square()
    write_clip(tmp_path / "empty", Clip("empty", square.frames, torch.zeros_like(square.masks)))
    with pytest.raises(MaskVideoError) as error:
        read_all_clips(tmp_path, WIDTH, HEIGHT)
    first, *others = str(error.value).splitlines()
    assert first == "2 of 3 clips cannot be used:" and len(others) == 2
    assert 'clip "empty": every mask is empty' in others[0] and 'clip "fewer" has 2 masks for 6 frames' in others[1]


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
