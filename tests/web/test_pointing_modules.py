"""The pointing editor's pure modules under Node: for themselves, and against the Python side, which is the truth."""

import json
import re

import pytest
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.prompt_json import parse_prompts
from maskvideo.mask_tools.tracks import track_colour

from .node_base import reason_to_skip, run_node

SIZE = (100, 200)
COLOURS = 30
CASES = [
    {"points": '[{"x": 0.4, "y": 0.5}]'},
    {"points": '[{"x": 40, "y": 50}]', "not_points": '[{"x": 60, "y": 10}]'},
    {"points": '[{"x": 1, "y": 1}, {"x": 0, "y": 0.5}]'},
    {"points": '{"positive": [{"x": 40, "y": 50}], "negative": [{"x": 199, "y": 99}]}'},
    {"points": '{"dog": [{"x": 1, "y": 0.5}, {"frame": 2, "x": 0.6, "y": 1, "label": 0}], "cat": {"x": 1, "y": 0}}'},
    {
        "points": '{"cat": [], "dog": []}',
        "boxes": '{"bird": [[0, 0, 1, 1]], "cat": [{"frame": 3, "box": [0, 0, 1, 0.5]}]}',
    },
    {"boxes": "[[0.2, 0.1, 0.6, 0.9], [0, 0, 1, 1]]"},
    {"boxes": "[20, 10, 60, 90]"},
    {"boxes": '[{"x": 10, "y": 20, "width": 30, "height": 40}]'},
    {"boxes": '{"x": 0.1, "y": 0.2, "width": 0.3, "height": 0.4}'},
    {"boxes": '[{"frame": 4, "box": [0.1, 0.2, 0.3, 0.4]}, {"box": {"x": 0, "y": 0, "width": 1, "height": 1}}]'},
    {"points": '{"<b>": [{"x": 0.5, "y": 0.5}], "__proto__": [{"x": 0, "y": 0}]}'},
]
WRONG = [
    {"points": "{"},
    {"points": "7"},
    {"points": '[{"x": NaN, "y": 0}]'},
    {"points": '[{"x": 0.5, "y": null}]'},
    {"points": '[{"x": 1.2, "y": 0.5}]'},
    {"points": '{"dog": [{"x": 40, "y": 50}]}'},
    {"points": '{"dog": [{"x": 0.4, "y": 0.5, "label": "1"}]}'},
    {"points": '{"dog": [{"x": 0.4, "y": 0.5, "frame": null}]}'},
    {"points": '{"dog": [{"x": 0.4, "y": 0.5, "z": 1}]}'},
    {"points": '{" ": [{"x": 0.4, "y": 0.5}]}'},
    {"points": '{"a\\u200b": [{"x": 0.4, "y": 0.5}]}'},
    {"points": '{"dog": [{"x": 0.4, "y": 0.5}]}', "not_points": '[{"x": 0.1, "y": 0.1}]'},
    {"boxes": "[[0.6, 0.1, 0.2, 0.9]]"},
    {"boxes": "[[0.1, 0.1, 0.2]]"},
    {"boxes": '{"dog": [0.1, 0.1, 0.2, 0.2]}'},
    {"boxes": '{"dog": [[10, 10, 20, 20]]}'},
]


@pytest.fixture(autouse=True)
def node_is_there():
    if reason := reason_to_skip():
        pytest.skip(reason)


def rounded(values):
    return [round(float(value), 4) for value in values]


def python_prompts(texts):
    given = {"points": "", "boxes": "", "not_points": ""} | texts
    return [
        (prompt.name, prompt.frame, [rounded(point) for point in prompt.points], rounded(prompt.box or ()))
        for prompt in parse_prompts(given["points"], given["boxes"], SIZE, given["not_points"])
    ]


def test_the_modules_pass_their_tests(tmp_path):
    result = run_node(tmp_path, "--test", "tests/web/pointing.test.mjs")
    assert result.returncode == 0, result.stdout + result.stderr
    assert re.search(r"^# pass \d{2,}$", result.stdout, re.MULTILINE)


def test_the_editor_reads_what_python_reads_and_writes_what_python_reads_alike(tmp_path):
    given = {"cases": CASES + WRONG, "size": {"width": SIZE[1], "height": SIZE[0]}, "colours": COLOURS}
    (tmp_path / "cases.json").write_text(json.dumps(given), encoding="utf-8")
    result = run_node(tmp_path, "tests/web/pointing_prompts.mjs", "cases.json")
    assert result.returncode == 0, result.stderr
    printed = json.loads(result.stdout)
    for texts, made in zip(CASES, printed["made"], strict=False):
        assert "written" in made, (texts, made)
        assert python_prompts(texts) == python_prompts(made["written"]), texts
    for texts, made in zip(WRONG, printed["made"][len(CASES) :], strict=True):
        assert "error" in made, texts
        with pytest.raises(MaskVideoError):
            python_prompts(texts)
    assert printed["colours"] == [pytest.approx(track_colour(place), abs=1) for place in range(COLOURS)]
