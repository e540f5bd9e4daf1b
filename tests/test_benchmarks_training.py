"""The benchmark of a training step measures what it says, on both sides."""

import importlib.util
import json
import math
import os
import sys

import pytest

from .house import ROOT


def load_benchmark():
    spec = importlib.util.spec_from_file_location("maskvideo_benchmark_training", ROOT / "benchmarks" / "training.py")
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


training = load_benchmark()
TINY = ["--unet=small", "--frames=2", "--width=32", "--height=16", "--repeats=1"]


def arguments(*changes, lamp="LAMP", python="python"):
    return training.read_arguments([f"--lamp={lamp}", f"--lamp-python={python}", *TINY, *changes])


def test_ours_makes_real_steps_in_a_process_of_its_own():
    job = training.our_jobs(arguments())["matched"]
    with training.running(sys.executable, "training_ours.py", job) as side:
        first, second = side.step(), side.step()
    assert math.isfinite(first["loss"]) and first["loss"] != second["loss"]
    assert min(second["step"].values()) > 0 and second["peak_mb"] > 1
    assert side.facts["trained"] > 10_000
    assert side.process.returncode == 0


def test_only_the_first_two_of_ours_have_lamp_s_precision_and_the_first_its_checkpointing():
    configs = {name: job["config"] for name, job in training.our_jobs(arguments("--precision=bfloat16")).items()}
    settings = {name: (one["precision"], one["gradient_checkpointing"]) for name, one in configs.items()}
    assert settings["matched"] == settings["paper"] == ("bfloat16", True)
    assert settings["unchecked"] == ("bfloat16", False)
    assert settings["defaults"] == ("float32", False)


def test_ratios_are_taken_within_a_round_and_against_the_whole_step():
    lamps = [
        {"step": {"clock": one}, "encode": {"clock": one / 2}, "judged_by": "clock", "peak_mb": 900.0, "trained": 1}
        for one in (4.0, 40.0, 8.0)
    ]
    ours = [{**lamp, "step": {"clock": lamp["step"]["clock"] / 2}, "peak_mb": 450.0} for lamp in lamps]
    whole, bare, row = training.summarise({"matched": list(zip(lamps, ours, strict=True))}, bare_mb=600.0)
    assert (whole["seconds"], bare["seconds"], row["seconds"]) == (12.0, 8.0, 4.0)
    assert (row["times as fast"], row["without VAE and text"]) == (3.0, 2.0)
    assert (row["of its memory"], row["of it without VAE and text"], row["met"]) == (0.5, 0.75, "yes")


def test_the_report_holds_every_round_of_both_sides(tmp_path):
    lamp, python = os.environ.get("MASKVIDEO_LAMP"), os.environ.get("MASKVIDEO_LAMP_PYTHON")
    if not lamp or not python:
        pytest.skip("needs MASKVIDEO_LAMP, a checkout of LAMP, and MASKVIDEO_LAMP_PYTHON, an interpreter that runs it")
    report = tmp_path / "training.json"
    training.main([f"--lamp={lamp}", f"--lamp-python={python}", f"--report={report}", *TINY])
    rounds = json.loads(report.read_text(encoding="utf-8"))["rounds"]
    assert {name: len(pairs) for name, pairs in rounds.items()} == dict.fromkeys(training.our_jobs(arguments()), 1)
    losses = [side["loss"] for pairs in rounds.values() for pair in pairs for side in pair]
    assert all(math.isfinite(loss) for loss in losses)
