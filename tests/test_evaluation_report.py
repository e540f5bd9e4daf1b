import json
from pathlib import Path

import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.evaluation.report import evaluate_video, write_report


def scene():
    masks = torch.zeros(1, 1, 3, 64, 64)
    for t in range(3):
        masks[..., t, 10:40, 10 + 4 * t : 40 + 4 * t] = 1
    return masks * 0.9 + (1 - masks) * 0.1 + torch.zeros(1, 3, 1, 1, 1), masks


def test_a_report_holds_place_colour_and_consistency_and_survives_json(tmp_path):
    report = evaluate_video(*scene(), "a white square on a black background")
    write_report(tmp_path / "report.json", {"seed": 3, "out": Path("a/b.mp4"), **report})
    read = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert read["mask_miou"] == 1.0 and read["mask_iou_per_frame"] == [1.0, 1.0, 1.0]
    assert read["colour_error_foreground"] == 0 and read["prompt_colour_error_background"] < 0.01
    assert read["seed"] == 3 and Path(read["out"]) == Path("a/b.mp4")


def test_without_a_prompt_its_colours_are_not_scored():
    report = evaluate_video(*scene())
    assert report["prompt_colour_error_foreground"] is None
    assert report["palette_consistency"] > 0.99


def test_a_report_that_cannot_be_written_leaves_the_old_one(tmp_path):
    path = tmp_path / "report.json"
    write_report(path, {"mask_miou": 0.5})
    with pytest.raises(TypeError):
        write_report(path, {("not", "a key"): 1})
    assert json.loads(path.read_text(encoding="utf-8")) == {"mask_miou": 0.5}
    assert [p.name for p in tmp_path.iterdir()] == ["report.json"]


def test_masks_that_do_not_fit_are_refused():
    frames, masks = scene()
    with pytest.raises(MaskVideoError, match="fit the masks"):
        evaluate_video(frames, masks[:, :, :2])
