"""Clips from a folder, and what is said about a folder that holds none."""

import numpy as np
import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.files.images import write_image
from maskvideo.files.video import write_video
from maskvideo.training.clips import read_clips

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
