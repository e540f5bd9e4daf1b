"""A clip without masks: its object is shown in the first frame and followed."""

import json
from functools import partial

import numpy as np
import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.files.images import write_image
from maskvideo.training import followed_masks as module
from maskvideo.training.clips import read_clips
from maskvideo.training.followed_masks import Follower, followed_masks

from .segment_base import SIDE_PX, needs_sam, needs_sam2, save_sam, save_sam2

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


@pytest.fixture
def checkpoints(tmp_path):
    return {"sam2": lambda: save_sam2(tmp_path / "tiny.pt"), "sam": lambda: save_sam(tmp_path / "tiny.pth")}


@pytest.mark.parametrize("name", [pytest.param("sam2", marks=needs_sam2), pytest.param("sam", marks=needs_sam)])
def test_a_segmenter_follows_where_it_is_asked_for(clip, checkpoints, name, monkeypatch):
    """As extracting the masks with it does, from the same prompt."""
    from maskvideo.mask_tools.extract import extract_tracks
    from maskvideo.mask_tools.frame_source import open_frames
    from maskvideo.mask_tools.prompt_json import parse_boxes

    (clip / "boxes.json").write_text(json.dumps([[8 / WIDTH, 0.25, 36 / WIDTH, 0.75]]), encoding="utf-8")
    model, load = checkpoints[name](), partial(module.load_backend, image_size_px=SIDE_PX)
    monkeypatch.setattr(module, "load_backend", load)
    masks = followed_masks(clip, follower=Follower(name, model))
    frames = open_frames(clip / "frames")
    prompts = parse_boxes((clip / "boxes.json").read_text(), frames.size)
    assert np.array_equal(masks.numpy()[0, 0], extract_tracks(frames, prompts, load(name, model)).union())
    assert not torch.equal(masks, followed_masks(clip)), "not what the flow tracker finds"
    (read,) = read_clips(clip.parent, WIDTH, HEIGHT, follower=Follower(name, model))
    assert torch.equal(read.masks, masks[0, 0])


@needs_sam
def test_a_model_is_loaded_once_and_only_for_clips_that_need_it(clip, checkpoints, monkeypatch):
    loaded = []
    load = module.load_backend
    monkeypatch.setattr(module, "load_backend", lambda *given: loaded.append(given) or load(*given))
    for name in ("masked", "more"):
        (clip.parent / name).mkdir()
        (clip.parent / name / "frames").symlink_to(clip / "frames")
    for index, mask in enumerate(truth()):
        for folder in (clip, clip.parent / "masked", clip.parent / "more"):
            (folder / "masks").mkdir(exist_ok=True)
            write_image(folder / "masks" / f"{index}.png", mask * 255)
    follower = Follower("sam", checkpoints["sam"]())
    read_clips(clip.parent, WIDTH, HEIGHT, follower=follower)
    assert loaded == []
    for folder in (clip, clip.parent / "more"):
        (folder / "masks").rename(folder / "unused")
        write_image(folder / "mask.png", truth()[0] * 255)
    read_clips(clip.parent, WIDTH, HEIGHT, follower=follower)
    assert len(loaded) == 1


@needs_sam
def test_what_another_backend_followed_is_kept_apart(clip, checkpoints, tmp_path):
    write_image(clip / "mask.png", truth()[0] * 255)
    flow = followed_masks(clip, tmp_path / "cache")
    sam = followed_masks(clip, tmp_path / "cache", follower=Follower("sam", checkpoints["sam"]()))
    assert not torch.equal(flow, sam)
    assert len(list((tmp_path / "cache").iterdir())) == 2


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("sam3",), "backend 'sam3' is unknown: use one of flow, sam2, sam"),
        pytest.param(("sam",), "backend sam needs a checkpoint, such as sam_vit_b", marks=needs_sam),
        pytest.param(("sam", "gone.pth"), "there is no model file gone.pth", marks=needs_sam),
    ],
)
def test_a_follower_that_cannot_follow_is_refused_before_any_clip_is_read(given, message):
    with pytest.raises(MaskVideoError, match=message):
        Follower(*given)
