"""Clips from a folder, and what is said about a folder that holds none."""

import numpy as np
import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.files.images import write_image
from maskvideo.files.video import write_video
from maskvideo.training.clips import Clip, read_clips

from .picture_files import save_pages
from .training_base import moving_square
from .training_clip_files import write_clip

WIDTH, HEIGHT = 32, 16


def pictures(count, height=24, width=64):
    """A bright square on dark ground that moves right, and its masks."""
    frames = np.full((count, height, width, 3), 30, np.uint8)
    masks = np.zeros((count, height, width), np.uint8)
    for index in range(count):
        masks[index, 6:18, 10 + 4 * index : 22 + 4 * index] = 255
    frames[masks > 0] = 220
    return frames, masks


def write_folder(folder, images):
    folder.mkdir(parents=True)
    for index, image in enumerate(images):
        write_image(folder / f"{index}.png", image)


@pytest.fixture
def data(tmp_path):
    frames, masks = pictures(12)
    write_folder(tmp_path / "horse" / "frames", frames)
    write_folder(tmp_path / "horse" / "masks", masks)
    return tmp_path


def test_frames_and_masks_are_read_in_order_and_stay_together(data):
    (clip,) = read_clips(data, WIDTH, HEIGHT)
    assert clip.name == "horse" and clip.prompt is None
    assert clip.frames.shape == (12, 3, HEIGHT, WIDTH) and clip.frames.dtype == torch.uint8
    assert clip.masks.shape == (12, HEIGHT, WIDTH) and set(clip.masks.unique().tolist()) == {0, 1}
    seen = (clip.frames[:, 0] > 125).to(torch.uint8)
    assert (seen != clip.masks).float().mean() < 0.02
    columns = [mask.nonzero()[:, 1].float().mean() for mask in clip.masks]
    assert columns == sorted(columns)


def test_nothing_is_stretched(data):
    (clip,) = read_clips(data, WIDTH, HEIGHT)  # 64x24 is wider than 32x16: the sides are cut
    rows, columns = clip.masks[5].any(1).sum(), clip.masks[5].any(0).sum()
    assert abs(int(rows) - int(columns)) <= 1


def test_a_clip_may_be_two_videos_and_have_its_own_prompt(tmp_path):
    frames, masks = pictures(5, width=48)
    (tmp_path / "clip").mkdir()
    write_video(tmp_path / "clip" / "take1.mp4", frames)
    write_video(tmp_path / "clip" / "masks.mp4", np.repeat(masks[..., None], 3, axis=-1))
    (tmp_path / "clip" / "prompt.txt").write_text("a red square moves\n")
    (clip,) = read_clips(tmp_path, WIDTH, HEIGHT)
    assert len(clip.frames) == len(clip.masks) == 5 and clip.prompt == "a red square moves"
    assert ((clip.frames[:, 0] > 125) != clip.masks.bool()).float().mean() < 0.05


def test_another_number_of_masks_than_frames_names_the_clip(data):
    (data / "horse" / "masks" / "3.png").unlink()
    with pytest.raises(MaskVideoError, match='clip "horse" has 11 masks for 12 frames'):
        read_clips(data, WIDTH, HEIGHT)


def test_a_folder_without_clips_shows_the_layout(tmp_path):
    with pytest.raises(MaskVideoError, match="holds no clips: each clip is a folder with frames/"):
        read_clips(tmp_path, WIDTH, HEIGHT)
    with pytest.raises(MaskVideoError, match="does not exist"):
        read_clips(tmp_path / "absent", WIDTH, HEIGHT)


def test_a_clip_in_place_of_the_folder_above_is_recognised(data):
    with pytest.raises(MaskVideoError, match="is itself a clip: give the folder above it"):
        read_clips(data / "horse", WIDTH, HEIGHT)


def test_a_clip_without_masks_or_without_frames_is_named(data):
    (data / "empty").mkdir()
    with pytest.raises(MaskVideoError, match='clip "empty" has 0 video files and no frames/'):
        read_clips(data, WIDTH, HEIGHT)
    (data / "empty" / "frames").mkdir()
    with pytest.raises(MaskVideoError, match='clip "empty" has no images'):
        read_clips(data, WIDTH, HEIGHT)
    write_folder(data / "goat" / "frames", pictures(2)[0])
    (data / "empty" / "frames").rmdir()
    (data / "empty").rmdir()
    with pytest.raises(MaskVideoError, match='clip "goat" has no masks'):
        read_clips(data, WIDTH, HEIGHT)


def test_all_clips_are_read_and_counted(tmp_path):
    for name in ("a", "b"):
        write_clip(tmp_path / name, moving_square())
    seen = []
    clips = read_clips(tmp_path, 48, 32, on_clip=lambda *counts: seen.append(counts))
    assert [clip.name for clip in clips] == ["a", "b"] and seen == [(1, 2), (2, 2)]
    assert torch.equal(clips[0].frames, moving_square().frames) and torch.equal(clips[0].masks, moving_square().masks)


