"""First frame, noise, guidance, sampler and extension as nodes, on the bundled demo model with tiny inputs."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.core.frame_noise import frame_noise
from maskvideo.files.demo_file import MOTION_FILE
from maskvideo.mask_tools.draw import default_trajectory, draw_masks

FRAMES, SIZE, STEPS = 4, (64, 96), 2
PROMPT = "a red star on a blue background"


@pytest.fixture(scope="module")
def nodes(host):
    from maskvideo.nodes import first_frame, loaders, sampling

    return SimpleNamespace(
        first=first_frame.ControlNetFirstFrame,
        noise=sampling.FirstFrameSharedNoise,
        guidance=sampling.MaskGuidance,
        sampler=sampling.MaskGuidedVideoSampler,
        extend=sampling.AutoregressiveExtend,
        demo=loaders.LoadDemoModel,
    )


@pytest.fixture(scope="module")
def wired(nodes):
    """What the demo workflow wires into a sampler: models, prompts, masks and a first frame."""
    from maskvideo.adapters.comfy.motion import load_motion

    with torch.inference_mode():
        model, clip, vae, control_net = run(nodes.demo)
        moving = load_motion(model, MOTION_FILE)
        text = [
            clip.encode_from_tokens_scheduled(clip.tokenize(one)) for one in ("a red star on a blue background", "")
        ]
        masks = draw_masks(default_trajectory(), FRAMES, SIZE)[0, 0]
        prompts = {"positive": text[0], "negative": text[1]}
        image, latent = run(
            nodes.first, model=moving, **prompts, vae=vae, control_net=control_net, mask=masks, steps=STEPS
        )
    window = {"model": moving, "first_latent": latent, "mask": masks, "frames": FRAMES}
    return SimpleNamespace(
        base=model,
        control_net=control_net,
        vae=vae,
        image=image,
        prompts=prompts,
        window=window,
        sampling=window | prompts,
    )


def run(node, **inputs):
    """A node's outputs as the host computes them, with the schema's defaults for what is not given."""
    given = {
        one.id: one.default for one in node.define_schema().inputs or () if getattr(one, "default", None) is not None
    }
    with torch.inference_mode():
        return node.execute(**given | inputs).args


def sample(node, wired, **inputs):
    return run(node, **wired.sampling | {"steps": STEPS} | inputs)[0]["samples"]


def test_the_first_frame_has_the_masks_size_and_its_latent_decodes_to_it(nodes, wired):
    assert wired.image.shape == (1, *SIZE, 3)
    latent = wired.window["first_latent"]["samples"]
    assert latent.shape == (1, 4, SIZE[0] // 8, SIZE[1] // 8)
    with torch.inference_mode():
        assert torch.equal(wired.vae.decode(latent), wired.image)


def test_the_first_frame_does_not_see_the_motion(nodes, wired):
    inputs = wired.prompts | {"vae": wired.vae, "control_net": wired.control_net, "mask": wired.window["mask"]}
    assert torch.equal(run(nodes.first, model=wired.base, steps=STEPS, **inputs)[0], wired.image)


def test_a_first_frame_from_an_empty_mask_is_refused(nodes, wired):
    inputs = wired.prompts | {"vae": wired.vae, "control_net": wired.control_net}
    with pytest.raises(MaskVideoError, match="mask 0 is all black"):
        run(nodes.first, model=wired.base, mask=torch.zeros(1, *SIZE), **inputs)


def test_shared_noise_is_the_command_lines(nodes, wired):
    latent = wired.window["first_latent"]
    video = {"samples": torch.zeros(FRAMES, *latent["samples"].shape[1:])}
    own = frame_noise((1, 4, FRAMES, *latent["samples"].shape[2:]), 7)[0].transpose(0, 1)
    (alone,) = run(nodes.noise, first_latent=latent, noise_prior="none", seed=7)
    (shared,) = run(nodes.noise, first_latent=latent, seed=7)
    assert alone.seed == shared.seed == 7 and torch.equal(alone.generate_noise(video), own)
    expected = 0.2 * latent["samples"] * 0.18215 + 0.8 * own[1:]
    assert torch.allclose(shared.generate_noise(video)[1:], expected, atol=1e-5)


def test_a_video_starts_with_its_first_frame_and_every_frame_differs(nodes, wired):
    video = sample(nodes.sampler, wired)
    assert video.shape == (FRAMES, *wired.window["first_latent"]["samples"].shape[1:])
    assert torch.equal(video[:1], wired.window["first_latent"]["samples"].cpu())
    assert all((video[frame] != video[frame - 1]).any() for frame in range(1, FRAMES))


def test_without_noise_the_sampler_takes_shared_noise_of_its_seed(nodes, wired):
    (noise,) = run(nodes.noise, first_latent=wired.window["first_latent"], seed=3)
    assert torch.equal(sample(nodes.sampler, wired, seed=3), sample(nodes.sampler, wired, seed=3, noise=noise))
    assert not torch.equal(sample(nodes.sampler, wired, seed=3), sample(nodes.sampler, wired, seed=4))


def test_the_masks_matter_and_a_single_one_is_held(nodes, wired):
    video = sample(nodes.sampler, wired)
    held = sample(nodes.sampler, wired, mask=wired.window["mask"][:1])
    repeated = sample(nodes.sampler, wired, mask=wired.window["mask"][:1].repeat(FRAMES, 1, 1))
    assert torch.equal(held, repeated) and not torch.equal(held, video)


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.float16])
def test_masks_of_another_dtype_give_the_same_video(nodes, wired, dtype):
    assert torch.equal(sample(nodes.sampler, wired, mask=wired.window["mask"].to(dtype)), sample(nodes.sampler, wired))


def test_the_pieces_wired_by_hand_are_the_sampler(nodes, wired):
    import comfy.samplers

    guided, latent = run(nodes.guidance, **wired.window)
    (noise,) = run(nodes.noise, first_latent=wired.window["first_latent"])
    guider = comfy.samplers.CFGGuider(guided)
    guider.set_conds(wired.prompts["positive"], wired.prompts["negative"])
    guider.set_cfg(6.0)
    sigmas = comfy.samplers.calculate_sigmas(guided.get_model_object("model_sampling"), "ddim_uniform", STEPS)
    with torch.inference_mode():
        start, sampler = noise.generate_noise(latent), comfy.samplers.sampler_object("ddim")
        video = guider.sample(start, latent["samples"], sampler, sigmas, seed=noise.seed, disable_pbar=True)
    assert torch.equal(video.cpu(), sample(nodes.sampler, wired))


def test_one_window_extended_is_the_sampler(nodes, wired):
    assert torch.equal(sample(nodes.extend, wired, vae=wired.vae), sample(nodes.sampler, wired))


def test_more_masks_than_a_window_extend_the_video_and_its_drift_is_reported(nodes, wired):
    masks = draw_masks(default_trajectory(), 7, SIZE)[0, 0]
    latent, plot, report = run(nodes.extend, **wired.sampling | {"mask": masks, "vae": wired.vae, "steps": STEPS})
    drift = json.loads(report)
    assert latent["samples"].shape[0] == 7 == len(drift["drift_colour_per_frame"])
    assert drift["drift_colour_per_frame"][0] == 0 and drift["drift_sharpness_per_frame"][0] == 1
    assert plot.shape[0] == 1 and plot.shape[-1] == 3


WRONG = [
    ({"mask": torch.ones(3, *SIZE)}, "mask sequence has 3 frames, the .*needs 4"),
    ({"mask": torch.ones(FRAMES, 64, 64)}, "64x64 pixels, the first frame's LATENT is of 96x64"),
    ({"mask": torch.ones(FRAMES, 60, 96)}, "use 96x64"),
    ({"mask": torch.zeros(FRAMES, *SIZE)}, "mask 0 is all black"),
    ({"first_latent": {"samples": torch.zeros(3, 4, 8, 12)}}, "holds 3 frames, a video starts from 1"),
    ({"first_latent": {"samples": torch.zeros(1, 16, 8, 12)}}, "an SD1.x latent is"),
    ({"frames": 17, "mask": torch.ones(17, *SIZE)}, "17 frames, this motion was trained for 16"),
    ({"mask_start_fraction": 0.8, "mask_end_fraction": 0.2}, "two rising values"),
]


@pytest.mark.parametrize("name", ["guidance", "sampler", "extend"])
@pytest.mark.parametrize(("wrong", "message"), WRONG, ids=lambda value: value if isinstance(value, str) else "")
def test_wrong_wiring_is_named(nodes, wired, name, wrong, message):
    wires = wired.window if name == "guidance" else wired.sampling
    vae = {"vae": wired.vae} if name == "extend" else {}
    with pytest.raises(MaskVideoError, match=message):
        run(getattr(nodes, name), **wires | vae | wrong)


@pytest.mark.parametrize("name", ["guidance", "sampler"])
def test_a_model_without_a_motion_is_refused_with_the_cure(nodes, wired, name):
    wires = wired.window if name == "guidance" else wired.sampling
    with pytest.raises(MaskVideoError, match="put Load Motion LoRA before"):
        run(getattr(nodes, name), **wires | {"model": wired.base})


@pytest.fixture
def papers(wired, nodes, tmp_path):
    """The demo model with the bundled weights, as if they had been trained without dropped masks, and other noise."""
    from maskvideo.adapters.comfy.motion import carry_motion
    from maskvideo.files.motion_file import load_motion

    loaded = load_motion(
        MOTION_FILE, wired.window["model"].get_additional_models_with_key("maskvideo")[0].model.architecture
    )
    metadata = replace(loaded.metadata, training={**loaded.metadata.training, "mask_drop": 0.0}, noise_prior="random")
    return carry_motion(wired.base, replace(loaded, metadata=metadata))


def test_the_bundled_motion_gives_the_same_video_whatever_the_preset_says_of_its_training(nodes, wired):
    assert torch.equal(sample(nodes.sampler, wired, preset="as trained"), sample(nodes.sampler, wired, preset="as set"))


def test_fields_at_their_default_give_way_to_the_motions_training_and_changed_ones_stay(nodes, wired, papers):
    (random,) = run(nodes.noise, first_latent=wired.window["first_latent"], noise_prior="random")
    unguided = {"model": papers, "mask_guidance": False, "noise": random, "preset": "as set"}
    assert torch.equal(sample(nodes.sampler, wired, model=papers), sample(nodes.sampler, wired, **unguided))
    set_ = sample(nodes.sampler, wired, model=papers, preset="as set")
    assert torch.equal(set_, sample(nodes.sampler, wired))
    extended = {"vae": wired.vae, "model": papers}
    assert torch.equal(sample(nodes.extend, wired, **extended), sample(nodes.sampler, wired, model=papers))
    kept = sample(nodes.extend, wired, **extended, noise_prior="none")
    (alone,) = run(nodes.noise, first_latent=wired.window["first_latent"], noise_prior="none")
    assert torch.equal(kept, sample(nodes.sampler, wired, model=papers, noise=alone))


def test_what_is_not_as_trained_is_said_in_the_log(nodes, wired, papers, caplog):
    sample(nodes.sampler, wired, model=papers, preset="as set")
    assert "trained with mask_drop 0" in caplog.text and "was trained with random, alpha 0.2" in caplog.text
    caplog.clear()
    sample(nodes.sampler, wired, model=papers)
    assert "MaskVideo: mask_guidance" not in [one.message for one in caplog.records if one.levelname == "WARNING"]
    assert not [one for one in caplog.records if one.levelname == "WARNING" and "trained" in one.message]


def test_shared_noise_with_a_model_is_as_its_motion_was_trained(nodes, wired, papers):
    given = {"first_latent": wired.window["first_latent"], "seed": 3}
    (trained,), (random,) = run(nodes.noise, **given, model=papers), run(nodes.noise, **given, noise_prior="random")
    video = {"samples": torch.zeros(FRAMES, *given["first_latent"]["samples"].shape[1:])}
    assert torch.equal(trained.generate_noise(video), random.generate_noise(video))


def test_the_papers_preset_is_its_settings(nodes, wired):
    by_hand = sample(nodes.sampler, wired, mask_guidance=False, adain="off", preset="as set")
    assert torch.equal(sample(nodes.sampler, wired, preset="paper"), by_hand)
    assert not torch.equal(by_hand, sample(nodes.sampler, wired))
    inputs = wired.prompts | {"vae": wired.vae, "control_net": wired.control_net, "mask": wired.window["mask"]}
    shown = {"model": wired.base, "steps": STEPS, **inputs}
    both = run(nodes.first, **shown, style="outline", preset="paper")[0]
    assert torch.equal(both, run(nodes.first, **shown, scribble_guidance=False)[0])


def test_first_frame_conditioning_can_be_off_and_then_the_noise_must_not_share_it(nodes, wired):
    with pytest.raises(MaskVideoError, match="shares a first frame and first_frame_conditioning is off"):
        sample(nodes.sampler, wired, first_frame_conditioning=False)
    (noise,) = run(nodes.noise, first_latent=wired.window["first_latent"], noise_prior="random")
    video = sample(nodes.sampler, wired, first_frame_conditioning=False, noise=noise)
    assert not torch.equal(video[:1], wired.window["first_latent"]["samples"])
    extended = sample(nodes.extend, wired, first_frame_conditioning=False, noise_prior="random", vae=wired.vae)
    assert torch.equal(extended, video)
    _, latent = run(nodes.guidance, **wired.window, first_frame_conditioning=False)
    assert not latent["samples"].any()


def test_even_windows_keep_as_many_frames_of_each(nodes, wired):
    masks = draw_masks(default_trajectory(), 6, SIZE)[0, 0]
    given = wired.sampling | {"mask": masks, "vae": wired.vae, "steps": STEPS}
    fewest, even = (run(nodes.extend, **given, windows=kind)[0]["samples"] for kind in ("fewest", "even"))
    assert even.shape == fewest.shape and torch.equal(even[:3], fewest[:3]) and not torch.equal(even[5], fewest[5])


def test_a_soft_outline_reaches_the_mask_encoder(nodes, wired):
    soft = torch.nn.functional.avg_pool2d(wired.window["mask"][:, None], 5, 1, 2)[:, 0]
    hard = (soft > 0.5).float()
    assert not torch.equal(sample(nodes.sampler, wired, mask=soft), sample(nodes.sampler, wired, mask=hard))


@pytest.mark.parametrize("name", ["guidance", "sampler", "extend", "first"])
def test_masks_with_a_channel_are_taken_as_the_hosts_own_nodes_take_them(nodes, wired, name):
    wires = wired.window if name == "guidance" else wired.sampling
    extra = {"extend": {"vae": wired.vae}, "first": {"vae": wired.vae, "control_net": wired.control_net}}.get(name, {})
    if name == "first":
        wires = wired.prompts | {"model": wired.base, "mask": wires["mask"]}
    given = wires | extra | ({} if name == "guidance" else {"steps": STEPS})
    plain, channel = (
        run(getattr(nodes, name), **given | {"mask": one}) for one in (given["mask"], given["mask"][:, None])
    )
    latents = [(out[1] if name in ("guidance", "first") else out[0])["samples"] for out in (plain, channel)]
    assert torch.equal(*latents)
