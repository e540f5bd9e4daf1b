import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from maskvideo.core.errors import MaskVideoError
from maskvideo.core.motion_format import FORMAT_VERSION, PACK_VERSION, MotionMetadata, build_metadata, check_metadata
from maskvideo.core.video_model import Architecture, AttentionBlock

BASE = Architecture((AttentionBlock("down.0.0", 8, 2, 0), AttentionBlock("mid.0", 16, 2, 1)), context_width=12)
METADATA = MotionMetadata(
    architecture=BASE,
    motion_prompt="ein Pferd läuft",
    frames=16,
    resolution=(256, 160),
    noise_prior="first_frame_vp",
    alpha=0.2,
    training={"steps": 300, "learning_rate": 1e-4, "augmentations": ["flip"], "resume": None},
    motion={"frames": 16, "rank": 4, "targets": ["attn1.to_q"]},
    step=300,
    dataset="sha256:abc",
)


def test_what_was_built_is_what_is_read():
    assert check_metadata(build_metadata(METADATA), BASE) == METADATA


def test_the_metadata_is_json_strings_with_the_format_version():
    built = build_metadata(METADATA)
    assert all(isinstance(value, str) for value in built.values())
    assert json.loads(built["maskvideo.format_version"]) == FORMAT_VERSION
    assert json.loads(built["maskvideo.training"]) == METADATA.training
    assert json.loads(built["maskvideo.pack_version"]) == PACK_VERSION


def test_an_integer_alpha_is_read_as_a_fraction():
    assert check_metadata(build_metadata(replace(METADATA, alpha=0)), BASE).alpha == 0.0


def test_a_path_in_the_config_is_written_as_text():
    built = build_metadata(replace(METADATA, training={"data": Path("clips")}))
    assert check_metadata(built, BASE).training == {"data": "clips"}


def test_the_pack_version_is_the_packages_own():
    pyproject = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    assert re.findall(r'^version = "(.+)"$', pyproject, flags=re.MULTILINE) == [PACK_VERSION]


@pytest.mark.parametrize("metadata", [None, {}, {"format": "pt", "ss_network_dim": "16"}])
def test_a_foreign_file_is_refused(metadata):
    keys = "format, ss_network_dim" if metadata else "none"
    with pytest.raises(MaskVideoError, match=rf"no MaskVideo motion file: .*\(keys found: {keys}\)"):
        check_metadata(metadata, BASE)


def test_a_newer_format_is_refused_before_anything_else_is_read():
    newer = {"maskvideo.format_version": str(FORMAT_VERSION + 1)}
    with pytest.raises(MaskVideoError, match=r"format 2, this pack \(.*\) reads up to 1: update the pack"):
        check_metadata(newer, BASE)


@pytest.mark.parametrize(
    ("loaded", "difference"),
    [
        (replace(BASE, context_width=24), "text width 24 instead of 12"),
        (replace(BASE, blocks=BASE.blocks[:1]), "block mid.0 is missing"),
        (replace(BASE, blocks=(*BASE.blocks, AttentionBlock("up.0.0", 8, 2, 0))), "block up.0.0 is unknown"),
        (replace(BASE, blocks=(BASE.blocks[0], AttentionBlock("mid.0", 32, 2, 1))), r"block mid.0 is .*channels=32"),
    ],
)
def test_another_base_is_refused_by_the_first_thing_that_differs(loaded, difference):
    with pytest.raises(MaskVideoError, match=f"trained on another base model than the one loaded: {difference}"):
        check_metadata(build_metadata(METADATA), loaded)


@pytest.mark.parametrize("name", ["motion_prompt", "architecture", "motion", "step", "pack_version"])
def test_a_missing_key_is_named(name):
    built = build_metadata(METADATA)
    del built[f"maskvideo.{name}"]
    with pytest.raises(MaskVideoError, match=rf"no readable {name} \(the key is missing\)"):
        check_metadata(built, BASE)


@pytest.mark.parametrize(
    ("name", "text", "cause"),
    [
        ("step", "three", "no readable step"),
        ("step", '"three"', "step is 'three', it needs int"),
        ("training", "[]", "training is"),
        ("architecture", '{"blocks": []}', "needs 'context_width'"),
        ("format_version", '"1"', "no readable format_version"),
    ],
)
def test_a_damaged_value_is_named(name, text, cause):
    built = build_metadata(METADATA) | {f"maskvideo.{name}": text}
    with pytest.raises(MaskVideoError, match=f"{cause}.*take the original or train again"):
        check_metadata(built, BASE)
