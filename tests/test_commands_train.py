"""``maskvideo train`` from its flags to its files."""

import argparse
from copy import deepcopy
from dataclasses import replace

import pytest
from maskvideo.commands import train
from maskvideo.commands.train_flags import resolve_config
from maskvideo.core.errors import MaskVideoError
from maskvideo.files.images import write_image
from maskvideo.files.motion_file import load_motion
from maskvideo.training.config import TrainConfig, write_config

from .house import ROOT
from .training_base import PROMPT, moving_square, tiny_config, tiny_model

REQUIRED = ("--data=clips", "--motion-prompt=it moves", "--out=motion.safetensors")


@pytest.fixture(scope="module")
def model():
    return tiny_model()


@pytest.fixture
def command(model, tmp_path, monkeypatch):
    """Runs the command on two written clips with the tiny model as its base."""
    for name in ("horse", "goat"):
        clip = moving_square(name)
        for kind in ("frames", "masks"):
            (tmp_path / "data" / name / kind).mkdir(parents=True)
        for index in range(len(clip.frames)):
            frame, mask = clip.frames[index].movedim(0, -1).numpy(), 255 * clip.masks[index].numpy()
            write_image(tmp_path / "data" / name / "frames" / f"{index}.png", frame)
            write_image(tmp_path / "data" / name / "masks" / f"{index}.png", mask)
    write_config(tmp_path / "tiny.toml", tiny_config())
    monkeypatch.setattr(train, "load_model", lambda args, device: deepcopy(model))
    given = [
        "--data",
        str(tmp_path / "data"),
        "--motion-prompt",
        PROMPT,
        "--out",
        str(tmp_path / "out" / "a.safetensors"),
    ]
    return lambda *flags: train.run(parse(*given, *flags))


def parse(*flags):
    parser = argparse.ArgumentParser()
    train.add_parser(parser.add_subparsers())
    return parser.parse_args(["train", *flags])


def config_flag(tmp_path):
    return f"--config={tmp_path / 'tiny.toml'}"


def test_it_writes_a_motion_file_and_says_what_it_takes_before_it_starts(command, model, tmp_path, capsys):
    assert command(config_flag(tmp_path)) == 0
    metadata = load_motion(tmp_path / "out" / "a.safetensors", model.architecture).metadata
    assert (metadata.step, metadata.motion_prompt) == (4, PROMPT)
    said = capsys.readouterr().out
    assert said.index("memory: about") < said.index("time: about") < said.index("wrote")


def test_flags_win_over_the_config_file_and_a_resumed_run_keeps_its_settings(command, model, tmp_path, capsys):
    assert command(config_flag(tmp_path), "--steps=2", "--seed=3") == 0
    assert command("--resume", "--steps=3") == 0
    assert "after 2 steps" in capsys.readouterr().out
    training = load_motion(tmp_path / "out" / "a.safetensors", model.architecture).metadata.training
    assert TrainConfig.from_dict(training) == tiny_config(steps=3, seed=3)


def test_resume_starts_where_nothing_is_saved_and_says_so(command, tmp_path, capsys):
    assert command(config_flag(tmp_path), "--resume", "--steps=1") == 0
    assert "is saved" in capsys.readouterr().out
    assert (tmp_path / "out" / "a.state.safetensors").exists()


def test_a_run_that_starts_from_a_motion_takes_its_settings_and_records_it(command, model, tmp_path):
    assert command(config_flag(tmp_path), "--steps=2") == 0
    first, second = tmp_path / "out" / "a.safetensors", tmp_path / "out" / "b.safetensors"
    assert command(f"--out={second}", f"--from={first}", "--steps=1", "--precision=bfloat16") == 0
    metadata = load_motion(second, model.architecture).metadata
    assert TrainConfig.from_dict(metadata.training) == tiny_config(steps=1, precision="bfloat16")
    assert metadata.start["file"] == "a.safetensors" and metadata.step == 1


