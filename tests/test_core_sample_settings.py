"""When masks and statistics act, and which settings are refused."""

import pytest
from maskvideo.core.errors import MaskVideoError
from maskvideo.core.sample_settings import GuidanceSettings


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"adain": "always"}, "use one of off, end, last_half, all"),
        ({"mask_strength": -1}, "give 0 or more"),
        ({"mask_start_fraction": 0.6, "mask_end_fraction": 0.4}, "two rising values"),
    ],
)
def test_values_out_of_range_are_refused(values, message):
    with pytest.raises(MaskVideoError, match=message):
        GuidanceSettings(**values)


def test_the_mask_acts_from_start_to_end_of_its_fraction():
    settings = GuidanceSettings(mask_start_fraction=0.2, mask_end_fraction=0.6)
    assert [settings.mask_acts(step / 10) for step in range(10)] == [2 <= step < 6 for step in range(10)]
    assert not any(GuidanceSettings(mask_strength=0).mask_acts(step / 10) for step in range(10))


def test_statistics_act_in_the_steps_that_the_setting_says():
    acts = {name: [GuidanceSettings(adain=name).adain_acts(step / 4) for step in range(4)] for name in ("off", "end")}
    assert not any(acts["off"] + acts["end"])
    assert [GuidanceSettings(adain="last_half").adain_acts(step / 4) for step in range(4)] == [False, False, True, True]
    assert all(GuidanceSettings(adain="all").adain_acts(step / 4) for step in range(4))


def test_without_the_mask_branch_statistics_are_of_the_whole_frame():
    assert GuidanceSettings().statistics_by_mask
    assert not GuidanceSettings(mask_strength=0).statistics_by_mask
    assert not GuidanceSettings(adain_regions=False).statistics_by_mask
