"""Training on the host's MODEL: the loss and the gradients of the command line, on a copy that shares nothing."""

from contextlib import contextmanager

import pytest
import torch
from maskvideo.adapters.diffusers.demo_model import load_demo_base
from maskvideo.core.errors import MaskVideoError
from maskvideo.core.motion_module import MotionConfig
from maskvideo.core.video_model import Guide
from maskvideo.training.clips import Clip
from maskvideo.training.config import TrainConfig
from maskvideo.training.dataset import MotionDataset
from maskvideo.training.held_out import make_held_out
from maskvideo.training.presets import PRESETS
from maskvideo.training.run import build_motion
from maskvideo.training.sample_video import SampleSettings, VideoSampler
from maskvideo.training.set_up import set_up_training
from maskvideo.training.step import motion_loss
from maskvideo.training.teacher import build_teacher

from .video_base import diffusers_twin, host_twin, moving_box, plain_sample, random_motion, random_text, relative_error

LARGEST_ERROR = 1e-3
FLOOR = 1e-4
"""Of the whole gradient: what is smaller is measured against so much of it, since cancellation leaves it few digits."""
WIDTH, HEIGHT, FRAMES = 64, 48, 3
PROMPT = "a red star moves"
PAPER = {name: value for name, value in PRESETS["paper"]["motion"].items() if name != "frames"}


@contextmanager
def as_a_training_node(host_is_running=True):
    """A node runs in the host's inference mode, and training leaves it."""
    with torch.inference_mode(host_is_running), torch.inference_mode(False), torch.enable_grad():
        yield


def clip(name="star", frames=4):
    """A bright square that moves to the right on a dark ground."""
    pictures = torch.full((frames, 3, HEIGHT, WIDTH), 40, dtype=torch.uint8)
    masks = torch.zeros(frames, HEIGHT, WIDTH, dtype=torch.uint8)
    for index in range(frames):
        masks[index, 8:40, 8 + 8 * index : 32 + 8 * index] = 1
    pictures[:, 0][masks.bool()] = 230
    return Clip(name, pictures, masks)


def tiny_config(**changes):
    motion = MotionConfig(frames=FRAMES, mask_width=8, rank=2, **changes.pop("motion", {}))
    values = {
        "frames": FRAMES,
        "width": WIDTH,
        "height": HEIGHT,
        "steps": 3,
        "warmup": 1,
        "flips": False,
        "mask_drop": 0.0,
    }
    return TrainConfig(**{**values, **changes}, motion=motion)


def awake(motion):
    """``motion`` with nothing at zero, so that every part has a gradient."""
    torch.manual_seed(1)
    for parameter in motion.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.02)
    return motion


def loss_and_gradients(model, config):
    """Of one step on two clips, one batch: float, and each parameter's gradient by its name."""
    dataset = MotionDataset(model, [clip(), clip("long", 5)], PROMPT, config)
    motion = awake(build_motion(model, config)).to(dataset.device)
    generator = torch.Generator().manual_seed(3)
    with set_up_training(model, motion, config):
        teacher = build_teacher(model.architecture, config, None)
        loss = motion_loss(model, dataset.sample(generator), config, generator, teacher=teacher)
        loss.backward()
    return loss.item(), {name: parameter.grad for name, parameter in motion.named_parameters()}


def learned(model, motion, config):
    """What training has added to the weights that the seed gave: one long vector."""
    start = build_motion(model, config)
    pairs = zip(motion.parameters(), start.parameters(), strict=True)
    return torch.cat([(after - before).detach().flatten() for after, before in pairs])


@pytest.fixture(scope="module")
def demo(host):
    """The bundled model as the host loads it."""
    from maskvideo.adapters.comfy.demo_model import load_demo_model

    with torch.inference_mode():
        return load_demo_model()[:3]


@pytest.fixture(scope="module")
def twin():
    return load_demo_base()[0]


@pytest.fixture
def training_model(demo):
    from maskvideo.adapters.comfy.training_model import HostTrainingModel

    def build(precision="float32"):
        model = HostTrainingModel(*demo, precision)
        model.load()
        return model

    return build


