"""What Motion Dataset and Train Motion LoRA offer besides: samples, a prompt as CONDITIONING, a start, buckets."""

import numpy as np
import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.files.images import write_image
from maskvideo.training.config import TrainConfig
from safetensors.torch import load_file

from ..segment_base import needs_sam, save_sam
from .training_nodes import HEIGHT, SETTINGS, WIDTH, batch, frames_and_masks, motion_file, write_clip


def config_of(folders, name="my_motion"):
    return TrainConfig.from_toml(motion_file(folders, name).with_suffix(".training.toml"))


def held_out():
    """The clip mirrored: masks that move left, and their first frame."""
    pictures, masks = (np.ascontiguousarray(np.flip(one, axis=2)) for one in frames_and_masks())
    return {"sample_mask": torch.from_numpy(masks) / 255, "sample_image": torch.from_numpy(pictures)[:1] / 255}


def blocked(output):
    """The message that a connected node would show."""
    return getattr(output, "message", None)


def test_a_sample_from_held_out_masks_changes_no_bit_of_the_training(make_dataset, train, folders):
    dataset, *_ = make_dataset(**batch())
    *_, nothing = train(dataset, file="plain")
    *_, sample = train(dataset, file="shown", **held_out(), sample_prompt="a blue star", sample_every=2)
    assert sample.shape == (4, HEIGHT, WIDTH, 3) and 0 <= sample.min() < sample.max() <= 1
    plain, shown = (load_file(motion_file(folders, name)) for name in ("plain", "shown"))
    assert all(torch.equal(plain[name], shown[name]) for name in plain)
    assert "connect sample_mask and sample_image" in blocked(nothing)
    *_, again = train(dataset, file="shown", **held_out(), sample_prompt="a blue star")
    assert torch.equal(again, sample), "a run that is complete shows its sample too"


def test_the_live_preview_shows_the_sample_below_the_plot(make_dataset, train, host):
    import comfy.utils

    sizes = []

    def hook(done, total, preview, **_):
        if preview is not None:
            sizes.append(preview[1].size)

    before = comfy.utils.PROGRESS_BAR_HOOK
    comfy.utils.set_progress_bar_global_hook(hook)
    try:
        train(make_dataset(**batch())[0], **held_out(), sample_every=1)
    finally:
        comfy.utils.set_progress_bar_global_hook(before)
    assert sizes[-1][1] > sizes[0][1] + 40, "the first preview is the plot alone"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"sample_image": None}, "needs its first frame as sample_image: connect ControlNet First Frame"),
        ({"sample_mask": None}, "a sample needs held-out masks: connect sample_mask"),
        ({"sample_mask": None, "sample_image": None, "sample_every": 2}, "a sample needs held-out masks"),
        ({"sample_mask": torch.ones(3, HEIGHT, WIDTH)}, "has 3 frames, the first window needs 4"),
        ({"sample_mask": torch.zeros(4, HEIGHT, WIDTH)}, "mask 0 is all black"),
        ({"sample_mask": torch.ones(4, HEIGHT, HEIGHT)}, "the sample has masks of 64×64 for frames of 96×64"),
    ],
)
def test_a_sample_that_cannot_be_made_is_refused_before_training(make_dataset, train, folders, changes, text):
    with pytest.raises(MaskVideoError, match=text):
        train(make_dataset(**batch())[0], **held_out() | changes)
    assert not list(folders.glob("**/*.safetensors"))


def test_cancel_within_a_sample_saves_the_steps_before_it(make_dataset, train, folders, host, monkeypatch):
    import comfy.model_management as management
    from maskvideo.training.checkpoint import read_progress, state_path
    from maskvideo.training.samples import Samples

    dataset, *_ = make_dataset(**batch())
    train(dataset, file="whole", steps=4)
    take = Samples.take

    def cancelled_amid(self, step):
        management.interrupt_current_processing()
        try:
            return take(self, step)
        finally:
            management.interrupt_current_processing(False)

    with monkeypatch.context() as patch:
        patch.setattr(Samples, "take", cancelled_amid)
        with pytest.raises(management.InterruptProcessingException):
            train(dataset, file="cut", steps=4, **held_out(), sample_every=2)
    assert read_progress(state_path(motion_file(folders, "cut")))[0] == 2
    train(dataset, file="cut", steps=4, **held_out(), sample_every=2)
    whole, cut = (load_file(motion_file(folders, name)) for name in ("whole", "cut"))
    assert all(torch.equal(whole[name], cut[name]) for name in whole)


