"""``maskvideo evaluate`` scores any video against its masks."""

import numpy as np
import pytest
import torch
from maskvideo.files.images import write_image
from maskvideo.files.video import write_video
from maskvideo.mask_tools.write import write_masks

from .command_base import command_line, files_in, refused, report_in
from .generation_base import FRAMES, PROMPT, moving_box

RED, BLUE = (215, 40, 40), (45, 80, 200)
BASE = ["evaluate", "--masks", "masks", "--prompt", PROMPT]


def painted(masks, shift=0):
    """uint8 frames ``[T, H, W, 3]``: red where the masks are (moved by ``shift`` px after frame 0), blue elsewhere."""
    inside = masks[0, 0].bool().numpy().copy()
    inside[1:] = np.roll(inside[1:], shift, axis=-1)
    return np.where(inside[..., None], np.array(RED, np.uint8), np.array(BLUE, np.uint8))


@pytest.fixture
def maskvideo(tmp_path, monkeypatch, capsys):
    run = command_line(tmp_path, monkeypatch, capsys)
    for index, frame in enumerate(painted(moving_box())):
        (tmp_path / "frames").mkdir(exist_ok=True)
        write_image(tmp_path / "frames" / f"{index}.png", frame)
    return run


def test_frames_that_follow_their_masks_score_full_marks(maskvideo):
    status, said, _ = maskvideo(*BASE, "--video=frames", "--report=a.json")
    report = report_in("a.json")
    assert status == 0 and report["mask_miou"] == 1 and report["mask_iou_per_frame"] == [1] * FRAMES
    assert report["colour_error_foreground"] == 0 and report["prompt_colour_error_background"] == 0
    assert report["video"] == "frames" and report["prompt"] == PROMPT
    assert "mask_miou" in said and "1.000" in said


def test_a_video_file_off_its_place_scores_less(maskvideo, tmp_path):
    write_video(tmp_path / "a.mp4", painted(moving_box(), shift=6))
    maskvideo(*BASE, "--video=a.mp4", "--report=a.json")
    assert report_in("a.json")["mask_miou"] == pytest.approx((16 - 6) / (16 + 6), abs=0.1)


def test_masks_of_another_size_and_more_of_them_are_fitted(maskvideo, tmp_path):
    large = moving_box().repeat_interleave(2, -1).repeat_interleave(2, -2).repeat_interleave(3, 2)
    write_masks(tmp_path / "masks", large)
    assert "9 frames, the video needs 3" in refused(maskvideo, tmp_path, *BASE, "--video=frames")
    maskvideo(*BASE, "--video=frames", "--mask-frames=3", "--report=a.json")
    assert report_in("a.json")["mask_miou"] == 1


def test_bad_videos_get_one_line_and_leave_nothing(maskvideo, tmp_path):
    (tmp_path / "broken.mp4").write_bytes(b"no video" * 100)
    (tmp_path / "empty").mkdir()
    assert "broken.mp4 does not decode" in refused(
        maskvideo, tmp_path, *BASE, "--video=broken.mp4", "--report=o/a.json"
    )
    assert "no frames in empty" in refused(maskvideo, tmp_path, *BASE, "--video=empty")
    assert "there is no video file nowhere" in refused(maskvideo, tmp_path, *BASE, "--video=nowhere")
    write_image(tmp_path / "frames" / "1.png", painted(torch.ones(1, 1, 1, 8, 8))[0])
    said = refused(maskvideo, tmp_path, *BASE, "--video=frames")
    assert "frames differ in size: 0.png is 48x32, 1.png is 8x8" in said
    assert "masks" in [path.name for path in tmp_path.iterdir()] and files_in(tmp_path / "empty") == []