def test_one_error_names_every_wrong_clip(tmp_path):
    for number in range(5):
        write_clip(tmp_path / f"good {number}", moving_square())
    write_clip(tmp_path / "fewer", moving_square(), masks=2)
    square = moving_square()
    write_clip(tmp_path / "empty", Clip("empty", square.frames, torch.zeros_like(square.masks)))
    write_clip(tmp_path / "unreadable", moving_square())
    (tmp_path / "unreadable" / "frames" / "3.png").write_bytes(b"no picture")
    with pytest.raises(MaskVideoError) as error:
        read_clips(tmp_path, 48, 32)
    first, *others = str(error.value).splitlines()
    assert first == "3 of 8 clips cannot be used:" and len(others) == 3
    assert 'clip "empty": every mask is empty' in others[0] and 'clip "fewer" has 2 masks for 6 frames' in others[1]
    assert "unreadable" in others[2] and "3.png is not a readable image" in others[2]


def test_a_prompt_that_is_no_text_is_named_and_an_empty_one_is_none(data):
    (data / "horse" / "prompt.txt").write_bytes("ein Pferd läuft".encode("latin-1"))
    with pytest.raises(MaskVideoError, match=r"prompt.txt cannot be read .*save it as plain text in UTF-8"):
        read_clips(data, WIDTH, HEIGHT)
    (data / "horse" / "prompt.txt").write_text(" \n", encoding="utf-8")
    assert read_clips(data, WIDTH, HEIGHT)[0].prompt is None


def test_with_buckets_a_portrait_clip_among_others_keeps_its_shape(tmp_path):
    for name, shape in (("landscape", (40, 64)), ("portrait", (64, 40))):
        frames, masks = pictures(3, *shape)
        write_folder(tmp_path / name / "frames", frames)
        write_folder(tmp_path / name / "masks", masks)
    wide, tall = read_clips(tmp_path, 128, 80, aspect_buckets=True)
    assert wide.frames.shape[-2:] == (80, 128) and tall.frames.shape[-2:] == (128, 80)
    assert tall.masks.shape[-2:] == tall.frames.shape[-2:]
    seen = (tall.frames[:, 0] > 125).to(torch.uint8)
    assert (seen != tall.masks).float().mean() < 0.05
    with pytest.raises(MaskVideoError, match='clip "portrait": every mask is empty'):
        read_clips(tmp_path, 128, 80)  # cut to landscape, it has lost its object


def renumbered(folder, start=0, step=1):
    """The files of a folder under other numbers, `step` apart; the ones in between are removed."""
    files = sorted(folder.iterdir(), key=lambda path: int(path.stem))
    for index, path in enumerate(files):
        if index % step:
            path.unlink()
        else:
            path.rename(folder / f"new_{start + index:05d}.png")


def test_masks_belong_to_the_frames_of_their_numbers_and_a_shift_is_said(data):
    (before,) = (clip for clip in read_clips(data, WIDTH, HEIGHT) if clip.name == "horse")
    renumbered(data / "horse" / "masks", start=-3)
    (clip,) = (clip for clip in read_clips(data, WIDTH, HEIGHT) if clip.name == "horse")
    assert torch.equal(clip.masks, before.masks) and "numbered from 0, masks from -3" in clip.note


def test_sparse_masks_are_refused_and_filled_between_on_request(data):
    (whole,) = (clip for clip in read_clips(data, WIDTH, HEIGHT) if clip.name == "horse")
    renumbered(data / "horse" / "masks", step=5)
    with pytest.raises(
        MaskVideoError, match=r"has 3 masks for 12 frames; 3 of 12 frames have a mask, every 5th from 0 to"
    ):
        read_clips(data, WIDTH, HEIGHT)
    (clip,) = (clip for clip in read_clips(data, WIDTH, HEIGHT, fill_gaps=True) if clip.name == "horse")
    assert len(clip.frames) == len(clip.masks) == 11 and "8 filled in between" in clip.note
    assert torch.equal(clip.masks[::5], whole.masks[:11:5]) and torch.equal(clip.frames, whole.frames[:11])


@pytest.mark.parametrize("place", ["take1.webp", "frames/all.webp", "take1.gif", "take1.tif"])
def test_the_frames_of_a_clip_may_be_one_file_with_several_pictures(data, place):
    for image in (data / "horse" / "frames").iterdir():
        image.unlink()
    if "/" not in place:
        (data / "horse" / "frames").rmdir()
    save_pages(data / "horse" / place, pictures(12)[0], **({"lossless": True} if "webp" in place else {}))
    (clip,) = read_clips(data, WIDTH, HEIGHT)
    assert len(clip.frames) == 12
    assert ((clip.frames[:, 0] > 125) != clip.masks.bool()).float().mean() < 0.02


def test_the_masks_of_a_clip_may_be_one_file_with_several_pictures(data):
    for image in (data / "horse" / "masks").iterdir():
        image.unlink()
    (data / "horse" / "masks").rmdir()
    save_pages(data / "horse" / "masks.webp", np.repeat(pictures(12)[1][..., None], 3, axis=-1), lossless=True)
    (clip,) = read_clips(data, WIDTH, HEIGHT)
    assert len(clip.masks) == 12
    assert ((clip.frames[:, 0] > 125) != clip.masks.bool()).float().mean() < 0.02
