"""The pointing editor's pure modules under Node: for themselves, and against the Python side, which is the truth."""

import json
import random
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


NUMBERS = ("0", "0.5", "1", "0.25", "1.2", "-0.1", "3", "50", "99", "1e999", "NaN", "true", "null", '"0.5"', "[]")
NAMES = ("a", "b", "<b>", "positive", "negative", "x", "box", "7")
FUZZED = 1500


def fuzzed_value(chance: random.Random) -> str:
    """A number that fits half of the time."""
    return chance.choice(NUMBERS[:4] if chance.random() < 0.8 else NUMBERS)


def fuzzed_entry(chance: random.Random, box: bool) -> str:
    keys = ["box"] if box else ["x", "y"]
    values = {key: fuzzed_value(chance) for key in keys}
    if box:
        sides = [fuzzed_value(chance) for _ in range(chance.choice((4, 4, 4, 3)))]
        if chance.random() < 0.7:
            sides = sorted(sides) if chance.random() < 0.5 else ["0", "0.25", "0.5", "1"]
        values["box"] = f"[{', '.join(sides)}]"
        if chance.random() < 0.3:
            return values["box"]
    if chance.random() < 0.4:
        values["frame"] = chance.choice(("0", "4", "12", "-1", "1.5", "null", '"1"'))
    if chance.random() < 0.3:
        values["label"] = chance.choice(("0", "1", "2", '"1"', "null", "true"))
    return "{" + ", ".join(f'"{key}": {value}' for key, value in values.items()) + "}"


def fuzzed_text(chance: random.Random, box: bool) -> str:
    def entries() -> str:
        listed = f"[{', '.join(fuzzed_entry(chance, box) for _ in range(chance.randrange(4)))}]"
        return chance.choice((listed, listed, listed, listed, fuzzed_entry(chance, box), "3", "null"))

    kind = chance.random()
    if kind < 0.3:
        return entries()
    if kind < 0.35:
        return chance.choice(("", " ", "{", "[[", "null", "7", '"text"', "[1]", "{}", "[]"))
    names = chance.sample(NAMES, chance.randrange(1, 4))
    return "{" + ", ".join(f"{json.dumps(name)}: {entries()}" for name in names) + "}"


def test_what_the_editor_takes_of_random_texts_python_takes_and_means_alike(tmp_path):
    chance = random.Random(0)
    cases = []
    for _ in range(FUZZED):
        texts = {"points": fuzzed_text(chance, False), "boxes": fuzzed_text(chance, True)}
        cases.append(texts if chance.random() < 0.6 else {name: texts[name] for name in [chance.choice(list(texts))]})
    given = {"cases": cases, "size": {"width": SIZE[1], "height": SIZE[0]}, "colours": 0}
    (tmp_path / "cases.json").write_text(json.dumps(given), encoding="utf-8")
    result = run_node(tmp_path, "tests/web/pointing_prompts.mjs", "cases.json")
    assert result.returncode == 0, result.stderr
    taken = 0
    for texts, made in zip(cases, json.loads(result.stdout)["made"], strict=True):
        try:
            meant = python_prompts(texts)
        except MaskVideoError:
            meant = None
        assert (meant is None) == ("error" in made), (texts, made, meant)
        if meant is not None:
            assert sorted(python_prompts(made["written"])) == sorted(meant), texts
            taken += 1
    assert taken > FUZZED // 20, "the texts are too wild to say much"
