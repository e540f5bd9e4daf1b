"""Frozen dataclass configs from plain values: a config file, a motion file's metadata, command-line flags."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from difflib import get_close_matches
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from .errors import MaskVideoError

Config = TypeVar("Config")


def config_from_dict(cls: type[Config], values: Mapping[str, Any]) -> Config:
    """An instance of the dataclass ``cls`` from plain values.

    Lists become tuples and mappings nested dataclasses where the field says so. Raises ``MaskVideoError`` on an
    unknown key (naming the closest), a missing one and a value of another type.
    """
    known = {field.name: field for field in fields(cls)}
    for key in values:
        if key not in known:
            raise MaskVideoError(_unknown_key(cls, key, list(known)))
    missing = [name for name, field in known.items() if name not in values and _is_required(field)]
    if missing:
        raise MaskVideoError(f"{cls.__name__} needs {missing[0]!r}: add it")
    hints = get_type_hints(cls)
    return cls(**{key: _convert(f"{cls.__name__}.{key}", hints[key], value) for key, value in values.items()})


def _is_required(field) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _unknown_key(cls: type, key: str, known: list[str]) -> str:
    closest = get_close_matches(key, known, n=1, cutoff=0.0)
    hint = f"the closest is {closest[0]!r}, " if closest else ""
    return f"{cls.__name__} has no key {key!r}: {hint}it knows {', '.join(known)}"


def _convert(name: str, expected: Any, value: Any) -> Any:
    if is_dataclass(expected) and isinstance(value, Mapping):
        return config_from_dict(expected, value)
    if get_origin(expected) is tuple and isinstance(value, list | tuple):
        return _convert_items(name, get_args(expected), value)
    if expected is float and _is_int(value) and abs(value) <= sys.float_info.max:
        return float(value)
    if not _matches(expected, value):
        raise MaskVideoError(f"{name} is {value!r}, it needs {_describe(expected)}")
    return value


def _convert_items(name: str, expected: tuple, values: Sequence) -> tuple:
    if expected[-1] is Ellipsis:
        expected = (expected[0],) * len(values)
    if len(values) != len(expected):
        raise MaskVideoError(f"{name} has {len(values)} values, it needs {len(expected)}")
    return tuple(_convert(name, kind, value) for kind, value in zip(expected, values, strict=True))


def _matches(expected: Any, value: Any) -> bool:
    if get_origin(expected) is Literal:
        return value in get_args(expected)
    if get_origin(expected) in (Union, UnionType):
        return any(_matches(option, value) for option in get_args(expected))
    if expected is int:
        return _is_int(value)
    return expected is Any or isinstance(value, get_origin(expected) or expected)


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _describe(expected: Any) -> str:
    if get_origin(expected) is Literal:
        return "one of " + ", ".join(repr(option) for option in get_args(expected))
    return expected.__name__ if isinstance(expected, type) else str(expected)