def test_ctrl_c_ends_with_the_shells_code_and_says_how_to_go_on(command, tmp_path, monkeypatch, capsys):
    class Impatient(train.StepTimer):
        def __call__(self, report):
            super().__call__(report)
            raise KeyboardInterrupt

    monkeypatch.setattr(train, "StepTimer", Impatient)
    assert command(config_flag(tmp_path)) == 130
    assert "stopped and saved: the same command with --resume goes on" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--width=250"], "width is 250, it must be divisible by 8: 248 is the nearest"),
        (["--data=nowhere"], "data folder nowhere does not exist"),
        (["--config=nowhere.toml"], r"config nowhere\.toml cannot be read"),
        (["--precision=half"], 'precision is "half", it must be one of: float32, bfloat16, float16'),
        (["--start=nowhere.safetensors"], r"nowhere\.safetensors: no such file"),
        (["--backend=sam3"], "backend 'sam3' is unknown: use one of flow, sam2, sam"),
        (["--frames=7"], 'clip "goat" has 6 frames, 7 frames need 7: set frames to 6, or give a longer clip'),
    ],
)
def test_bad_input_is_refused_and_leaves_no_trace(command, tmp_path, flags, message):
    with pytest.raises(MaskVideoError, match=message):
        command(*([] if "--config" in flags[0] else [config_flag(tmp_path)]), *flags)
    assert not (tmp_path / "out").exists()


def test_a_device_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(MaskVideoError, match=r"device cuda:77 is not there: give auto or one of .*cpu"):
        train.load_model(None, "cuda:77")


def test_the_help_shows_the_layout_of_the_data_and_an_example(capsys):
    with pytest.raises(SystemExit):
        parse("--help")
    said = capsys.readouterr().out
    assert "DIR/<clip>/masks" in said and "--resume" in said and "maskvideo train --data" in said


def sample_flags(tmp_path, count=3):
    """Masks that no clip has, and their first frame."""
    clip = moving_square()
    (tmp_path / "held out").mkdir()
    for index in range(count):
        write_image(tmp_path / "held out" / f"{index}.png", 255 * clip.masks[index].flip(-1).numpy())
    write_image(tmp_path / "first.png", clip.frames[0].flip(-1).movedim(0, -1).numpy())
    return f"--sample-masks={tmp_path / 'held out'}", f"--sample-image={tmp_path / 'first.png'}"


def test_samples_are_written_beside_the_motion_file_every_so_many_steps(command, tmp_path):
    flags = sample_flags(tmp_path)
    assert command(config_flag(tmp_path), *flags, "--sample-every=2", "--steps=3") == 0
    sheets = sorted(path.name for path in (tmp_path / "out" / "a.samples").iterdir())
    assert sheets == ["step_000002.png", "step_000003.png"]


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        (["--sample-every=2"], "--sample-every needs masks to sample: add --sample-masks PATH"),
        (["--sample-masks=m", "--sample-every=-1"], "--sample-every is -1"),
        (["--sample-masks=m", "--checkpoint=base.safetensors"], "needs the sample's first frame: add --sample-image"),
    ],
)
def test_sample_flags_that_cannot_make_a_sample_are_refused_before_anything_is_read(command, tmp_path, flags, text):
    with pytest.raises(MaskVideoError, match=text):
        command(config_flag(tmp_path), *flags)
    assert not (tmp_path / "out").exists()


def test_too_few_masks_for_a_sample_end_the_command_before_training(command, tmp_path):
    flags = sample_flags(tmp_path, count=2)
    with pytest.raises(MaskVideoError, match="has 2 frames, the first window needs 3"):
        command(config_flag(tmp_path), *flags)
    assert not (tmp_path / "out" / "a.state.safetensors").exists()


def test_a_preset_is_where_settings_start_and_flags_win():
    config = resolve_config(parse(*REQUIRED, "--preset=paper", "--steps=9", "--width=256"))
    paper = TrainConfig.from_toml(ROOT / "docs" / "paper.toml")
    assert config == replace(paper, steps=9, width=256)


def test_a_preset_beside_a_config_or_of_another_name_is_refused():
    with pytest.raises(MaskVideoError, match=r"--config a.toml and --preset paper both came: give one"):
        resolve_config(parse(*REQUIRED, "--preset=paper", "--config=a.toml"))
    with pytest.raises(MaskVideoError, match="preset 'papers' is unknown: the closest is 'paper'"):
        resolve_config(parse(*REQUIRED, "--preset=papers"))


def test_a_preset_takes_the_shape_of_the_motion_that_a_run_starts_from(command, tmp_path):
    assert command(config_flag(tmp_path), "--steps=1") == 0
    first = tmp_path / "out" / "a.safetensors"
    config = resolve_config(parse(*REQUIRED, "--preset=paper", f"--start={first}", "--frames=3"))
    assert (config.steps, config.mask_drop, config.motion) == (15000, 0, tiny_config().motion)
