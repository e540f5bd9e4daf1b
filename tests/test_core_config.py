"""Plain values become a frozen config, or an error that says which key and what it needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import pytest
from maskvideo.core.config import config_from_dict
from maskvideo.core.errors import MaskVideoError


@dataclass(frozen=True)
class Inner:
    rank: int = 4


@dataclass(frozen=True)
class Outer:
    steps: int
    rate: float = 0.5
    kind: Literal["a", "b"] = "a"
    names: tuple[str, ...] = ("x",)
    betas: tuple[float, float] = (0.9, 0.99)
    limit: int | None = None
    flips: bool = False
    inner: Inner = field(default_factory=Inner)


def test_plain_values_become_tuples_floats_and_nested_configs():
    values = {"steps": 3, "rate": 1, "names": ["p", "q"], "betas": [0, 1], "limit": 7, "inner": {"rank": 8}}
    config = config_from_dict(Outer, values)
    assert config == Outer(3, 1.0, "a", ("p", "q"), (0.0, 1.0), 7, False, Inner(8))
    assert isinstance(config.rate, float) and isinstance(config.betas[0], float)


def test_an_unknown_key_is_refused_and_the_closest_named():
    with pytest.raises(MaskVideoError, match="Outer has no key 'step': the closest is 'steps'"):
        config_from_dict(Outer, {"step": 3})


def test_an_unknown_nested_key_is_refused():
    with pytest.raises(MaskVideoError, match="Inner has no key 'ranks': the closest is 'rank'"):
        config_from_dict(Outer, {"steps": 3, "inner": {"ranks": 3}})


def test_a_missing_key_is_named():
    with pytest.raises(MaskVideoError, match="Outer needs 'steps'"):
        config_from_dict(Outer, {})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"steps": "3"}, "Outer.steps is '3', it needs int"),
        ({"steps": True}, "Outer.steps is True, it needs int"),
        ({"steps": 3.0}, "Outer.steps is 3.0, it needs int"),
        ({"steps": 3, "rate": "fast"}, "Outer.rate is 'fast', it needs float"),
        ({"steps": 3, "kind": "c"}, "Outer.kind is 'c', it needs one of 'a', 'b'"),
        ({"steps": 3, "names": [1]}, "Outer.names is 1, it needs str"),
        ({"steps": 3, "names": "pq"}, "Outer.names is 'pq'"),
        ({"steps": 3, "betas": [0.5]}, "Outer.betas has 1 values, it needs 2"),
        ({"steps": 3, "limit": "none"}, "Outer.limit is 'none'"),
        ({"steps": 3, "flips": 1}, "Outer.flips is 1, it needs bool"),
    ],
)
def test_a_value_of_another_type_is_refused_with_what_is_needed(values, message):
    with pytest.raises(MaskVideoError, match=message):
        config_from_dict(Outer, values)
