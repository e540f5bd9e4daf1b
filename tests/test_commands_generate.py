"""``maskvideo generate`` from its flags to its files, and what it says to bad input."""

from dataclasses import replace

import av
import pytest
import torch
from maskvideo.adapters.diffusers.generate_settings import GenerateSettings
from maskvideo.core.sample_presets import SAMPLE_PRESETS
from maskvideo.files.frame_layout import to_uint8
from maskvideo.files.images import read_image, write_image
from maskvideo.files.motion_file import save_motion
from maskvideo.mask_tools.write import write_masks
from safetensors.torch import load_file, save_file

from .command_base import SMALL, command_line, files_in, refused, report_in
from .generation_base import FRAMES, PROMPT, moving_box, tiny_motion
from .training_base import HEIGHT, WIDTH, tiny_model

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # diffusers' own, with NumPy 2
BASE = ["generate", "--masks", "masks", "--prompt", PROMPT, "--out", "out/a.mp4", *SMALL]


@pytest.fixture
def maskvideo(tmp_path, monkeypatch, capsys):
    return command_line(tmp_path, monkeypatch, capsys)


def test_it_writes_video_sheet_and_report(maskvideo, tmp_path):
    status, said, _ = maskvideo(*BASE, "--sheet=out/a.png", "--report=out/a.json", "--seed=7")
    assert status == 0 and "wrote out/a.mp4, out/a.png, out/a.json" in said
    assert files_in(tmp_path) == ["out", "out/a.json", "out/a.mp4", "out/a.png"]
    with av.open("out/a.mp4") as container:
        assert [(frame.width, frame.height) for frame in container.decode(video=0)] == [(WIDTH, HEIGHT)] * FRAMES
    assert read_image("out/a.png").shape[1] > WIDTH


def test_the_report_holds_every_setting_and_score(maskvideo):
    maskvideo(*BASE, "--report=a.json", "--seed=7", "--cfg=2", "--adain=end", "--no-adain-regions")
    report = report_in("a.json")
    asked = GenerateSettings(
        PROMPT, width=WIDTH, height=HEIGHT, frames=FRAMES, restart_frame=1, seed=7, steps=2, cfg=2.0, adain="end",
        adain_regions=False, first_frame_steps=2,
    )  # fmt: skip
    asked = asked.for_motion(tiny_motion(tiny_model()).metadata)
    assert {name: report[name] for name in vars(asked)} == vars(asked)
    assert report["motion_training"]["motion_prompt"] == "a star moves"
    assert len(report["mask_iou_per_frame"]) == report["video_frames"] == FRAMES
    assert report["seconds"] > 0 and 50 < report["peak_memory_mb"] < 10000
    assert report["masks"] == "masks" and report["warnings"] == []
    assert 0 <= report["mask_miou"] <= 1
    assert "colour_error_foreground" in report and "palette_consistency" in report


def test_the_same_seed_gives_the_same_pixels(maskvideo, tmp_path):
    sheets = []
    for seed in (3, 3, 4):
        maskvideo(*BASE, f"--seed={seed}", "--sheet=a.png")
        sheets.append((tmp_path / "a.png").read_bytes())
    assert sheets[0] == sheets[1] != sheets[2]


def test_more_masks_extend_the_video_and_fewer_can_be_taken(maskvideo, tmp_path):
    write_masks(tmp_path / "masks", moving_box(8))
    maskvideo(*BASE, "--report=a.json")
    assert report_in("a.json")["video_frames"] == 8
    maskvideo(*BASE, "--report=a.json", "--mask-frames=4")
    assert report_in("a.json")["video_frames"] == 4


def test_masks_can_be_a_video_or_one_image(maskvideo, tmp_path):
    write_masks(tmp_path / "masks.mp4", moving_box())
    assert maskvideo(*BASE, "--masks=masks.mp4")[0] == 0
    assert maskvideo(*BASE, "--masks=masks/00000.png")[0] == 0


def test_a_first_frame_of_any_size_starts_the_video(maskvideo, tmp_path):
    write_image(tmp_path / "first.png", to_uint8(torch.rand(1, 3, 1, 50, 70))[0])
    assert maskvideo(*BASE, "--first-frame=first.png")[0] == 0


@pytest.mark.parametrize("flags", [[], ["--noise-prior=trained"]])
def test_the_noise_is_the_one_that_the_motion_was_trained_with(maskvideo, flags):
    maskvideo(*BASE, "--report=a.json", *flags)
    report = report_in("a.json")
    assert (report["noise_prior"], report["alpha"], report["warnings"]) == ("random_vp", 0.3, [])


