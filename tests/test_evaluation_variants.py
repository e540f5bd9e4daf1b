"""Each variant changes one thing, and none repeats the full method."""

import pytest
from maskvideo.core.errors import MaskVideoError
from maskvideo.evaluation.variants import build_variants

SETTINGS = {
    "noise_prior": "first_frame", "alpha": 0.2, "mask_strength": 1.0, "mask_guidance": False, "adain": "off",
    "adain_regions": True, "histogram_match": False, "cfg": 4.0, "first_frame_conditioning": True, "steps": 20,
}  # fmt: skip


def names(*given, **named):
    return [variant.name for variant in build_variants(*given, **named)]


def test_the_full_method_comes_first_and_changes_nothing():
    full = build_variants(SETTINGS)[0]
    assert (full.name, dict(full.settings), full.controlnet, full.motion) == ("full", {}, True, "")


def test_all_parts_priors_and_options_are_compared():
    assert names(SETTINGS) == [
        "full", "without masks", "without the first frame", "without ControlNet",
        "noise_prior first_frame_vp", "noise_prior random", "noise_prior random_vp", "noise_prior none",
        "mask_guidance on", "adain end", "adain last_half", "adain all", "histogram_match on",
        "cfg 1", "cfg 2", "cfg 7",
    ]  # fmt: skip


def test_what_the_full_method_does_already_is_no_variant():
    chosen = names(
        SETTINGS | {"adain": "end", "mask_guidance": True, "cfg": 3.0}, only=["mask_guidance", "adain", "cfg"]
    )
    assert chosen[1:] == [
        "mask_guidance off", "adain off", "adain last_half", "adain all", "adain_regions off", "histogram_match on",
        "cfg 1", "cfg 2", "cfg 4", "cfg 7",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("prior", "left"), [("first_frame", "random"), ("first_frame_vp", "random_vp"), ("none", "none")]
)
def test_without_the_first_frame_there_is_none_in_the_noise_either(prior, left):
    settings = SETTINGS | {"noise_prior": prior}
    (variant,) = (one for one in build_variants(settings) if one.name == "without the first frame")
    assert variant.settings == {"first_frame_conditioning": False, "noise_prior": left}


def test_the_prior_of_training_is_a_variant_where_it_is_another_one():
    trained = names(SETTINGS, ("random", 0.5), only=["noise_prior"])
    assert trained[-1] == "noise_prior as trained (random, 0.5)"
    assert "as trained" not in " ".join(names(SETTINGS, ("random", 0.2)) + names(SETTINGS, ("none", 0.9)))


def test_other_motions_and_values_join():
    assert names(SETTINGS, motions=["query"], only=["motion"]) == ["full", "motion query"]
    assert names(SETTINGS, vary={"steps": [10, 20]}, only=["vary"]) == ["full", "steps 10"]


@pytest.mark.parametrize(
    ("given", "message"),
    [({"only": ["colour"]}, "group 'colour' is unknown"), ({"vary": {"stepz": [1]}}, "setting 'stepz' is unknown")],
)
def test_unknown_groups_and_settings_are_refused(given, message):
    with pytest.raises(MaskVideoError, match=message):
        build_variants(SETTINGS, **given)