CONFIGS = {
    "as the demo motion": {},
    "as the paper": {"motion": PAPER},
    "LoRA with biases": {"motion": {"output_biases": True}},
    "every loss": {"mask_weight": 0.5, "consistency_weight": 0.5, "batch_size": 2},
    "each frame attends to itself": {"motion": {"first_frame_attention": False}},
    "checkpointed": {"gradient_checkpointing": True},
}


@pytest.mark.parametrize("case", CONFIGS)
def test_one_steps_loss_and_gradients_are_the_command_lines(training_model, twin, case):
    config = tiny_config(**CONFIGS[case])
    expected, theirs = loss_and_gradients(twin, config)
    with as_a_training_node():
        found, ours = loss_and_gradients(training_model(), config)
    assert abs(found - expected) < LARGEST_ERROR * expected
    whole = torch.cat([gradient.flatten() for gradient in theirs.values()]).norm()
    errors = {name: (ours[name] - theirs[name]).norm() / (theirs[name].norm() + FLOOR * whole) for name in theirs}
    assert {name: error.item() for name, error in errors.items() if error > LARGEST_ERROR} == {}
    assert sum(bool(gradient.any()) for gradient in ours.values()) > 0.9 * len(ours)


def test_half_precision_learns_nearly_the_same(training_model, twin):
    config = tiny_config()
    expected, _ = loss_and_gradients(twin, config)
    with as_a_training_node():
        model = training_model("bfloat16")
        found, ours = loss_and_gradients(model, tiny_config(precision="bfloat16"))
        whole = training_model()
    assert abs(found - expected) < 0.05 * expected
    assert all(gradient.dtype == torch.float32 and gradient.isfinite().all() for gradient in ours.values())
    assert model.base_bytes < 0.6 * whole.base_bytes


def test_the_motion_of_the_host_is_the_motion_of_the_command_line(training_model, demo, twin, tmp_path):
    from maskvideo.adapters.comfy.motion import load_motion
    from maskvideo.adapters.diffusers.hooks import install
    from maskvideo.files.motion_file import load_motion as read_motion
    from maskvideo.training.loop import train_motion

    config, trained = tiny_config(), {}
    with as_a_training_node():
        for name, model in (("host", training_model()), ("command line", twin)):
            dataset = MotionDataset(model, [clip()], PROMPT, config)
            train_motion(model, dataset, PROMPT, tmp_path / f"{name}.safetensors", progress=False)
            trained[name] = read_motion(tmp_path / f"{name}.safetensors", twin.architecture)
    ours, theirs = (learned(twin, one.module, config) for one in trained.values())
    assert relative_error(ours, theirs) < 10 * LARGEST_ERROR and theirs.abs().max() > 0
    install(twin.unet, trained["host"].module).remove()
    assert load_motion(demo[0], tmp_path / "host.safetensors") is not demo[0]


def test_a_sample_while_training_is_the_command_lines(training_model, twin):
    config, mirrored = tiny_config(), clip().masks.flip(-1)
    first = clip().frames[0].flip(-1).permute(1, 2, 0).numpy()
    window = make_held_out("a blue star", mirrored.float()[None, None], first, config)
    motion, samples = awake(build_motion(twin, config)), []
    with as_a_training_node():
        for model in (training_model(), twin):
            sampler = VideoSampler(model, window, config, SampleSettings(steps=4))
            with set_up_training(model, motion, config):
                samples.append(sampler().astype(int))
    ours, theirs = samples
    assert abs(ours - theirs).max() <= 2 and abs(theirs[1:] - theirs[:1]).max() > 10


def test_the_loras_on_the_model_are_trained_on(host):
    """A MODEL with weight patches trains as one that has their weights."""
    from maskvideo.adapters.comfy.training_unet import merged_weights

    model = host_twin(diffusers_twin())
    key = "diffusion_model.input_blocks.1.1.transformer_blocks.0.attn1.to_q.weight"
    change = torch.randn(32, 32)
    patched = model.clone()
    assert patched.add_patches({key: ("diff", (change,))}, 0.5) == [key]
    plain, changed = (merged_weights(one, torch.float32) for one in (model, patched))
    name = key.removeprefix("diffusion_model.")
    assert torch.allclose(changed[name], plain[name] + 0.5 * change)
    assert all(torch.equal(changed[one], plain[one]) for one in plain.keys() - {name})