def test_other_noise_than_the_motions_is_a_warning(maskvideo):
    _, said, _ = maskvideo(*BASE, "--report=a.json", "--noise-prior=none")
    warning = "the noise is none, alpha 0.3; this motion was trained with random_vp, alpha 0.3"
    assert report_in("a.json")["warnings"] == [warning] and f"warning: {warning}" in said


@pytest.fixture
def undropped(tmp_path):
    """A motion file that was trained with masks at every step."""
    loaded = tiny_motion(tiny_model())
    save_motion(tmp_path / "m.safetensors", loaded.module, replace(loaded.metadata, training={"mask_drop": 0.0}))
    return "--motion=m.safetensors"


def test_a_motion_that_never_saw_a_dropped_mask_is_not_guided_on_it_unless_asked(maskvideo, undropped):
    maskvideo(*BASE, undropped, "--report=a.json")
    assert report_in("a.json")["mask_guidance"] is False and report_in("a.json")["warnings"] == []
    maskvideo(*BASE, undropped, "--report=b.json", "--mask-guidance")
    (warning,) = report_in("b.json")["warnings"]
    assert report_in("b.json")["mask_guidance"] is True and "trained with mask_drop 0" in warning
    assert report_in("a.json")["mask_iou_per_frame"] != report_in("b.json")["mask_iou_per_frame"]


def test_the_papers_preset_sets_all_that_the_paper_says_and_flags_win(maskvideo):
    maskvideo(*BASE, "--preset=paper", "--adain=all", "--report=a.json")
    report = report_in("a.json")
    own = {"width": WIDTH, "height": HEIGHT, "frames": FRAMES, "adain": "all"}  # of the flags
    assert {name: report[name] for name in SAMPLE_PRESETS["paper"]} == {**SAMPLE_PRESETS["paper"], **own}
    assert (report["first_frame_style"], report["scribble_guidance"]) == ("fill", False)


def test_a_motion_file_is_loaded_and_none_is_a_warning(maskvideo, tmp_path):
    model = tiny_model()
    loaded = tiny_motion(model)
    save_motion(tmp_path / "m.safetensors", loaded.module, loaded.metadata)
    assert maskvideo(*BASE, "--motion=m.safetensors", "--report=a.json")[0] == 0
    status, said, _ = maskvideo(*BASE, "--motion=none", "--controlnet=none")
    assert status == 0 and "warning: no motion file" in said


def test_a_mask_that_vanishes_midway_is_named_and_generation_goes_on(maskvideo, tmp_path):
    masks = moving_box(5)
    masks[:, :, 2:4] = 0
    write_masks(tmp_path / "masks", masks)
    status, said, _ = maskvideo(*BASE, "--report=a.json")
    assert status == 0 and "warning: the mask vanishes in frames 2-3" in said
    assert "frames 2-3" in report_in("a.json")["warnings"][0]


def test_masks_that_leave_nothing_to_score_still_give_a_video(maskvideo, tmp_path):
    write_masks(tmp_path / "masks", torch.ones(1, 1, FRAMES, HEIGHT, WIDTH))
    status, said, _ = maskvideo(*BASE, "--report=a.json")
    assert status == 0 and "warning: no scores: mask 0 is all white" in said
    assert report_in("a.json")["mask_miou"] is None


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--masks=nowhere"], "there are no masks at nowhere: give a folder"),
        (
            ["--frames=16", "--restart-frame=8"],
            "mask sequence has 3 frames, the first window needs 16: give 16 or more",
        ),
        (["--width=50"], "size 50x32 came, width and height must be divisible by 8: use 48x32"),
        (["--first-frame=nowhere.png"], "there is no image nowhere.png"),
        (["--out=a.avi"], "a.avi ends in .avi: give a.mp4"),
        (["--out=masks/00000.png/a.mp4"], "cannot be written"),
        (["--out=masks"], "masks ends in nothing: give masks.mp4"),
        (["--report=a.txt"], "a.txt ends in .txt: give a.json"),
        (["--scheduler=dimm"], "scheduler 'dimm' is unknown: the closest is ddim"),
        (["--steps=0"], "0 steps: give 1 to 1000"),
        (["--noise-prior=frist_frame"], "closest: first_frame"),
        (["--alpha=2"], "alpha is 2, it must lie between 0 and 1: give 1"),
        (["--mask-strength=-1"], "mask_strength is -1: give 0 or more"),
        (["--seed=-1"], "seed is -1: give a whole number"),
        (["--motion=nowhere.safetensors"], "nowhere.safetensors: no such file"),
        (["--checkpoint=m.safetensors", "--motion=none"], "--checkpoint needs a ControlNet for the first frame"),
        (["--checkpoint=m.safetensors", "--controlnet=none"], "--checkpoint needs a motion of that base"),
        (["--device=abacus"], "device abacus is not there: give auto or one of"),
    ],
)
def test_bad_flags_get_one_line_and_leave_nothing(maskvideo, tmp_path, flags, message):
    assert message in refused(maskvideo, tmp_path, *BASE, *flags)


