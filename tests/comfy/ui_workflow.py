"""A workflow as the browser saves it, read by the nodes' schemas as the host gives them at ``/object_info``.

The browser saves what a node's widgets hold as a list, by place alone: an input that moves in the schema gives its
value to another one. So the tests read the list by the schema and compare it with what the API's form says by name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from ..house import ROOT

WORKFLOWS = sorted((ROOT / "workflows").glob("*.json"))
API_WORKFLOWS = sorted((ROOT / "workflows" / "api").glob("*.json"))
BROWSER_ONLY = {"MarkdownNote", "Note"}
"""Nodes that the browser draws and the host never sees."""
DYNAMIC_COMBO = "COMFY_DYNAMICCOMBO_V3"
"""A combo whose choice brings inputs of its own, named ``combo.input``."""
WIDGETS = {"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO", DYNAMIC_COMBO}
FILES = (".safetensors", ".mp4")
"""Their user has them, under a name that a host's list need not hold."""
AFTER_GENERATE = "control_after_generate"
"""The browser's own widget after a seed."""


def read_json(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def host_nodes(workflow: dict) -> list[dict]:
    """The nodes that the host runs."""
    return [node for node in workflow["nodes"] if node["type"] not in BROWSER_ONLY]


def fields(inputs: dict) -> Iterator[tuple[str, str | list, dict]]:
    """(name, type, options) of each input, in the order in which the browser lays them out."""
    for kind in ("required", "optional"):
        for name, (type_name, *options) in inputs.get(kind, {}).items():
            yield name, type_name, options[0] if options else {}


def is_widget(type_name: str | list) -> bool:
    """Whether the input holds a value; the others are sockets. The older form of a combo is its list of options."""
    return isinstance(type_name, list) or type_name in WIDGETS


def sockets(schema: dict) -> list[tuple[str, str]]:
    """(name, type) of the inputs that only a link can fill."""
    return [(name, type_name) for name, type_name, _ in fields(schema["input"]) if not is_widget(type_name)]


def outputs(schema: dict) -> list[tuple[str, str]]:
    """(name, type) of the outputs."""
    return list(zip(schema["output_name"], schema["output"], strict=True))


def values_by_name(schema: dict, values: list) -> tuple[dict, list]:
    """What a saved node's widgets hold, by name, and the values left over.

    ``values`` is the node's ``widgets_values``. Raises ``LookupError`` where they are too few.
    """
    rest = iter(values)
    named = dict(_take("", schema["input"], rest))
    return named, list(rest)


def _take(prefix: str, inputs: dict, rest: Iterator) -> Iterator[tuple[str, object]]:
    for name, type_name, options in fields(inputs):
        if not is_widget(type_name):
            continue
        value = _next(rest, prefix + name)
        yield prefix + name, value
        if options.get(AFTER_GENERATE):
            yield prefix + AFTER_GENERATE, _next(rest, prefix + AFTER_GENERATE)
        if type_name == DYNAMIC_COMBO:
            chosen = next(option for option in options["options"] if option["key"] == value)
            yield from _take(f"{prefix}{name}.", chosen["inputs"], rest)


def _next(rest: Iterator, name: str):
    for value in rest:
        return value
    raise LookupError(f"no value is saved for {name}")


def fault(type_name: str | list, options: dict, value) -> str | None:
    """What is wrong with a widget's value by its schema; None where nothing is."""
    choices = type_name if isinstance(type_name, list) else options.get("options")
    if choices is not None:
        keys = [choice["key"] if isinstance(choice, dict) else choice for choice in choices]
        is_file = isinstance(value, str) and value.endswith(FILES)
        return None if value in keys or is_file else f"{value!r} is none of {keys}"
    if type_name in ("INT", "FLOAT"):
        return _number_fault(type_name, options, value)
    wanted = {"STRING": str, "BOOLEAN": bool}[type_name]
    return None if isinstance(value, wanted) else f"{value!r} is no {type_name}"


def _number_fault(type_name: str, options: dict, value) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int if type_name == "INT" else (int, float)):
        return f"{value!r} is no {type_name}"
    if not options.get("min", value) <= value <= options.get("max", value):
        return f"{value} lies outside {options['min']}..{options['max']}"
    return None
