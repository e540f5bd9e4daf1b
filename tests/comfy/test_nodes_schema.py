"""What the graph shows of a node: in-app help, tooltips, and the defaults of the command line."""

import asyncio
import re

import pytest
from maskvideo.adapters.diffusers.generate_settings import GenerateSettings

from ..house import ROOT

DOCS = ROOT / "web" / "docs"
COMMAND_LINE = {**vars(GenerateSettings("").for_motion(None)), "restart_frame": None}
FIRST_FRAME = {
    "steps": "first_frame_steps",
    "cfg": "first_frame_cfg",
    "style": "first_frame_style",
    "outline_width": "outline_width",
    "control_strength": "control_strength",
    "scribble_guidance": "scribble_guidance",
    "seed": "seed",
}
"""Inputs of ControlNet First Frame and the settings of the command line that they are."""
OWN = {"scheduler", "restart_frame"}
"""Named alike and not the same: the host's noise schedule, and 0 where the command line says None."""


@pytest.fixture(scope="module")
def schemas(host):
    """Every node's schema by its id."""
    import folder_paths
    from maskvideo import nodes
    from maskvideo.adapters.comfy.model_folders import FOLDER

    folder_paths.folder_names_and_paths.setdefault(FOLDER, ([], {".safetensors"}))
    listed = asyncio.run(nodes.MaskVideoExtension().get_node_list())
    return {schema.node_id: schema for schema in (node.GET_SCHEMA() for node in listed)}


def inputs_of(schema):
    """Its inputs; the older host leaves None where there are none."""
    return schema.inputs or []


def defaults(schema):
    return {one.id: one.default for one in inputs_of(schema) if getattr(one, "default", None) is not None}


def test_every_node_has_its_help_and_no_help_is_left_over(schemas):
    assert sorted(path.stem for path in DOCS.glob("*.md")) == sorted(schemas)


def test_the_help_opens_with_the_nodes_name_and_names_every_input_and_output(schemas):
    for name, schema in schemas.items():
        text = (DOCS / f"{name}.md").read_text(encoding="utf-8")
        assert text.startswith(f"# {schema.display_name}\n"), name
        described = set(re.findall(r"\w+", text)) | shared_help(name)
        missing = [one.id for one in inputs_of(schema) if not {one.id, *one.id.split("_")} & described]
        assert missing == [], name


def shared_help(name):
    """Autoregressive Extend's help refers to the sampler's for the inputs that they share."""
    if name != "MaskVideo_AutoregressiveExtend":
        return set()
    return set(re.findall(r"\w+", (DOCS / "MaskVideo_MaskGuidedVideoSampler.md").read_text(encoding="utf-8")))


def test_every_input_and_output_has_a_tooltip(schemas):
    for name, schema in schemas.items():
        bare = [one.id for one in [*inputs_of(schema), *(schema.outputs or [])] if not one.tooltip]
        assert bare == [], name


@pytest.mark.parametrize("name", ["MaskGuidance", "MaskGuidedVideoSampler", "AutoregressiveExtend"])
def test_a_video_has_the_defaults_of_the_command_line(schemas, name):
    shown = defaults(schemas[f"MaskVideo_{name}"])
    shared = shown.keys() & COMMAND_LINE.keys() - OWN
    assert {"mask_strength", "mask_guidance", "adain", "adain_regions", "frames"} <= shared
    assert {one: shown[one] for one in shared} == {one: COMMAND_LINE[one] for one in shared}


def test_shared_noise_and_first_frame_have_the_defaults_of_the_command_line(schemas):
    noise = defaults(schemas["MaskVideo_FirstFrameSharedNoise"])
    assert noise == {one: COMMAND_LINE[one] for one in ("noise_prior", "alpha", "seed")}
    first = defaults(schemas["MaskVideo_ControlNetFirstFrame"])
    assert {one: first[one] for one in FIRST_FRAME} == {one: COMMAND_LINE[flag] for one, flag in FIRST_FRAME.items()}


def test_seeds_are_what_the_command_line_takes(schemas):
    seeds = [one for schema in schemas.values() for one in inputs_of(schema) if one.id == "seed"]
    assert seeds and all((one.min, one.max) == (0, 2**32 - 1) for one in seeds)
