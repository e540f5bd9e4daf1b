"""Spoilt trajectories: the browser and Python read the same ones, refuse the same ones in words, and never break."""

import json
import random
from copy import deepcopy

import pytest
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.trajectory import MOST_CHARACTERS, trajectory_from_json
from maskvideo.mask_tools.trajectory_render import DrawnTracks

from .node_base import reason_to_skip, run_node
from .trajectory_base import CASES, ELLIPSE, trajectory

COUNT = 1200
HOSTILE = (
    None,
    True,
    0,
    -1,
    0.5,
    2,
    1e300,
    float("nan"),
    float("inf"),
    10**400,
    "",
    "smooth",
    "<img src=x onerror=alert(1)>",
    "x" * 300,
    [],
    {},
    [[]],
    [None],
    [1, 2, 3],
    {"kind": "ellipse", "width": 0, "height": 0},
    {"kind": "bitmap", "file": "../../x", "width": 1, "height": 1},
    [{"time": 0}],
    [{"time": 0, "x": 1e9, "y": -1e9}],
)
KEYS = ("extra", "__proto__", "constructor", "time", "easing", "kind")
WHOLE = (
    trajectory(ELLIPSE, ELLIPSE | {"name": "object 1"}),
    trajectory(ELLIPSE | {"name": "  "}),
    *(trajectory(ELLIPSE | {key: None}) for key in ("colour", "start", "end", "locked", "scale", "visible")),
    trajectory(ELLIPSE | {"locked": "yes"}),
    trajectory(ELLIPSE | {"position": [{"time": 0, "x": 0, "y": 0}, {"time": 4e-7, "x": 1, "y": 0}]}),
    trajectory(ELLIPSE | {"position": [{"time": i / 3000, "x": 0, "y": 0} for i in range(2500)]}),
    trajectory(ELLIPSE | {"shape": {"kind": "polygon", "points": [[0, 0]] * 5000}}),
    trajectory(ELLIPSE)[:-1] + "," + " " * MOST_CHARACTERS + '"x":0}',
    trajectory(ELLIPSE).replace('"version": 1', '"version": 2'),
    trajectory(ELLIPSE).replace('"version": 1', '"version": 0'),
    trajectory(ELLIPSE).replace('"version": 1', '"version": "1"'),
    trajectory(*[ELLIPSE] * 201),
    "[" * 60_000,
    trajectory(ELLIPSE).replace('"version": 1', '"version": 1' + "0" * 9000),
    "NaN",
    "\0",
    "\ud83d",
)


def spoilt(number: int) -> str:
    """A working trajectory with one or two places of it changed, numbers often to other numbers."""
    chance = random.Random(number)
    values = json.loads(chance.choice(list(CASES.values())))
    for _ in range(chance.choice((1, 1, 2))):
        holder, key = chance.choice(list(places(values)))
        act = chance.randrange(5)
        if isinstance(holder[key], float) and act < 3:
            holder[key] = chance.choice((0, 0.25, 1, -0.3, 1e-9, holder[key] / 2, holder[key] * 30))
        elif act < 3:
            holder[key] = deepcopy(chance.choice(HOSTILE))
        elif act == 3:
            del holder[key]
        elif isinstance(holder, dict):
            holder[chance.choice(KEYS)] = deepcopy(chance.choice(HOSTILE))
        else:
            holder.append(deepcopy(holder[key]))
    return json.dumps(values)


def places(value):
    """(holder, key) of everything in it."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(pairs):
        yield value, key
        yield from places(inner)


def in_python(text: str) -> str:
    """ "read", or why it was refused; raises where it neither reads nor refuses."""
    try:
        read = trajectory_from_json(text)
    except MaskVideoError as error:
        return str(error)
    if not any(hasattr(one.shape, "file") for one in read.objects):
        assert DrawnTracks(read, 4, (20, 32)).batch([0, 3]).shape == (2, len(read.objects), 20, 32)
    return "read"


def test_both_sides_read_the_same_and_refuse_the_same(tmp_path):
    if reason := reason_to_skip():
        pytest.skip(reason)
    texts = [*WHOLE, *map(spoilt, range(COUNT))]
    (tmp_path / "texts.json").write_text(json.dumps(texts))
    result = run_node(tmp_path, "tests/web/trajectory_fuzz.mjs", "texts.json", "outcomes.json")
    assert result.returncode == 0, result.stderr
    there = json.loads((tmp_path / "outcomes.json").read_text())
    here = list(map(in_python, texts))
    assert 0.1 < sum(one == "read" for one in here) / len(here) < 0.9
    apart = [(text, a, b) for text, a, b in zip(texts, here, there, strict=True) if (a == "read") != (b == "read")]
    apart = [one for one in apart if "has no object:" not in one[1]]  # the editor begins with none
    assert apart == []
