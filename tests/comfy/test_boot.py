"""The host boots with the pack as its registry installs it, and registers every node."""

import re

import pytest

from ..house import ROOT

NODES = {
    "MaskVideo_AutoregressiveExtend",
    "MaskVideo_CheckMaskSequence",
    "MaskVideo_CombineMaskSequences",
    "MaskVideo_ControlNetFirstFrame",
    "MaskVideo_DrawMaskSequence",
    "MaskVideo_EvaluateVideo",
    "MaskVideo_FirstFrameSharedNoise",
    "MaskVideo_FitMaskSequence",
    "MaskVideo_LoadDemoModel",
    "MaskVideo_LoadMaskSequence",
    "MaskVideo_LoadMotionLoRA",
    "MaskVideo_LoadTracks",
    "MaskVideo_MaskGuidance",
    "MaskVideo_MaskGuidedVideoSampler",
    "MaskVideo_MaskOverlay",
    "MaskVideo_MaskTrajectoryEditor",
    "MaskVideo_MotionDataset",
    "MaskVideo_SAMMaskSequence",
    "MaskVideo_SaveTracks",
    "MaskVideo_TracksToMask",
    "MaskVideo_TrainMotionLoRA",
    "MaskVideo_TransformMaskSequence",
}
"""Fixed for ever: saved workflows hold these names."""
UNNAMED = {"MODEL", "CLIP", "VAE", "CONTROL_NET"}
"""Outputs that are called by their type, as the host's own are."""


@pytest.fixture(scope="module")
def nodes(server) -> dict[str, dict]:
    return {name: node for name, node in server.api.object_info().items() if "maskvideo" in node["python_module"]}


def test_every_node_is_registered(nodes):
    assert nodes.keys() == NODES
    assert len(nodes) == 22


def test_log_says_nothing_bad_about_the_pack(server, nodes):
    lines = server.log.split("got prompt")[0].splitlines()  # what other tests asked of this server comes later
    bad = re.compile(r"error|warning|cannot|fail|traceback", re.IGNORECASE)
    assert [line for line in lines if "maskvideo" in line.lower() and bad.search(line)] == []
    assert [line for line in lines if "Traceback" in line or "IMPORT FAILED" in line] == []


def test_menu_has_them_under_the_packs_name(nodes):
    assert {node["category"].split("/")[0] for node in nodes.values()} == {"MaskVideo"}
    assert all(node["description"] for node in nodes.values())


def test_every_input_has_a_tooltip(nodes):
    for name, node in nodes.items():
        for kind in ("required", "optional"):
            for field, (_, options, *_) in node["input"].get(kind, {}).items():
                assert options.get("tooltip"), f"{name}.{field}"


def test_outputs_are_shown_by_their_names(nodes):
    """The oldest host shows an output's type where it has no display_name, and links of saved graphs go by the name."""
    for name, node in nodes.items():
        shown = [label for label in node["output_name"] if label not in UNNAMED]
        assert [label for label in shown if label != label.lower()] == [], name


def test_every_node_has_in_app_help(server, nodes):
    for name in nodes:
        text = server.api.read(f"extensions/maskvideo/docs/{name}.md").decode()
        assert len(text.split()) > 30, name


def test_template_browser_offers_every_workflow(server):
    offered = server.api.get("workflow_templates").get("maskvideo", [])
    assert sorted(offered) == sorted(path.stem for path in (ROOT / "workflows").glob("*.json"))


def test_motion_files_can_be_chosen(nodes):
    assert "demo" in nodes["MaskVideo_LoadMotionLoRA"]["input"]["required"]["file"][1]["options"]
