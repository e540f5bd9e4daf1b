"""Every workflow of the template browser fits the nodes as they are now, and says the same as its API twin."""

import re
from itertools import combinations

import cv2
import pytest

from ..house import ROOT
from .ui_workflow import (
    AFTER_GENERATE,
    API_WORKFLOWS,
    WORKFLOWS,
    fault,
    fields,
    host_nodes,
    outputs,
    read_json,
    sockets,
    values_by_name,
)

TITLE_PX = 30
"""A node's title lies above its position."""
MODEL_LOADERS = {"CheckpointLoaderSimple": "checkpoints", "ControlNetLoader": "controlnet"}
WIDGET_NODES = [
    pytest.param(path, node, id=f"{path.stem}-{node['id']}-{node['type']}")
    for path in WORKFLOWS
    for node in host_nodes(read_json(path))
    if node["type"].startswith("MaskVideo_") and len(node.get("widgets_values") or []) > 1
]

every_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def schemas(server) -> dict[str, dict]:
    """Every node's schema of each host version, by its id."""
    return server.api.object_info()


def twin_of(path) -> dict:
    return read_json(path.parent / "api" / path.name)


def literals(twin_node: dict) -> dict:
    """The inputs of an API node that hold a value rather than a link."""
    return {name: value for name, value in twin_node["inputs"].items() if not isinstance(value, list)}


def box(node: dict) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) of a node with its title, in the graph's pixels."""
    (x, y), (width, height) = node["pos"], node["size"]
    return x, y - TITLE_PX, x + width, y + height


def group_box(group: dict) -> tuple[float, float, float, float]:
    x, y, width, height = group["bounding"]
    return x, y, x + width, y + height


def overlap(one, other) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def holds(outer, inner) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and outer[2] >= inner[2] and outer[3] >= inner[3]


def test_there_are_eight_and_each_has_its_twin_and_its_picture():
    names = {path.stem for path in WORKFLOWS}
    assert len(names) == 8
    assert {path.stem for path in API_WORKFLOWS} == names
    assert {path.stem for path in (ROOT / "workflows").glob("*.jpg")} == names


@every_workflow
def test_every_node_is_known(schemas, path):
    assert {node["type"] for node in host_nodes(read_json(path))} <= schemas.keys()


@every_workflow
def test_widgets_hold_by_their_place_what_the_twin_says_by_name(schemas, path):
    twin = twin_of(path)
    for node in host_nodes(read_json(path)):
        named, left = values_by_name(schemas[node["type"]], node.get("widgets_values") or [])
        named = {name: value for name, value in named.items() if not name.endswith(AFTER_GENERATE)}
        said = literals(twin[str(node["id"])])
        if node["type"].startswith("MaskVideo_"):
            assert (named, left) == (said, []), node["type"]
        else:  # The host's own nodes grow at the end from version to version; an older one leaves the rest out.
            assert named.items() <= said.items(), node["type"]


@pytest.mark.parametrize(("path", "node"), WIDGET_NODES)
def test_a_widget_that_moved_would_be_noticed(schemas, path, node):
    said = literals(twin_of(path)[str(node["id"])])
    inputs = schemas[node["type"]]["input"]
    moved = {"required": dict(reversed(inputs["required"].items())), "optional": inputs.get("optional", {})}
    named, _ = values_by_name({"input": moved}, node["widgets_values"])
    assert {name: value for name, value in named.items() if name != AFTER_GENERATE} != said


@every_workflow
def test_every_value_is_one_that_the_schema_allows(schemas, path):
    for node in host_nodes(read_json(path)):
        schema = schemas[node["type"]]
        named, _ = values_by_name(schema, node.get("widgets_values") or [])
        known = {name: (type_name, options) for name, type_name, options in fields(schema["input"])}
        faults = {name: fault(*known[name], value) for name, value in named.items() if name in known}
        assert {name: text for name, text in faults.items() if text} == {}, node["type"]


@every_workflow
def test_sockets_are_those_of_the_schema(schemas, path):
    for node in host_nodes(read_json(path)):
        schema = schemas[node["type"]]
        saved = [(one["name"], one["type"]) for one in node["inputs"] if "widget" not in one]
        assert saved == sockets(schema), node["type"]
        # An older version of the host may give fewer outputs; those that are used are checked as links.
        shown = [(one["name"], one["type"]) for one in node["outputs"]]
        assert shown[: len(outputs(schema))] == outputs(schema), node["type"]


@every_workflow
def test_links_join_an_output_to_an_input_of_its_type_as_the_twin_does(schemas, path):
    workflow, twin = read_json(path), twin_of(path)
    nodes = {node["id"]: node for node in workflow["nodes"]}
    assert workflow["links"]
    for link, source, output, target, place, type_name in workflow["links"]:
        given, taken = nodes[source]["outputs"][output], nodes[target]["inputs"][place]
        assert link in given["links"] and taken["link"] == link
        assert schemas[nodes[source]["type"]]["output"][output] == type_name
        assert taken["type"] == "*" or type_name in taken["type"].split(",")
        assert twin[str(target)]["inputs"][taken["name"]] == [str(source), output]


@every_workflow
def test_everything_that_must_be_linked_is(schemas, path):
    for node in host_nodes(read_json(path)):
        linked = {one["name"] for one in node["inputs"] if one["link"] is not None}
        required = schemas[node["type"]]["input"].get("required", {})
        assert {name for name, _ in sockets({"input": {"required": required}})} <= linked, node["type"]


@every_workflow
def test_the_twin_has_the_same_nodes(path):
    saved = {str(node["id"]): node["type"] for node in host_nodes(read_json(path))}
    assert {name: node["class_type"] for name, node in twin_of(path).items()} == saved


@every_workflow
def test_nothing_lies_over_anything_and_every_node_is_in_one_group(path):
    workflow = read_json(path)
    assert workflow["version"] == 0.4
    for one, other in combinations(workflow["nodes"], 2):
        assert not overlap(box(one), box(other)), (one["type"], other["type"])
    groups = [group_box(group) for group in workflow["groups"]]
    assert not any(overlap(one, other) for one, other in combinations(groups, 2))
    for node in workflow["nodes"]:
        assert sum(holds(group, box(node)) for group in groups) == 1, node["type"]


@every_workflow
def test_a_note_says_what_to_change_first(path):
    notes = [node["widgets_values"][0] for node in read_json(path)["nodes"] if node["type"] == "MarkdownNote"]
    assert sum("**Change first**" in text for text in notes) == 1
    known = {other.stem for other in WORKFLOWS}
    named = {name for text in notes for name in re.findall(r"\*(\w+_\w+_\w+)\*", text)}
    assert named <= known, "templates that notes refer to"


@every_workflow
def test_files_that_must_be_downloaded_have_their_address(path):
    for node in host_nodes(read_json(path)):
        hints = node["properties"].get("models", [])
        if node["type"] in MODEL_LOADERS:
            (hint,) = hints
            assert hint["name"] == node["widgets_values"][0]
            assert hint["directory"] == MODEL_LOADERS[node["type"]]
            assert re.fullmatch(rf"https://huggingface\.co/\S+/resolve/main/{re.escape(hint['name'])}", hint["url"])
        else:
            assert hints == []


@every_workflow
def test_its_picture_is_small(path):
    picture = path.with_suffix(".jpg")
    height, width, _ = cv2.imread(str(picture)).shape
    assert 300 <= width <= 500 and 200 <= height <= 500
    assert picture.stat().st_size < 60_000
