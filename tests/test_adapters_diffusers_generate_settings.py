"""Settings are checked when they are made, before anything is loaded."""

from dataclasses import asdict

import pytest
from maskvideo.adapters.diffusers.generate_settings import GenerateSettings
from maskvideo.core.errors import MaskVideoError


def test_the_sampler_gets_every_setting_it_knows():
    settings = GenerateSettings("p", cfg=2.0, mask_strength=0.5, adain="end", mask_guidance=True)
    sampling = settings.sampling()
    assert (sampling.cfg, sampling.mask_strength, sampling.adain, sampling.mask_guidance) == (2.0, 0.5, "end", True)
    assert sampling.first_frame_conditioning
    assert (
        not GenerateSettings("p", first_frame_conditioning=False, noise_prior="none")
        .sampling()
        .first_frame_conditioning
    )


def test_windows_restart_from_their_middle_unless_said_otherwise():
    assert [GenerateSettings("p", frames=frames).restart_frame for frames in (2, 3, 16)] == [1, 1, 8]
    assert GenerateSettings("p", restart_frame=12).restart_frame == 12


def test_settings_go_through_plain_values_and_back():
    settings = GenerateSettings("p", seed=3, noise_prior="random_vp")
    assert GenerateSettings.from_dict(asdict(settings)) == settings
    with pytest.raises(MaskVideoError, match="the closest is 'scheduler'"):
        GenerateSettings.from_dict({"prompt": "p", "schedule": "ddim"})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"width": 250}, "size 250x256 came, width and height must be divisible by 8: use 248x256"),
        ({"frames": 1}, "frames is 1: a video has 2 or more"),
        ({"frames": 8, "restart_frame": 8}, "restart_frame is 8, a window has frames 0 to 7: give 7"),
        ({"steps": 0}, "0 steps: give 1 to 1000"),
        ({"first_frame_steps": 2000}, "2000 steps: give 1 to 1000"),
        ({"first_frame_cfg": -1.0}, "first_frame_cfg is -1"),
        ({"scheduler": "dimm"}, "the closest is ddim"),
        ({"seed": 2**32}, "seed is 4294967296"),
        ({"adain": "always"}, "adain 'always' is unknown"),
        ({"noise_prior": "frist_frame"}, "closest: first_frame"),
        ({"first_frame_conditioning": False}, "set noise_prior to random_vp, random or none"),
    ],
)
def test_values_out_of_range_are_named(given, message):
    with pytest.raises(MaskVideoError, match=message):
        GenerateSettings("p", **given)
