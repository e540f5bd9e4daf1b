"""The benchmark of the tracker measures what it says it measures."""

import importlib.util
import json
import sys

import numpy as np
import pytest
from maskvideo.files.images import write_image

from .flow_base import disk_clip
from .house import ROOT


def load_benchmark():
    spec = importlib.util.spec_from_file_location("maskvideo_benchmark_tracker", ROOT / "benchmarks" / "tracker.py")
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tracker = load_benchmark()


def test_every_clip_is_scored_in_both_directions_and_the_mean_comes_last(tmp_path):
    frames, masks = disk_clip(5)
    for name in ("frames", "masks"):
        (tmp_path / "disk" / name).mkdir(parents=True)
    for index, (frame, mask) in enumerate(zip(frames, masks, strict=True)):
        write_image(tmp_path / "disk" / "frames" / f"{index:05d}.png", frame)
        write_image(tmp_path / "disk" / "masks" / f"{index:05d}.png", mask.astype(np.uint8) * 255)
    report = tmp_path / "report.json"
    rows = tracker.main(["--davis", str(tmp_path), "--reverse", "--report", str(report)])
    assert [row["clip"] for row in rows] == ["disk", "mean", "disk (backwards)", "mean"]
    assert all(row["J"] > 0.9 and row["J"] >= row["J, last third"] - 0.1 for row in rows)
    assert len(json.loads(report.read_text(encoding="utf-8"))["clips"]) == 4


def test_the_long_video_is_followed_and_its_memory_read_twice():
    figures = tracker.measure_long(10, (96, 160))
    assert figures["frames"] == 10 and figures["J at the end"] > 0.8
    assert 0 < figures["peak memory MB after the first tenth"] <= figures["peak memory MB at the end"]


def test_nothing_to_do_is_refused(capsys):
    with pytest.raises(SystemExit):
        tracker.main([])
    assert "--davis" in capsys.readouterr().err
