"""A clip without masks: its object is shown in the first frame and followed."""

import json

import numpy as np
import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.files.images import write_image
from maskvideo.training.clips import read_clips
from maskvideo.training.followed_masks import followed_masks

FRAMES, HEIGHT, WIDTH = 6, 64, 96


def truth():
    masks = np.zeros((FRAMES, HEIGHT, WIDTH), np.uint8)
    for index in range(FRAMES):
        masks[index, 16:48, 8 + 6 * index : 36 + 6 * index] = 1
    return masks


@pytest.fixture
def clip(tmp_path):
    """The folder of a clip of a red block on a grainy meadow, without masks."""
    ground = np.random.default_rng(0).integers(60, 110, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    (tmp_path / "set" / "block" / "frames").mkdir(parents=True)
    for index, mask in enumerate(truth()):
        frame = np.where(mask[..., None] > 0, np.array([220, 40, 40], np.uint8), ground)
        write_image(tmp_path / "set" / "block" / "frames" / f"{index}.png", frame)
    return tmp_path / "set" / "block"


def iou(found):
    found, true = found.numpy()[0, 0] > 0, truth() > 0
    return (found & true).sum() / (found | true).sum()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("mask.png", None),
        ("boxes.json", [[8 / WIDTH, 0.25, 36 / WIDTH, 0.75]]),
        ("points.json", {"block": [{"x": 0.22, "y": 0.5}]}),
    ],
)
def test_what_is_shown_in_the_first_frame_is_followed_to_the_last(clip, name, content):
    if content is None:
        write_image(clip / name, truth()[0] * 255)
    else:
        (clip / name).write_text(json.dumps(content), encoding="utf-8")
    seen = []
    masks = followed_masks(clip, on_frame=lambda done, total: seen.append((done, total)))
    assert masks.shape == (1, 1, FRAMES, HEIGHT, WIDTH) and masks.dtype == torch.uint8
    assert iou(masks) > 0.8
    assert seen[-1] == (FRAMES, FRAMES)
    (read,) = read_clips(clip.parent, WIDTH, HEIGHT)
    assert torch.equal(read.masks, masks[0, 0]), "the same masks again, bit for bit"


def test_masks_are_followed_once_as_long_as_the_clips_files_stay(clip, tmp_path):
    write_image(clip / "mask.png", truth()[0] * 255)
    first, times = followed_masks(clip, tmp_path / "cache"), []
    again = followed_masks(clip, tmp_path / "cache", lambda *counts: times.append(counts))
    assert torch.equal(first, again) and not times
    assert not list(clip.rglob("*.npy")), "nothing of ours lies beside the user's files"
    write_image(clip / "mask.png", np.flipud(truth()[0]) * 255)
    followed_masks(clip, tmp_path / "cache", lambda *counts: times.append(counts))
    assert times


def test_a_clip_that_points_at_nothing_is_named_with_what_to_give(clip):
    with pytest.raises(MaskVideoError, match=r'clip "block" has no masks: .* or mask.png .*SAM Mask Sequence'):
        read_clips(clip.parent, WIDTH, HEIGHT)


def test_a_clip_that_cannot_be_followed_is_named(clip):
    write_image(clip / "mask.png", np.full((HEIGHT, HEIGHT), 255, np.uint8))
    with pytest.raises(MaskVideoError, match=r'clip "block" cannot be followed: the mask of .* is 64x64'):
        read_clips(clip.parent, WIDTH, HEIGHT)
    (clip / "mask.png").unlink()
    (clip / "points.json").write_text("no json", encoding="utf-8")
    with pytest.raises(MaskVideoError, match=r'clip "block" cannot be followed: .*JSON'):
        read_clips(clip.parent, WIDTH, HEIGHT)
