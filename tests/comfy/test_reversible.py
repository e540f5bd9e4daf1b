"""A guided run leaves nothing behind: the MODEL it came from, and all that shares its U-Net, are as they were."""

import pytest
import torch

from .video_base import FRAMES, diffusers_twin, host_twin, plain_sample, random_motion, sample


@pytest.fixture
def model(host):
    return host_twin(diffusers_twin())


def carrying(model, strength: float = 1.0, **config):
    from maskvideo.adapters.comfy.host_model import require_sd1
    from maskvideo.adapters.comfy.motion import carry_motion

    return carry_motion(model, random_motion(require_sd1(model), **config), strength)


def hooks_left(model) -> int:
    return sum(len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model.model.modules())


def test_the_original_model_is_bit_equal_after_a_guided_run(model):
    before, weights = plain_sample(model), {key: value.clone() for key, value in model.model.state_dict().items()}
    sample(carrying(model))
    assert torch.equal(plain_sample(model), before)
    assert all(torch.equal(value, weights[key]) for key, value in model.model.state_dict().items())
    assert hooks_left(model) == 0


def test_a_model_that_carries_a_motion_samples_images_as_the_base_does(model):
    before, carrier = plain_sample(model), carrying(model)
    sample(carrier)
    assert torch.equal(plain_sample(carrier), before)


def test_variants_of_one_model_do_not_mix_one_after_the_other(model):
    strong, weak = carrying(model), carrying(model, 0.3)
    expected = {"strong": sample(strong), "weak": sample(weak), "plain": plain_sample(model)}
    assert not torch.allclose(expected["strong"], expected["weak"])
    assert torch.equal(sample(strong), expected["strong"])
    assert torch.equal(plain_sample(model), expected["plain"])
    assert torch.equal(sample(weak), expected["weak"])


def test_a_second_motion_replaces_the_first(model):
    other = {"mask_injection": "query", "first_frame_attention": False}
    assert torch.equal(sample(carrying(carrying(model), **other)), sample(carrying(model, **other)))


def test_strength_zero_is_the_base_frame_by_frame_beside_the_clean_first_frame(model):
    from maskvideo.adapters.comfy.noise import GivenNoise
    from maskvideo.core.sample_settings import GuidanceSettings

    noise = torch.randn(FRAMES, 4, 6, 8, generator=torch.Generator().manual_seed(6))
    given = {"noise": GivenNoise(5, noise), "settings": GuidanceSettings(), "seed": 5}
    expected = plain_sample(model, noise=noise)[1:]
    torch.testing.assert_close(sample(carrying(model, 0.0), **given)[1:], expected)
    assert not torch.allclose(sample(carrying(model), **given)[1:], expected, rtol=1e-2)


@pytest.mark.parametrize("by", ["callback", "host"])
def test_an_interrupted_run_leaves_the_next_one_as_it_would_have_been(model, by):
    import comfy.model_management as management

    carrier = carrying(model)
    expected, plain = sample(carrier), plain_sample(model)

    def interrupt(step, *_):
        if by == "host":
            management.interrupt_current_processing()
            management.throw_exception_if_processing_interrupted()
        raise RuntimeError("cancelled")

    with pytest.raises((RuntimeError, management.InterruptProcessingException)):
        sample(carrier, preview=interrupt)
    assert hooks_left(model) == 0
    assert torch.equal(plain_sample(model), plain)
    assert torch.equal(sample(carrier), expected)


def test_the_conditions_that_the_user_gave_stay_as_they_were(model):
    from .video_base import conditioning, random_text

    positive = conditioning(random_text()[1])
    sample(carrying(model), positive=positive)
    assert list(positive[0][1]) == []


def test_a_guided_model_is_refused_where_a_motion_or_a_first_frame_is_made(model):
    from maskvideo.adapters.comfy.guidance import activate_motion
    from maskvideo.core.errors import MaskVideoError

    with pytest.raises(MaskVideoError, match="guided by masks already"):
        carrying(activate_motion(carrying(model)))