def encoded(clip, text):
    with torch.inference_mode():
        return clip.encode_from_tokens_scheduled(clip.tokenize(text))


def test_the_motion_prompt_as_conditioning_trains_as_the_prompt_itself(make_dataset, train, folders, demo):
    dataset, *_ = make_dataset(**batch())
    train(dataset, file="prompt")
    train(dataset, file="conditioning", conditioning=encoded(demo[1], "a red star moves"))
    train(dataset, file="another", conditioning=encoded(demo[1], "a blue circle on a green background"))
    prompt, same, other = (load_file(motion_file(folders, name)) for name in ("prompt", "conditioning", "another"))
    assert all(torch.equal(prompt[name], same[name]) for name in prompt)
    assert any(not torch.equal(prompt[name], other[name]) for name in prompt)
    with pytest.raises(MaskVideoError, match="clips, masks or prompts differ"):
        train(dataset, file="another", conditioning=encoded(demo[1], "a yellow circle"))


@pytest.mark.parametrize(
    ("conditioning", "text"),
    [
        ([[torch.zeros(2, 77, 64), {}]], "conditioning is a batch of 2 prompts, one is trained on: connect one CLIP"),
        ([[torch.zeros(1, 77, 64), {}]] * 2, "conditioning holds 2 prompts, one is trained on"),
        ([[torch.zeros(1, 77, 768), {}]], "embeddings of 768 values, the MODEL takes 64"),
        ([[torch.zeros(1, 77, 64), {"area": (8, 8, 0, 0)}]], "conditioning holds for an area"),
    ],
)
def test_a_conditioning_that_is_no_one_prompt_is_refused(make_dataset, train, folders, conditioning, text):
    with pytest.raises(MaskVideoError, match=text):
        train(make_dataset(**batch())[0], conditioning=conditioning)
    assert not list(folders.glob("**/*.safetensors"))


def test_a_run_goes_on_from_a_motion_with_its_shape(make_dataset, train, folders):
    dataset, *_ = make_dataset(**batch())
    train(dataset, file="first")
    # The start's [motion] holds without being said again: the quick preset has another rank and mask_width.
    train(dataset, file="second", start="first.safetensors", steps=1, learning_rate=1e-12, rank=0, settings="")
    first, second = (load_file(motion_file(folders, name)) for name in ("first", "second"))
    assert first.keys() == second.keys()
    assert all(torch.allclose(first[name], second[name], atol=1e-9) for name in first)
    assert config_of(folders, "second").motion == config_of(folders, "first").motion
    train(dataset, file="third", start="demo", steps=1, rank=0, settings="")
    assert config_of(folders, "third").motion.mask_width == 64


def test_a_start_that_does_not_fit_is_refused_before_training(make_dataset, train, folders):
    from maskvideo.nodes.training import TrainMotionLoRA

    dataset, *_ = make_dataset(**batch())
    train(dataset, file="first")
    with pytest.raises(MaskVideoError, match=r"start first.safetensors has motion.rank 2, this run 3: set motion.rank"):
        train(dataset, file="second", start="first.safetensors", rank=3, settings="")
    with pytest.raises(MaskVideoError, match=r"first.safetensors is the file that is written"):
        train(dataset, file="first", start="first.safetensors")
    assert not motion_file(folders, "second").exists()
    assert "the closest is first.safetensors" in TrainMotionLoRA.validate_inputs("second", "fist.safetensors")
    assert TrainMotionLoRA.validate_inputs("second", "first.safetensors") is True


def test_the_advanced_fields_reach_the_run_and_zero_counts_where_it_is_a_choice(make_dataset, train, folders):
    fields = {"projections": "none", "temporal_width": 0.5, "mask_injection": "query", "noise_prior": "random_vp"}
    fields |= {"alpha": 0.0, "mask_weight": 0.5, "consistency_weight": 0.25, "flips": "off", "batch_size": 2}
    dataset, *_ = make_dataset(**batch())
    train(dataset, steps=1, gradient_checkpointing="on", **fields)
    config = config_of(folders)
    found = {name: getattr(config, name, None) for name in fields} | {
        name: getattr(config.motion, name) for name in ("projections", "temporal_width", "mask_injection")
    }
    assert found == fields | {"flips": False} and config.gradient_checkpointing
    train(dataset, steps=1, file="plain")
    assert config_of(folders, "plain") == TrainConfig.from_dict(
        {"steps": 1, "frames": 4, "width": WIDTH, "height": HEIGHT, "motion": {"rank": 2, "mask_width": 8, "frames": 4}}
    )


