"""Component configs: SD1.x's own, or those that are given."""

import pytest
from maskvideo.adapters.diffusers.configs import COMPONENTS, component_config
from maskvideo.core.errors import MaskVideoError


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_component_that_is_not_given_is_that_of_sd1(component, tmp_path):
    config = component_config(component)
    assert config
    assert component_config(component, {}) == config
    assert component_config(component, tmp_path) == config


def test_a_given_config_wins_and_loses_its_private_keys():
    assert component_config("unet", {"unet": {"_class_name": "UNet2DConditionModel", "layers_per_block": 1}}) == {
        "layers_per_block": 1
    }


def test_a_folder_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(MaskVideoError, match="does not exist"):
        component_config("unet", tmp_path / "none")


def test_a_config_that_is_no_json_is_refused_and_named(tmp_path):
    (tmp_path / "vae.json").write_text("{")
    with pytest.raises(MaskVideoError, match=r"config vae\.json cannot be read"):
        component_config("vae", tmp_path)
