import json

import numpy as np
import pytest
import torch
from maskvideo.cli import main
from maskvideo.commands import masks_extract
from maskvideo.files.images import write_image
from maskvideo.files.video import write_video
from maskvideo.mask_tools import backends, text_choice
from maskvideo.mask_tools.sam2_model import TRAINED_PX
from maskvideo.mask_tools.track_sources import open_tracks
from maskvideo.mask_tools.tracks_file import read_tracks

from .segment_base import SIDE_PX, SIZE, moving_disc, needs_sam, needs_sam2, save_grounding_dino, save_sam, save_sam2

SMALL = ("--image-size", SIDE_PX)
CLICK = '[{"x": 0.25, "y": 0.5}]'


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A folder with all tiny models that the installed packages allow."""
    folder = tmp_path_factory.mktemp("models")
    for mark, save, name in ((needs_sam2, save_sam2, "sam2.pt"), (needs_sam, save_sam, "sam.pth")):
        if not mark.args[0]:
            save(folder / name)
    save_grounding_dino(folder / "dino")
    return folder


@pytest.fixture
def extract(tmp_path, monkeypatch, capsys):
    """Runs ``maskvideo masks extract`` in a folder with ``disc.mp4``: arguments in, (status, stdout, stderr) out."""
    monkeypatch.chdir(tmp_path)
    write_video(tmp_path / "disc.mp4", moving_disc(4), fps=12)

    def run(*arguments, video="disc.mp4", out="out"):
        given = ["masks", "extract", "--video", video, "--out", out, "--device", "cpu", *arguments]
        status = main([str(argument) for argument in given])
        return status, *capsys.readouterr()

    return run


def refused(extract, *arguments, **places):
    """The one line of a refusal; nothing may be written."""
    status, said, error = extract(*arguments, **places)
    assert status == 2 and said == "" and error.startswith("maskvideo: ")
    return error


@needs_sam2
def test_points_at_two_objects_become_tracks_that_read_back(extract, models, tmp_path):
    points = {"disc": [{"x": 0.25, "y": 0.5}, {"frame": 2, "x": 0.5, "y": 0.5}], "late": [{"frame": 1, "x": 1, "y": 0}]}
    (tmp_path / "points.json").write_text(json.dumps(points), encoding="utf-8")
    status, said, _ = extract("--backend=sam2", "--model", models / "sam2.pt", *SMALL, "--points", "points.json")
    tracks = read_tracks(tmp_path / "out")
    assert status == 0 and tracks.names == ("disc", "late") and tracks.count == 4
    assert tracks.size == SIZE and tracks.fps == 12
    assert "disc: in 4 of 4 frames" in said and "wrote out" in said


@needs_sam
def test_sam_takes_boxes_on_a_folder_of_frames(extract, models, tmp_path):
    (tmp_path / "frames").mkdir()
    for index, frame in enumerate(moving_disc(3)):
        write_image(tmp_path / "frames" / f"{index}.png", frame)
    box = ("--box", "[[0.1, 0.2, 0.5, 0.8], [0.5, 0.2, 0.9, 0.8]]")
    assert extract("--backend=sam", "--model", models / "sam.pth", *box, video="frames")[0] == 0
    assert read_tracks(tmp_path / "out").names == ("object 1", "object 2")


@needs_sam2
def test_a_text_finds_the_object(extract, models, tmp_path):
    text = ("--text", "a dog", "--text-model", models / "dino", "--text-threshold", 0.01, "--text-choice", "largest")
    assert extract("--backend=sam2", "--model", models / "sam2.pt", *SMALL, *text, "--frame", 1)[0] == 0
    assert read_tracks(tmp_path / "out").names == ("a dog",)


def test_a_mask_is_followed_without_any_weights(extract, tmp_path):
    write_image(tmp_path / "first.png", (moving_disc(4)[0].max(axis=-1) > 200).astype(np.uint8) * 255)
    assert extract("--mask", "first.png")[0] == 0
    masks = read_tracks(tmp_path / "out").objects[0].masks
    truth = moving_disc(4).max(axis=-1) > 200
    assert all((mask & true).sum() > 0.5 * (mask | true).sum() for mask, true in zip(masks > 0, truth, strict=True))


def test_a_label_image_is_an_object_for_each_label(tmp_path):
    labels = np.zeros((6, 8), np.uint8)
    labels[:2], labels[3:] = 1, 2
    write_image(tmp_path / "labels.png", labels)
    prompts = masks_extract.mask_prompts(open_tracks(tmp_path / "labels.png"), 2, None)
    assert [(prompt.name, prompt.frame) for prompt in prompts] == [("object 1", 2), ("object 2", 2)]
    assert np.array_equal(prompts[1].mask, labels == 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "nothing points at an object"),
        (("--points", "[{"), "points are no JSON"),
        (("--points", "nowhere.json"), "there is no file nowhere.json: give JSON"),
        (("--points", '[{"x": 900, "y": 2}]'), "outside the 64x48 clip"),
        (("--points", '[{"frame": 9, "x": 0.5, "y": 0.5}]'), "prompted on frame 9, the clip has 4 frames"),
        (("--box", "[[0.5, 0.5, 1.5, 0.9]]"), "cut it to (0.5, 0.5, 1, 0.9)"),
        (("--mask", "nowhere.png"), "there are no masks at nowhere.png"),
        (("--text", "a dog"), "--text needs --text-model DIR"),
        (("--text", "a dog", "--text-model", "nowhere"), "there is no Grounding DINO model in nowhere"),
        (("--device", "tpu", "--points", CLICK), "device tpu is not there"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(extract, tmp_path, arguments, message):
    assert message in refused(extract, *arguments)
    assert not (tmp_path / "out").exists()


def test_a_folder_with_other_files_is_not_overwritten(extract, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("years of work")
    assert "holds other files (thesis.txt)" in refused(extract, "--points", CLICK)
    assert "tracks are a folder, give out" in refused(extract, "--points", CLICK, out="out.mp4")


def test_a_text_that_finds_nothing_is_told_what_would(extract, models):
    text = ("--text", "a dog", "--text-model", models / "dino", "--text-threshold", 0.9999999)
    assert "nothing on the frame looks like 'a dog'" in refused(extract, *text)


@needs_sam2
def test_a_model_file_with_code_in_it_is_refused(extract, tmp_path):
    class Code:
        def __reduce__(self):
            return print, ("it ran",)

    torch.save({"model": {}, "extra": Code()}, tmp_path / "evil.pt")
    error = refused(extract, "--backend=sam2", "--model", "evil.pt", "--points", CLICK)
    assert "evil.pt asks for" in error and "could run code: it was refused" in error


@needs_sam2
def test_a_model_is_asked_for_by_name(extract):
    error = refused(extract, "--backend=sam2", "--points", CLICK)
    assert "backend sam2 needs a checkpoint, such as sam2.1_hiera_small.pt" in error


def test_the_flags_offer_what_the_modules_know():
    assert masks_extract.BACKENDS == backends.BACKENDS and masks_extract.SAM2_PX == TRAINED_PX
    assert (masks_extract.CHOICES, masks_extract.THRESHOLD) == (text_choice.CHOICES, text_choice.THRESHOLD)
