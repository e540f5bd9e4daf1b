import json
import shutil

import numpy as np
import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.extract import extract_tracks
from maskvideo.mask_tools.frame_source import open_frames
from maskvideo.mask_tools.text_boxes import TextBoxes
from maskvideo.mask_tools.text_choice import box_prompts, choose_boxes

from .segment_base import SIDE_PX, moving_disc, needs_sam2, save_grounding_dino, save_sam2

FRAME = moving_disc(1)[0]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_grounding_dino(tmp_path_factory.mktemp("dino") / "model")


@pytest.fixture(scope="module")
def boxes(folder):
    return TextBoxes(folder)


def test_boxes_and_scores_are_those_of_transformers_own_post_processing(folder, boxes):
    from transformers import AutoModelForZeroShotObjectDetection, AutoProcessor

    processor = AutoProcessor.from_pretrained(folder)
    inputs = processor(images=FRAME, text="a red dog.", return_tensors="pt")
    with torch.inference_mode():
        outputs = AutoModelForZeroShotObjectDetection.from_pretrained(folder).eval()(**inputs)
    theirs = processor.image_processor.post_process_object_detection(outputs, threshold=0.0)[0]["boxes"]
    ours = boxes.find(FRAME, "a red dog", threshold=0.01)
    for one in ours:
        assert min(np.abs(theirs.numpy().clip(0, 1) - np.array(one.box)).max(axis=1)) < 1e-5
    assert ours == sorted(ours, key=lambda one: -one.score) and all(0.01 <= one.score <= 1 for one in ours)


def test_every_find_belongs_to_one_of_the_phrases(boxes):
    found = boxes.find(FRAME, "A red dog.  star. ", threshold=0.01)
    assert {one.label for one in found} <= {"a red dog", "star"}


def test_a_text_that_finds_nothing_is_told_the_best_score_and_a_threshold_that_works(boxes):
    with pytest.raises(MaskVideoError, match="nothing on the frame looks like 'a horse'") as error:
        boxes.find(FRAME, "a horse", threshold=0.9999999)
    lower = float(str(error.value).split("lower it to ")[1].split(",")[0])
    assert boxes.find(FRAME, "a horse", threshold=lower)


@pytest.mark.parametrize("text", ["", "  ", "."])
def test_an_empty_text_is_refused(boxes, text):
    with pytest.raises(MaskVideoError, match="name what to look for"):
        boxes.find(FRAME, text)


def test_a_threshold_outside_its_range_is_refused(boxes):
    with pytest.raises(MaskVideoError, match=r"threshold is 1\.5: give a number between 0 and 1"):
        boxes.find(FRAME, "a dog", threshold=1.5)


@needs_sam2
def test_a_text_prompts_sam2(boxes, tmp_path):
    from maskvideo.mask_tools.sam2_backend import Sam2Backend
    from maskvideo.mask_tools.sam2_model import load_sam2

    found = choose_boxes(boxes.find(FRAME, "a dog", threshold=0.01), "largest")
    backend = Sam2Backend(load_sam2(save_sam2(tmp_path / "tiny.pt"), SIDE_PX))
    tracks = extract_tracks(open_frames(moving_disc(3)), box_prompts(found), backend)
    assert tracks.names == ("a dog",) and tracks.count == 3


def without_config(folder):
    (folder / "config.json").unlink()


def truncated(folder):
    weights = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(weights[: len(weights) // 2])


def a_pickle(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def without_processor(folder):
    for file in folder.glob("*processor*"):
        file.unlink()


def without_words(folder):
    for name in ("tokenizer.json", "vocab.txt", "tokenizer_config.json", "special_tokens_map.json"):
        (folder / name).unlink(missing_ok=True)


def of_another_kind(folder):
    (folder / "config.json").write_text(json.dumps({"model_type": "bert"}), encoding="utf-8")


def with_few_weights(folder):
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    few = {name: value for name, value in weights.items() if "text_backbone" not in name}
    save_file(few, folder / "model.safetensors", {"format": "pt"})


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (without_config, "there is no Grounding DINO model in .* with config.json"),
        (truncated, "is no whole Grounding DINO model"),
        (a_pickle, "has no .safetensors weights: pickles"),
        (without_processor, "is no whole Grounding DINO model"),
        (without_words, "is no whole Grounding DINO model"),
        (of_another_kind, "is no whole Grounding DINO model"),
        (with_few_weights, "it lacks model.text_backbone"),
    ],
)
def test_a_folder_that_is_no_whole_model_is_named(folder, tmp_path, harm, message):
    shutil.copytree(folder, tmp_path / "model")
    harm(tmp_path / "model")
    with pytest.raises(MaskVideoError, match=message):
        TextBoxes(tmp_path / "model")
