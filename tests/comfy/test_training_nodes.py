"""Motion Dataset and Train Motion LoRA, run as the host runs them."""

import pytest
import torch
from maskvideo.adapters.diffusers.demo_model import load_demo_base
from maskvideo.core.errors import MaskVideoError
from maskvideo.files.motion_file import load_motion as read_motion
from maskvideo.training.checkpoint import read_progress, state_path
from maskvideo.training.config import TrainConfig
from safetensors.torch import load_file

from .training_nodes import HEIGHT, WIDTH, batch, motion_file, write_clip

CUT_STEPS = 24
"""Enough for the progress bar to move before they are done: it does so ten times a second at most."""


def test_a_folder_and_a_batch_are_the_same_clips(make_dataset, folders):
    for name in ("first", "second"):
        write_clip(folders / "input" / "set" / name, prompt="a blue star" if name == "second" else None)
    read, sheet, report = make_dataset(folder="set")
    (given, *_) = make_dataset(**batch(), dataset=read, motion_prompt="")
    assert [clip.name for clip in given.clips] == ["first", "second", "clip 3 of the graph"]
    assert all(torch.equal(clip.frames, given.clips[0].frames) for clip in given.clips)
    assert all(torch.equal(clip.masks, given.clips[0].masks) for clip in given.clips)
    assert given.motion_prompt == "a red star moves" and given.clips[1].prompt == "a blue star"
    assert sheet.shape[0] == 1 and sheet.shape[-1] == 3 and 0 <= sheet.min() < sheet.max() <= 1
    assert "first: 5 frames, masks cover 17%" in report and '"a blue star"' in report
    assert "the longest window that fits all is 5 frames" in report


def test_clips_before_keep_their_prompt_where_the_later_node_has_another(make_dataset):
    first, *_ = make_dataset(**batch())
    both, *_ = make_dataset(**batch(), dataset=first, motion_prompt="a blue star turns")
    assert [clip.prompt or both.motion_prompt for clip in both.clips] == ["a red star moves", "a blue star turns"]


def test_every_wrong_clip_is_named_at_once(make_dataset, folders):
    write_clip(folders / "input" / "set" / "good")
    write_clip(folders / "input" / "set" / "fewer", masks=3)
    write_clip(folders / "input" / "set" / "broken")
    (folders / "input" / "set" / "broken" / "frames" / "3.png").write_bytes(b"no picture")
    write_clip(folders / "input" / "set" / "bare")
    (folders / "input" / "set" / "bare" / "masks").rename(folders / "input" / "masks")
    with pytest.raises(MaskVideoError) as error:
        make_dataset(folder="set")
    lines = str(error.value).splitlines()
    assert lines[0] == "3 of 4 clips cannot be used:"
    assert 'clip "bare" has no masks' in lines[1]
    assert "3.png is not a readable image" in lines[2]
    assert 'clip "fewer" has 3 masks for 5 frames' in lines[3]


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        ({}, "the dataset has no clips: choose a folder, or connect an image and a mask"),
        ({**batch(), "motion_prompt": " "}, "motion_prompt is empty"),
        ({"image": batch()["image"]}, "has an image and no mask: connect both"),
        (batch(masks=4), "has 4 masks for 5 frames"),
        ({**batch(), "mask": torch.zeros(5, 64, 96)}, "every mask is empty"),
        ({**batch(), "mask": torch.ones(5, 64, 64)}, "masks of 64×64 for frames of 96×64, another shape"),
        ({"folder": "../outside"}, "lies outside the host's folder"),
    ],
)
def test_a_dataset_that_cannot_train_says_why(make_dataset, inputs, text):
    with pytest.raises(MaskVideoError, match=text):
        make_dataset(**inputs)


def test_folders_with_clips_are_offered_and_change_with_their_files(folders):
    from maskvideo.nodes.training import MotionDataset

    write_clip(folders / "input" / "horses" / "one")
    (folders / "input" / "pictures").mkdir()
    shown = next(one for one in MotionDataset.define_schema().inputs if one.id == "folder")
    assert shown.options == ["none", "horses"]
    before = MotionDataset.fingerprint_inputs(folder="horses")
    assert MotionDataset.fingerprint_inputs(folder="horses") == before
    write_clip(folders / "input" / "horses" / "two")
    assert MotionDataset.fingerprint_inputs(folder="horses") != before
    assert "lies outside" in MotionDataset.validate_inputs(folder="../horses")


