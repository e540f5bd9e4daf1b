"""The benchmark times what it says it times."""

import importlib.util
import json
import sys

import pytest
import torch

from .house import ROOT


def load_benchmark():
    spec = importlib.util.spec_from_file_location("maskvideo_benchmark_step", ROOT / "benchmarks" / "step.py")
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


step = load_benchmark()


@pytest.fixture(scope="module")
def bench():
    return step.Bench("tiny", frames=3, size=(4, 6), device="cpu", dtype=torch.float32, temporal_width=0.25)


@torch.inference_mode()
def predict(bench, way):
    with bench.ways[way]() as guide:
        return bench.predict(guide)


def test_first_frame_attention_and_the_untrained_module_predict_the_same(bench):
    torch.testing.assert_close(predict(bench, step.FIRST_FRAME), predict(bench, step.FULL), atol=1e-5, rtol=1e-4)


def test_the_plain_step_is_the_untouched_model_before_and_after(bench):
    before = predict(bench, step.PLAIN)
    changed = predict(bench, step.FIRST_FRAME)
    assert torch.equal(predict(bench, step.PLAIN), before)
    assert not torch.allclose(changed[:, :, 1:], before[:, :, 1:], atol=1e-4)
    torch.testing.assert_close(changed[:, :, 0], before[:, :, 0], atol=1e-5, rtol=1e-4)


def test_a_ratio_is_taken_within_its_round_and_held_against_its_target():
    seconds = {step.PLAIN: [1.0, 10.0, 2.0], step.FIRST_FRAME: [0.9, 9.0, 1.8], step.FULL: [1.2, 12.0, 2.4]}
    plain, first_frame, full = step.summarise(seconds)
    assert [round(row["ratio"], 6) for row in (plain, first_frame, full)] == [1.0, 0.9, 1.2]
    assert (first_frame["met"], full["met"]) == ("yes", "no")


def test_the_report_holds_every_time_of_every_way(tmp_path):
    path = tmp_path / "step.json"
    command = ["--geometry", "tiny", "--frames", "2", "--size", "2", "2", "--repeats", "2", "--report", str(path)]
    rows = step.main(command)
    report = json.loads(path.read_text(encoding="utf-8"))
    assert [row["step"] for row in rows] == [step.PLAIN, step.FIRST_FRAME, step.FULL]
    assert [len(times) for times in report["seconds"].values()] == [2, 2, 2]
