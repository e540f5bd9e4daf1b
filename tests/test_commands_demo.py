"""``maskvideo demo``: one command, five files."""

import av
import pytest
import torch
from maskvideo.files.images import read_image
from maskvideo.mask_tools.draw import default_trajectory, draw_masks
from maskvideo.mask_tools.read import read_masks

from .command_base import SMALL, command_line, files_in, refused, report_in
from .generation_base import FRAMES
from .training_base import HEIGHT, WIDTH

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # diffusers' own, with NumPy 2


@pytest.fixture
def maskvideo(tmp_path, monkeypatch, capsys):
    return command_line(tmp_path, monkeypatch, capsys)


def test_it_writes_masks_first_frame_video_sheet_and_report(maskvideo, tmp_path):
    assert maskvideo("demo", "--out=d", *SMALL)[0] == 0
    assert files_in(tmp_path / "d") == ["contact_sheet.png", "first_frame.png", "report.json", "video.mp4"]
    drawn = draw_masks(default_trajectory(), FRAMES, (HEIGHT, WIDTH))
    assert torch.equal(read_masks(tmp_path / "d" / "masks"), drawn)
    assert read_image("d/first_frame.png").shape == (HEIGHT, WIDTH, 3)
    with av.open("d/video.mp4") as container:
        assert len(list(container.decode(video=0))) == FRAMES
    assert {"seed", "mask_miou", "mask_iou_per_frame", "seconds", "peak_memory_mb"} <= report_in("d/report.json").keys()


def test_the_masks_it_wrote_make_the_same_video_again(maskvideo, tmp_path):
    maskvideo("demo", "--out=d", "--seed=5", "--prompt=a pink star", *SMALL)
    given = ["--masks=d/masks", "--prompt=a pink star", "--seed=5", "--out=a.mp4", "--sheet=a.png"]
    maskvideo("generate", *given, *SMALL)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "d" / "contact_sheet.png").read_bytes()


def test_settings_can_be_changed(maskvideo):
    assert maskvideo("demo", "--out=d", "--mask-strength=0", *SMALL)[0] == 0
    assert report_in("d/report.json")["mask_strength"] == 0


def test_a_folder_that_cannot_be_written_is_refused(maskvideo, tmp_path):
    (tmp_path / "file").write_text("")
    assert "output folder file cannot be written" in refused(maskvideo, tmp_path, "demo", "--out=file", *SMALL)
