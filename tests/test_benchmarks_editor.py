"""The scene of the editor's benchmark is as large as its README says; the rest of it needs a browser."""

import importlib.util
import json

import pytest
from maskvideo.mask_tools.trajectory import CHANNELS, trajectory_from_json

from .house import ROOT


@pytest.fixture
def bench():
    """The script as a module, without the path that it adds for itself."""
    spec = importlib.util.spec_from_file_location("maskvideo_benchmark_editor", ROOT / "benchmarks" / "editor.py")
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(".")  # what it appends is taken away with this
        spec.loader.exec_module(module)
    return module


def test_ten_objects_have_two_hundred_keyframes(bench):
    objects = trajectory_from_json(bench.crowded()).objects
    keys = sum(len(getattr(one, channel)) for one in objects for channel in CHANNELS)
    assert (len(objects), keys) == (10, 200) == (bench.OBJECTS, bench.KEYS)
    assert len({json.dumps(shape) for shape in bench.SHAPES}) == 4