def test_a_host_that_can_folds_the_advanced_fields_away(folders):
    from maskvideo.nodes.training import TrainMotionLoRA

    inputs = TrainMotionLoRA.define_schema().inputs
    folded = [one.id for one in inputs if one.as_dict().get("advanced")]
    assert {"projections", "temporal_width", "noise_prior", "mask_weight", "consistency_weight"} <= set(folded)
    assert not {"steps", "preset", "dataset", "sample_mask"} & set(folded)
    added = [one.id for one in inputs if one.optional]
    assert [one.id for one in inputs][-len(added) :] == added, "graphs without the newer inputs stay valid"


def test_frame_step_and_buckets_are_the_datasets_and_reach_the_run(make_dataset, train, folders):
    upright = {name: value.transpose(1, 2) for name, value in batch(frames=8, masks=8).items()}
    first, *_ = make_dataset(**batch(frames=8, masks=8), frame_step=2, aspect_buckets=True)
    both, _, report = make_dataset(**upright, dataset=first, frame_step=2, aspect_buckets=True)
    assert [tuple(clip.frames.shape[-2:]) for clip in both.clips] == [(HEIGHT, WIDTH), (WIDTH, HEIGHT)]
    assert "96x64 (1), 64x96 (1) pixels; the longest window that fits all is 4 frames" in report
    train(both, steps=2, batch_size=2)
    config = config_of(folders)
    assert (config.frame_step, config.aspect_buckets, config.width, config.height) == (2, True, WIDTH, HEIGHT)
    with pytest.raises(MaskVideoError, match="the dataset before has frame_step 2, this one frame_step 1: set both"):
        make_dataset(**upright, dataset=first, aspect_buckets=True)
    with pytest.raises(MaskVideoError, match="frame_step is 1, the dataset's clips have 2: take frame_step out"):
        train(both, settings=f"frame_step = 1\n{SETTINGS}")


def test_a_clip_with_its_first_mask_alone_is_followed_and_kept_in_the_hosts_temporary_folder(make_dataset, folders):
    clip = folders / "input" / "set" / "one"
    write_clip(clip)
    write_image(clip / "mask.png", frames_and_masks()[1][0])
    for path in (clip / "masks").iterdir():
        path.unlink()
    (clip / "masks").rmdir()
    from maskvideo.nodes.training import MotionDataset

    shown = next(one for one in MotionDataset.define_schema().inputs if one.id == "folder")
    assert "set" in shown.options
    dataset, *_ = make_dataset(folder="set")
    truth = torch.from_numpy(frames_and_masks()[1] > 0)
    found = dataset.clips[0].masks.bool()
    assert (found & truth).sum() / (found | truth).sum() > 0.8
    assert list((folders / "temp").rglob("*.npy"))
    assert sorted(path.name for path in clip.iterdir()) == ["frames", "mask.png"]


@needs_sam
def test_a_clip_without_masks_is_followed_by_the_backend_that_is_asked_for(make_dataset, folders):
    clip = folders / "input" / "set" / "one"
    write_clip(clip)
    (clip / "masks").rename(folders / "masks")
    (clip / "boxes.json").write_text("[[0.08, 0.25, 0.42, 0.75]]", encoding="utf-8")
    save_sam(folders / "sams" / "tiny.pth")
    flow, *_ = make_dataset(folder="set")
    sam, *_ = make_dataset(folder="set", backend="sam", model="sams/tiny.pth")
    assert not torch.equal(flow.clips[0].masks, sam.clips[0].masks)
    with pytest.raises(MaskVideoError, match="backend sam needs a checkpoint, such as sam_vit_b"):
        make_dataset(folder="set", backend="sam")
    with pytest.raises(MaskVideoError, match="backend 'sam3' is unknown"):
        make_dataset(folder="set", backend="sam3")


def test_a_folder_with_short_clips_names_them_all_before_training(make_dataset, train, folders):
    for name, frames in (("a", 5), ("b", 3), ("c", 2)):
        write_clip(folders / "input" / "set" / name, frames, frames)
    dataset, *_ = make_dataset(folder="set")
    with pytest.raises(MaskVideoError) as error:
        train(dataset)
    assert str(error.value).splitlines() == [
        "2 of 3 clips cannot be used:",
        'clip "b" has 3 frames, 4 frames need 4: set frames to 3, or give a longer clip',
        'clip "c" has 2 frames, 4 frames need 4: set frames to 2, or give a longer clip',
    ]
    assert not list(folders.glob("**/*.safetensors"))
