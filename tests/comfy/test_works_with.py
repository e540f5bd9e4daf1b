"""What users put around a guided MODEL: samplers, LoRAs, areas, other attention patches."""

import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.core.sample_settings import GuidanceSettings

from .test_reversible import carrying, hooks_left
from .video_base import (
    FRAMES,
    conditioning,
    diffusers_twin,
    host_twin,
    moving_box,
    random_first_latent,
    random_text,
    relative_error,
    sample,
)

ORDER_ERROR = 1e-4
"""What the order of two float sums may differ by."""
COMPILE_BACKEND = "aot_eager"


@pytest.fixture(scope="module")
def model(host):
    return host_twin(diffusers_twin())


def guided(model, **settings):
    from maskvideo.adapters.comfy.guidance import guide_video

    return guide_video(model, moving_box(), random_first_latent(), GuidanceSettings(**settings))


def sample_guided(model, seed: int = 7, **changes) -> torch.Tensor:
    """A window as the host's own KSampler samples it from a MODEL that is guided already."""
    import comfy.sample
    from maskvideo.adapters.comfy.sampling import window_latent

    negative, positive = random_text()
    latent = window_latent(random_first_latent(), FRAMES)
    given = {
        "noise": comfy.sample.prepare_noise(latent, seed),
        "steps": 3,
        "cfg": 3.0,
        "sampler_name": "euler",
        "scheduler": "normal",
        "positive": conditioning(positive),
        "negative": conditioning(negative),
        "latent_image": latent,
        "disable_pbar": True,
        "seed": seed,
    }
    torch.manual_seed(seed)  # ToMe draws from the global generator
    return comfy.sample.sample(model, **{**given, **changes})


def run_node(node, **inputs):
    """The first output of a node of the host, old or new style."""
    if hasattr(node, "execute"):
        return node.execute(**inputs)[0]
    return getattr(node(), node.FUNCTION)(**inputs)[0]


def with_lora(model):
    import comfy.sd

    key = "diffusion_model.input_blocks.1.1.transformer_blocks.0.attn1.to_q"
    draw = torch.Generator().manual_seed(1)
    lora = {
        f"{key}.lora_up.weight": torch.randn(32, 2, generator=draw),
        f"{key}.lora_down.weight": torch.randn(2, 32, generator=draw),
    }
    return comfy.sd.load_lora_for_models(model, None, lora, 1.0, 0.0)[0]


def with_hypertile(model):
    from comfy_extras.nodes_hypertile import HyperTile

    return run_node(HyperTile, model=model, tile_size=32, swap_size=1, max_depth=0, scale_depth=False)


def with_tome(model):
    from comfy_extras.nodes_tomesd import TomePatchModel

    return run_node(TomePatchModel, model=model, ratio=0.4)


def with_pag(model):
    from comfy_extras.nodes_pag import PerturbedAttentionGuidance

    return run_node(PerturbedAttentionGuidance, model=model, scale=2.0)


def compiled(model):
    """As the host's node compiles a MODEL, with the backend that needs no compiler on the machine."""
    import comfy_extras.nodes_torch_compile as node
    from comfy_api.torch_helpers import set_torch_compile_wrapper

    copy = model.clone()
    options = {"guard_filter_fn": node.skip_torch_compile_dict} if hasattr(node, "skip_torch_compile_dict") else None
    set_torch_compile_wrapper(model=copy, backend=COMPILE_BACKEND, options=options)
    return copy


def with_freeu(model):
    from comfy_extras.nodes_freelunch import FreeU_V2

    return run_node(FreeU_V2, model=model, b1=1.3, b2=1.4, s1=0.9, s2=0.2)


@pytest.mark.parametrize("settings", [{}, {"mask_end_fraction": 0.5}])
def test_a_compiled_model_gives_the_same_video_before_and_after(model, settings):
    """Also where the masks act in a part of the steps: the host guards no option of a compiled call."""
    expected = sample_guided(guided(carrying(model), **settings))
    assert relative_error(sample_guided(guided(carrying(compiled(model)), **settings)), expected) < ORDER_ERROR
    assert relative_error(sample_guided(compiled(guided(carrying(model), **settings))), expected) < ORDER_ERROR
    assert hooks_left(model) == 0


@pytest.mark.parametrize("sampler_name", ["euler", "dpmpp_2m", "euler_ancestral", "uni_pc", "lcm", "heun", "ddim"])
def test_every_sampler_keeps_the_first_frame_and_follows_the_masks(model, sampler_name):
    carrier = carrying(model)
    video = sample(carrier, sampler_name=sampler_name)
    assert video.isfinite().all() and torch.equal(video[:1], random_first_latent())
    unmasked = sample(carrier, sampler_name=sampler_name, settings=GuidanceSettings(mask_strength=0))
    assert not torch.allclose(video[1:], unmasked[1:], rtol=1e-2)


def test_cfg_of_one_runs_the_prompt_alone_and_equals_both_branches(model):
    carrier = carrying(model)
    assert relative_error(sample(carrier, cfg=1.0), sample(carrier, cfg=1.0 + 1e-4)) < 1e-2


def test_a_lora_acts_alike_before_and_after(model):
    before = sample_guided(guided(carrying(with_lora(model))))
    after = sample_guided(with_lora(guided(carrying(model))))
    assert relative_error(before, after) < ORDER_ERROR
    assert relative_error(sample_guided(guided(carrying(model))), after) > 100 * ORDER_ERROR