def test_a_lora_that_the_host_has_merged_for_another_run_is_not_trained_on(host):
    from maskvideo.adapters.comfy.training_unet import merged_weights

    model = host_twin(diffusers_twin())
    before = {name: weight.clone() for name, weight in merged_weights(model, torch.float32).items()}
    patched = model.clone()
    patched.add_patches({key: ("diff", (torch.randn_like(w),)) for key, w in model.model.state_dict().items()}, 1.0)
    plain_sample(patched)
    after = merged_weights(model, torch.float32)
    assert all(torch.equal(after[name], before[name]) for name in before)


def test_training_leaves_the_model_and_its_u_net_as_they_were(host):
    from maskvideo.adapters.comfy.training_model import HostTrainingModel

    model = host_twin(diffusers_twin())
    before = plain_sample(model)
    weights = {name: value.clone() for name, value in model.model.state_dict().items()}
    with as_a_training_node():
        own = HostTrainingModel(model)
        own.load()
        motion = random_motion(own.architecture).module.requires_grad_(True)
        with set_up_training(own, motion, tiny_config(gradient_checkpointing=True)):
            x_t = torch.randn(1, 4, 3, 6, 8)
            guide = Guide(3, motion.mask_features(moving_box()))
            own.predict_noise(x_t, torch.tensor([500]), random_text()[1:], guide).square().mean().backward()
    ours = {weight.data_ptr() for weight in own.unet.parameters()}
    assert not ours & {weight.data_ptr() for weight in model.model.parameters()}
    assert all(torch.equal(value, weights[name]) for name, value in model.model.state_dict().items())
    assert torch.equal(plain_sample(model), before)
    assert all(not module._forward_hooks and "forward" not in vars(module) for module in own.unet.modules())


def test_a_model_that_predicts_velocity_gives_noise(host):
    import comfy.model_base
    from maskvideo.adapters.comfy.training_model import HostTrainingModel

    twin = diffusers_twin()
    model, x_t, guide = host_twin(twin), torch.randn(1, 4, 3, 6, 8), Guide(3)
    velocity = comfy.model_base.model_sampling(model.model.model_config, comfy.model_base.ModelType.V_PREDICTION)
    patched = model.clone()
    patched.add_object_patch("model_sampling", velocity)
    twin.scheduler_config = {**twin.scheduler_config, "prediction_type": "v_prediction"}
    with torch.no_grad():
        expected = twin.predict_noise(x_t, torch.tensor([300]), random_text()[1:], guide)
        found = HostTrainingModel(patched).predict_noise(x_t, torch.tensor([300]), random_text()[1:], guide)
    assert relative_error(found, expected) < LARGEST_ERROR


def test_a_long_prompt_trains_beside_a_short_one(training_model, demo):
    with as_a_training_node():
        model = training_model()
        short, long = model.embed_text(["a red star", "a red star, " * 40])
    assert short.shape == long.shape and short.shape[0] % 77 == 0 and len(short) > 77
    assert torch.equal(short[:77], short[77:154])


def test_a_guided_model_and_a_clip_of_another_base_are_refused(demo, host):
    from maskvideo.adapters.comfy.guidance import activate_motion
    from maskvideo.adapters.comfy.motion import carry_motion
    from maskvideo.adapters.comfy.training_model import HostTrainingModel

    model = host_twin(diffusers_twin())
    with as_a_training_node():
        carrier = carry_motion(model, random_motion(HostTrainingModel(model).architecture))
        with pytest.raises(MaskVideoError, match="guided by masks already: train on the one before"):
            HostTrainingModel(activate_motion(carrier))
        with pytest.raises(MaskVideoError, match=r"gives embeddings of \d+ values, the MODEL takes 16: connect the"):
            HostTrainingModel(model, demo[1]).embed_text(["a red star"])
