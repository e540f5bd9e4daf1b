"""``maskvideo ablate`` from its flags to table and plot."""

import pytest
from maskvideo.adapters.diffusers import generate
from maskvideo.files.images import read_image
from maskvideo.files.motion_file import save_motion
from maskvideo.mask_tools.write import write_masks

from .command_base import SMALL, command_line, files_in, refused, report_in
from .generation_base import moving_box, tiny_motion
from .training_base import tiny_model

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # diffusers' own, with NumPy 2
BASE = ["ablate", "--masks", "masks", "--report", "out/a.json", "--seeds", "0", "1", *SMALL]


@pytest.fixture
def maskvideo(tmp_path, monkeypatch, capsys):
    return command_line(tmp_path, monkeypatch, capsys)


def test_it_compares_all_variants_and_writes_report_table_and_plot(maskvideo, tmp_path):
    status, said, _ = maskvideo(*BASE, "--noise-prior=first_frame", "--alpha=0.2")
    assert status == 0 and files_in(tmp_path) == ["out", "out/a.json", "out/a.md", "out/a.png"]
    report = report_in("out/a.json")
    variants = [row["variant"] for row in report["summary"]]
    assert variants[:4] == ["full", "without masks", "without the first frame", "without ControlNet"]
    assert "noise_prior as trained (random_vp, 0.3)" in variants and "cfg 1" in variants
    assert all(row["videos"] == 2 for row in report["summary"]) and len(report["runs"]) == 2 * len(variants)
    table = (tmp_path / "out" / "a.md").read_text(encoding="utf-8")
    assert table in said and table.count("\n") == 2 + len(variants)
    assert read_image("out/a.png").ndim == 3


def test_clips_seeds_and_prompts_combine_and_drawn_clips_join(maskvideo, tmp_path):
    write_masks(tmp_path / "goat" / "masks", moving_box(7))
    given = ["--masks", "masks", "goat/masks", "--drawn=1", "--prompt", "a red blob", "a pink blob"]
    assert maskvideo(*BASE, *given, "--only", "vary")[0] == 0
    cases = [(case["clip"], case["seed"], case["prompt"]) for case in report_in("out/a.json")["setup"]["cases"]]
    clips = [tmp_path.name, "goat", "drawn 1000.0 circle"]
    prompts = ["a red blob", "a pink blob"] * 3
    expected = [(clip, seed) for clip in clips for seed in (0, 1)]
    assert cases == [(*pair, prompt) for pair, prompt in zip(expected, prompts, strict=True)]


def test_motion_files_and_values_of_settings_are_compared(maskvideo, tmp_path):
    model = tiny_model()
    other = tiny_motion(model, mask_branch=True)
    save_motion(tmp_path / "query.safetensors", other.module, other.metadata)
    flags = ["--only", "motion", "vary", "--motion=demo", "--motion=q=query.safetensors"]
    flags += ["--alpha=0.2", "--vary=alpha=0.2,0.5", "--vary=mask-guidance=on", "--no-mask-guidance"]
    assert maskvideo(*BASE, *flags)[0] == 0
    variants = [row["variant"] for row in report_in("out/a.json")["summary"]]
    assert variants == ["full", "motion q", "alpha 0.5", "mask_guidance on"]


def test_a_stopped_ablation_resumes_and_equals_an_uninterrupted_one(maskvideo, monkeypatch):
    flags = [*BASE, "--only", "parts"]
    maskvideo(*flags, "--report=whole.json")
    calls, real = [], generate.generate_video

    def stopping(*arguments, **named):
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return real(*arguments, **named)

    monkeypatch.setattr(generate, "generate_video", stopping)
    status, said, _ = maskvideo(*flags)
    assert status == 130 and "--resume goes on" in said
    assert len(report_in("out/a.json")["runs"]) == 3
    assert maskvideo(*flags, "--resume")[0] == 0
    assert len(calls) == 4 + 5
    whole, resumed = (report_in(path)["runs"] for path in ("whole.json", "out/a.json"))
    assert [{**run, "seconds": 0} for run in resumed] == [{**run, "seconds": 0} for run in whole]


def test_an_existing_report_is_kept_and_one_of_another_setup_is_not_resumed(maskvideo, tmp_path):
    flags = [*BASE, "--only", "vary"]
    maskvideo(*flags)
    assert "a.json exists: add --resume to go on with it" in refused(maskvideo, tmp_path, *flags)
    error = refused(maskvideo, tmp_path, *flags, "--resume", "--alpha=0.5")
    assert "out/a.json was made with another alpha" in error
    assert maskvideo(*flags, "--overwrite", "--alpha=0.5")[0] == 0
    assert report_in("out/a.json")["setup"]["alpha"] == 0.5


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--masks", "nowhere"], "there are no masks at nowhere"),
        (["--masks", "masks", "masks"], "two clips are called"),
        (["--only", "colour"], "group 'colour' is unknown: give one of parts"),
        (["--vary", "stepz=1"], "there is no setting 'stepz'"),
        (["--vary", "steps=few"], "steps takes values of type int, such as 20"),
        (["--vary", "alpha=7"], "alpha is 7, it must lie between 0 and 1"),
        (["--motion", "a=b.safetensors", "--motion", "a=c.safetensors"], "two motion files have one name"),
        (["--motion", "nowhere.safetensors"], "nowhere.safetensors: no such file"),
        (["--report", "a.md"], "a.md ends in .md: give a.json"),
    ],
)
def test_bad_flags_get_one_line_and_leave_nothing(maskvideo, tmp_path, flags, message):
    assert message in refused(maskvideo, tmp_path, *BASE, *flags)


def test_nothing_to_make_videos_of_is_said(maskvideo, tmp_path):
    error = refused(maskvideo, tmp_path, "ablate", "--report", "a.json", *SMALL)
    assert "give --masks DIR..., --drawn N, or both" in error