@pytest.mark.parametrize("patch", [with_hypertile, with_tome])
def test_another_patch_of_self_attention_acts_alike_before_and_after(model, patch):
    before = sample_guided(guided(carrying(patch(model))))
    after = sample_guided(patch(guided(carrying(model))))
    assert before.isfinite().all() and relative_error(before, after) < ORDER_ERROR
    assert relative_error(sample_guided(guided(carrying(model))), after) > 10 * ORDER_ERROR


def test_beside_a_patch_that_does_nothing_the_result_is_the_same(model):
    """First-frame attention with frame 0 repeated, beside another patch, equals the folded one."""
    idle = guided(carrying(model))
    idle.set_model_attn1_patch(lambda n, context, value, extra_options: (n, context, value))
    assert relative_error(sample_guided(idle), sample_guided(guided(carrying(model)))) < ORDER_ERROR


def test_a_patch_that_changes_the_batch_is_an_error_not_a_wrong_video(model):
    broken = carrying(model)
    broken.set_model_attn1_patch(lambda n, context, value, extra_options: (n, context[:1], value[:1]))
    with pytest.raises(MaskVideoError, match="another patch of self-attention"):
        sample_guided(guided(broken))


@pytest.mark.parametrize("patch", [with_pag, with_freeu])
def test_guidance_and_feature_patches_act_alike_before_and_after(model, patch):
    before = sample_guided(guided(carrying(patch(model))))
    after = sample_guided(patch(guided(carrying(model))))
    assert before.isfinite().all() and relative_error(before, after) < ORDER_ERROR


def test_an_area_sees_its_own_part_of_the_masks(model):
    calls = []

    def note(executor, x, timesteps, context, y, control, transformer_options, **kwargs):
        calls.append((x.shape, transformer_options["maskvideo"].guide))
        return executor(x, timesteps, context, y, control, transformer_options, **kwargs)

    from comfy.patcher_extension import WrappersMP
    from maskvideo.adapters.comfy.motion import motion_layers

    watched = guided(carrying(model))
    watched.add_wrapper_with_key(WrappersMP.DIFFUSION_MODEL, "watch", note)
    left, right = conditioning(random_text()[1], area=(6, 4, 0, 0)), conditioning(random_text()[0], area=(6, 4, 0, 4))
    video = sample_guided(watched, positive=left + right, cfg=1.0, steps=1)
    halves = [moving_box()[..., :32], moving_box()[..., 32:]]
    expected = [motion_layers(watched).mask_features(half)["down.0.0"].query for half in halves]
    ((shape, guide),) = calls
    assert shape == (2 * FRAMES, 4, 6, 4) and video.isfinite().all()
    found = guide.features["down.0.0"].query.unflatten(0, (2, FRAMES))
    assert {min(range(2), key=lambda half: (one - expected[half]).norm()) for one in found} == {0, 1}
    assert all(min((one - half).norm() for half in expected) < 1e-4 for one in found)


def test_two_areas_and_guidance_make_a_whole_video(model):
    left, right = conditioning(random_text()[1], area=(6, 4, 0, 0)), conditioning(random_text()[0], area=(6, 4, 0, 4))
    video = sample(carrying(model), positive=left + right)
    assert video.isfinite().all() and torch.equal(video[:1], random_first_latent())


def test_the_mask_features_are_made_once_for_a_run(model):
    carrier, made = carrying(model), []
    from maskvideo.adapters.comfy.motion import motion_layers

    handle = motion_layers(carrier).mask_encoder.register_forward_hook(lambda *_: made.append(1))
    sample(carrier, steps=4)
    handle.remove()
    assert len(made) == 1 and hooks_left(model) == 0


def test_a_denoise_mask_of_the_user_is_respected(model):
    keep = torch.ones(FRAMES, 1, 6, 8)
    keep[..., :4] = 0
    held = sample_guided(guided(carrying(model)), noise_mask=keep, latent_image=torch.ones(FRAMES, 4, 6, 8))
    torch.testing.assert_close(held[1:, :, :, :4], torch.ones(FRAMES - 1, 4, 6, 4), rtol=1e-4, atol=1e-4)
    assert torch.equal(held[:1], random_first_latent())


@pytest.mark.parametrize(
    ("latent", "message"),
    [
        (torch.zeros(5, 4, 6, 8), "3 masks for a latent of 5 frames"),
        (torch.zeros(3, 4, 8, 8), "the sampler got a latent of"),
    ],
)
def test_a_latent_that_does_not_fit_the_masks_is_named(model, latent, message):
    with pytest.raises(MaskVideoError, match=message):
        sample_guided(guided(carrying(model)), latent_image=latent, noise=torch.zeros_like(latent))


def test_a_longer_video_starts_with_the_window_that_it_would_have_alone(model):
    from maskvideo.adapters.comfy.extend import sample_windows
    from maskvideo.core.noise_prior import NoisePrior

    negative, positive = (conditioning(text) for text in random_text())

    def extended(frames: int) -> torch.Tensor:
        return sample_windows(
            carrying(model),
            positive,
            negative,
            random_first_latent(),
            moving_box(frames),
            FRAMES,
            1,
            NoisePrior(),
            7,
            3,
            3.0,
            "euler",
            "normal",
            GuidanceSettings(mask_guidance=True, adain="end"),
        )

    video = extended(6)
    assert video.shape == (6, 4, 6, 8) and video.isfinite().all()
    torch.testing.assert_close(video[:2], extended(3)[:2])
    torch.testing.assert_close(extended(3), sample(carrying(model)))


def test_the_hosts_context_windows_are_an_error_since_later_ones_have_no_first_frame(model):
    watched = guided(carrying(model))
    watched.model_options["context_handler"] = object()
    with pytest.raises(MaskVideoError, match="context windows"):
        sample_guided(watched)