def test_three_steps_give_a_motion_that_both_sides_load(make_dataset, train, folders, demo):
    from maskvideo.adapters.comfy.motion import require_motion

    dataset, *_ = make_dataset(**batch())
    model, name, plot, report, _ = train(dataset, preset="one clip", seed=7)
    assert name == "my_motion.safetensors" and require_motion(model).metadata.step == 3
    trained = read_motion(motion_file(folders), load_demo_base()[0].architecture).metadata
    assert (trained.motion_prompt, trained.frames, trained.resolution) == ("a red star moves", 4, (WIDTH, HEIGHT))
    config = TrainConfig.from_dict(dict(trained.training))
    assert (config.steps, config.seed, config.consistency_weight, config.motion.rank) == (3, 7, 0.5, 2)
    assert plot.shape[0] == 1 and plot.shape[-1] == 3
    assert "memory: about" in report and "for 3 steps" in report and "taken:" in report


def test_cancel_saves_and_the_same_settings_go_on_bit_for_bit(make_dataset, train, folders, host):
    import comfy.model_management as management

    dataset, *_ = make_dataset(**batch())
    train(dataset, file="whole", steps=CUT_STEPS)
    with pytest.raises(management.InterruptProcessingException):
        cancel_amid(lambda: train(dataset, file="cut/short", steps=CUT_STEPS))
    assert 0 < read_progress(state_path(motion_file(folders, "cut/short")))[0] < CUT_STEPS
    done = read_progress(state_path(motion_file(folders, "cut/short")))[0]
    *_, report, _ = train(dataset, file="cut/short", steps=CUT_STEPS)
    assert f"for {CUT_STEPS - done} steps" in report, "the time that is left"
    whole, cut = (load_file(motion_file(folders, name)) for name in ("whole", "cut/short"))
    assert all(torch.equal(cut[name], whole[name]) for name in whole)
    with pytest.raises(MaskVideoError, match=r"resume: the saved run has learning_rate 0.0003, this one 0.001"):
        train(dataset, file="whole", learning_rate=1e-3)
    train(dataset, file="whole", learning_rate=1e-3, existing="train anew")
    assert any(not torch.equal(load_file(motion_file(folders, "whole"))[name], whole[name]) for name in whole)


def cancel_amid(work):
    """Presses the host's Cancel when the progress bar has moved."""
    import comfy.model_management as management
    import comfy.utils

    def hook(done, total, preview, **_):
        if done:
            management.interrupt_current_processing()

    before = comfy.utils.PROGRESS_BAR_HOOK
    comfy.utils.set_progress_bar_global_hook(hook)
    try:
        work()
    finally:
        comfy.utils.set_progress_bar_global_hook(before)
        management.interrupt_current_processing(False)


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        ({"frames": 6}, "has 5 frames, 6 frames need 6: set frames to 5, or give a longer clip"),
        ({"settings": "stps = 3"}, "no key 'stps': the closest is 'steps'"),
        ({"settings": "steps = "}, "settings is no TOML"),
        ({"settings": "width = 512"}, "width is 512, the dataset's clips have 96"),
        ({"file": "../elsewhere"}, "is no place in"),
        ({"file": " "}, "is no place in"),
        ({"file": "a.state"}, "ends in .state"),
    ],
)
def test_training_that_cannot_run_says_why_before_it_begins(make_dataset, train, folders, inputs, text):
    dataset, *_ = make_dataset(**batch())
    with pytest.raises(MaskVideoError, match=text):
        train(dataset, **inputs)
    assert not list(folders.glob("**/*.safetensors"))


def test_the_saved_training_state_is_not_offered_as_a_motion(make_dataset, train, folders):
    from maskvideo.adapters.comfy.model_folders import list_motion_files

    train(make_dataset(**batch())[0])
    assert list_motion_files() == ["demo", "my_motion.safetensors"]


def test_the_settings_that_a_run_wrote_repeat_it(make_dataset, train, folders):
    dataset, *_ = make_dataset(**batch())
    train(dataset, seed=5)
    text = motion_file(folders).with_suffix(".training.toml").read_text(encoding="utf-8")
    train(dataset, file="again", preset="paper", steps=0, frames=0, rank=0, settings=text)
    first, second = (load_file(motion_file(folders, name)) for name in ("my_motion", "again"))
    assert all(torch.equal(first[name], second[name]) for name in first)
