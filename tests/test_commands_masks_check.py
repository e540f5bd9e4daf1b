"""``maskvideo masks check`` writes what is wrong with masks as JSON, as a plot and as a video."""

import json

import numpy as np
import pytest
from maskvideo.cli import main
from maskvideo.files.images import read_image, write_image
from maskvideo.files.video import read_video, write_video
from maskvideo.mask_tools.tracks_file import write_tracks

from .tracks_base import moving_disc, tracks_of


@pytest.fixture
def check(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    masks = moving_disc(8)
    masks[5] = 0
    write_tracks("tracks", tracks_of(masks, moving_disc(8, start=(20, 15)), names=["dog", "cat"]))
    write_video("clip.mp4", np.full((8, 120, 160, 3), 90, np.uint8), fps=12)

    def run(*arguments):
        status = main(["masks", "check", "--masks", "tracks", "--out", "out", *arguments])
        said = capsys.readouterr()
        return status, said.out if status == 0 else said.err.splitlines()[-1]

    return run


def test_the_report_the_plot_and_the_video_are_written_and_what_is_odd_is_said(check, tmp_path):
    status, said = check("--video", "clip.mp4")
    assert status == 0 and "frame 5: dog: empty between frames that show it" in said and "cat" in said
    report = json.loads((tmp_path / "out" / "check.json").read_text(encoding="utf-8"))
    assert report["objects"][0]["empty"] == [5] and report["objects"][1]["suspicious"] == []
    assert read_image(tmp_path / "out" / "check.png").shape[2] == 3
    frames = list(read_video(tmp_path / "out" / "overlay.mp4"))
    assert len(frames) == 8 and frames[0].shape == (120, 160, 3)
    assert frames[5][60, 1, 0] > 180 and frames[4][60, 1, 0] < 120  # the red frame of a warning


def test_masks_alone_are_drawn_on_grey(check, tmp_path):
    assert check()[0] == 0
    assert next(read_video(tmp_path / "out" / "overlay.mp4")).shape == (60, 80, 3)


def test_a_video_of_another_length_is_refused_before_anything_is_written(check, tmp_path):
    write_video("short.mp4", np.zeros((3, 60, 80, 3), np.uint8))
    status, said = check("--video", "short.mp4")
    assert status == 2 and "8 masks came for 3 frames" in said and not (tmp_path / "out").exists()


def test_sparse_masks_are_drawn_on_the_frames_of_their_numbers(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    masks = moving_disc(8)
    for number, mask in enumerate(masks):
        write_image(tmp_path / f"frames_{number}.jpg", np.full((60, 80, 3), 30 * number, np.uint8))
        if number % 3 == 0:
            (tmp_path / "masks").mkdir(exist_ok=True)
            write_image(tmp_path / "masks" / f"{number:05d}.png", mask * np.uint8(255))
    assert main(["masks", "check", "--masks", "masks", "--video", ".", "--out", "out"]) == 0
    said = capsys.readouterr().out
    assert "masks: values 0 and 255: matte; every 3rd from 0 to 6" in said
    assert "3 of 8 frames have a mask, every 3rd from 0 to 6" in said
    grounds = [frame[5, 5].mean() for frame in read_video(tmp_path / "out" / "overlay.mp4")]
    assert np.allclose(grounds, [0, 90, 180], atol=6)
    assert json.loads((tmp_path / "out" / "check.json").read_text(encoding="utf-8"))["notes"][0].startswith("values 0")
