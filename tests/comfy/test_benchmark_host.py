"""The host's benchmark times what it says it times."""

import importlib.util

import pytest
import torch

from ..house import ROOT


@pytest.fixture(scope="module")
def benchmark(host):
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "benchmarks")
        spec = importlib.util.spec_from_file_location("maskvideo_benchmark_host", ROOT / "benchmarks" / "host.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return module


@torch.inference_mode()
def test_each_part_changes_the_result_and_the_plain_way_stays_as_it_was(benchmark):
    bench = benchmark.Bench("demo", frames=3, size=(8, 8), steps=2)
    first = {way: bench.sample(model) for way, model in bench.ways.items()}
    assert list(first) == [benchmark.PLAIN, benchmark.FIRST_FRAME, benchmark.MASKED, benchmark.FULL]
    again = {way: bench.sample(model) for way, model in reversed(bench.ways.items())}
    assert all(torch.equal(again[way], first[way]) for way in first)
    for one, other in zip(list(first.values()), list(first.values())[1:], strict=False):
        assert not torch.allclose(one[1:], other[1:], rtol=1e-2)


def test_a_round_times_the_merging_of_the_weights_apart(benchmark):
    with torch.inference_mode():
        bench = benchmark.Bench("demo", frames=2, size=(4, 4), steps=1)
    seconds = benchmark.measure(bench, repeats=1)
    assert list(seconds) == list(bench.ways) and len(bench.merging) == 2
    assert "target" in benchmark.summarise(seconds, benchmark.TARGETS)[-1]