def test_a_folder_without_masks_is_refused(maskvideo, tmp_path):
    (tmp_path / "empty").mkdir()
    assert "no masks found in empty" in refused(maskvideo, tmp_path, *BASE, "--masks=empty")


def test_masks_of_differing_sizes_are_named(maskvideo, tmp_path):
    write_masks(tmp_path / "masks", moving_box())
    write_image(tmp_path / "masks" / "00001.png", to_uint8(torch.ones(1, 3, 1, 8, 8))[0])
    said = refused(maskvideo, tmp_path, *BASE)
    assert f"masks differ in size: 00000.png is {WIDTH}x{HEIGHT}, 00001.png is 8x8" in said


def test_an_all_black_first_mask_is_refused(maskvideo, tmp_path):
    masks = moving_box()
    masks[:, :, 0] = 0
    write_masks(tmp_path / "masks", masks)
    assert "mask 0 is all black" in refused(maskvideo, tmp_path, *BASE)


def test_a_mask_video_that_does_not_decode_is_refused(maskvideo, tmp_path):
    (tmp_path / "broken.mp4").write_bytes(b"no video" * 100)
    assert "broken.mp4 does not decode" in refused(maskvideo, tmp_path, *BASE, "--masks=broken.mp4")


@pytest.fixture
def motion_path(tmp_path):
    model = tiny_model()
    loaded = tiny_motion(model)
    path = tmp_path / "m.safetensors"
    save_motion(path, loaded.module, loaded.metadata)
    return path


def metadata_of(path):
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        return file.metadata()


def test_a_motion_of_another_base_is_refused(maskvideo, tmp_path, motion_path):
    metadata = metadata_of(motion_path)
    other = metadata["maskvideo.architecture"].replace('"context_width": 16', '"context_width": 768')
    save_file(load_file(motion_path), motion_path, metadata | {"maskvideo.architecture": other})
    said = refused(maskvideo, tmp_path, *BASE, f"--motion={motion_path}")
    assert "trained on another base model" in said and "text width 16 instead of 768" in said


def test_a_motion_of_a_newer_format_is_refused(maskvideo, tmp_path, motion_path):
    metadata = metadata_of(motion_path) | {"maskvideo.format_version": "99"}
    save_file(load_file(motion_path), motion_path, metadata)
    assert "format 99" in refused(maskvideo, tmp_path, *BASE, f"--motion={motion_path}")


def test_a_truncated_motion_is_refused(maskvideo, tmp_path, motion_path):
    motion_path.write_bytes(motion_path.read_bytes()[:2000])
    assert "truncated or damaged" in refused(maskvideo, tmp_path, *BASE, f"--motion={motion_path}")


def test_a_checkpoint_that_is_no_sd1_model_is_refused_by_what_it_is(maskvideo, tmp_path, motion_path):
    flags = [f"--checkpoint={motion_path}", "--controlnet=none", "--motion=none"]
    said = refused(maskvideo, tmp_path, *BASE, *flags)
    assert "m.safetensors is a motion file" in said


def test_an_output_folder_that_cannot_be_written_is_refused_before_models_load(maskvideo, tmp_path, monkeypatch):
    from maskvideo.commands import models

    monkeypatch.setattr(models, "load_demo", lambda: pytest.fail("the model was loaded first"))
    (tmp_path / "file").write_text("")
    said = refused(maskvideo, tmp_path, *BASE, "--out=file/a.mp4")
    assert "output folder file cannot be written" in said


def test_ctrl_c_leaves_nothing_and_gives_the_shells_code(maskvideo, tmp_path, monkeypatch):
    from maskvideo.commands import models

    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(models, "load_demo", interrupted)
    status, _, error = maskvideo(*BASE)
    assert status == 130 and "stopped, nothing was written" in error
    assert files_in(tmp_path) == []
