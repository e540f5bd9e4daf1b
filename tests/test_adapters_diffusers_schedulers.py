"""Every scheduler that is offered walks from noise to the image that its model knows."""

import pytest
import torch
from diffusers import DDIMScheduler
from maskvideo.adapters.diffusers.configs import component_config
from maskvideo.adapters.diffusers.schedulers import build_scheduler, denoise, noise_schedule, scheduler_classes
from maskvideo.core.errors import MaskVideoError

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # diffusers' own, with NumPy 2

CONFIG = component_config("scheduler")
NEEDS_OTHER_PACKAGES = {"lms", "dpmsolversde"}


def exact_prediction(clean: torch.Tensor):
    """The noise that leads to ``clean`` from anywhere: ε = (x_t − √ᾱ x_0) / √(1−ᾱ)."""
    alphas_cumprod = noise_schedule(CONFIG).double()

    def predict(step, timestep, x_t):
        signal = alphas_cumprod[timestep.round().long()]
        return ((x_t.double() - signal.sqrt() * clean) / (1 - signal).sqrt()).float(), clean

    return predict


@pytest.mark.parametrize("name", sorted(scheduler_classes().keys() - NEEDS_OTHER_PACKAGES))
def test_every_scheduler_finds_the_image_of_an_exact_model(name):
    torch.manual_seed(0)
    clean, noise = torch.randn(2, 1, 4, 2, 3, 3)
    scheduler = build_scheduler(name, CONFIG, 20)
    latent = denoise(scheduler, noise, exact_prediction(clean), torch.Generator().manual_seed(0))
    assert (latent - clean).abs().max() < 0.2
    assert (latent - clean).abs().mean() < 0.05


def test_ddim_is_the_closed_form_walk():
    """x_s = √ᾱ_s x_0 + √(1−ᾱ_s) ε with the x_0 and ε of the step before."""
    torch.manual_seed(0)
    noise, predicted = torch.randn(2, 1, 4, 2, 3, 3)
    scheduler = build_scheduler("ddim", CONFIG, 5)
    latent = denoise(scheduler, noise, lambda step, timestep, x_t: (predicted, x_t))
    alphas_cumprod, x_t = scheduler.alphas_cumprod, noise
    times = [int(t) for t in scheduler.timesteps]
    for now, then in zip(times, [*times[1:], 0], strict=True):
        clean = (x_t - (1 - alphas_cumprod[now]).sqrt() * predicted) / alphas_cumprod[now].sqrt()
        x_t = alphas_cumprod[then].sqrt() * clean + (1 - alphas_cumprod[then]).sqrt() * predicted
    torch.testing.assert_close(latent, x_t, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["ddim", "DDIM", "DDIMScheduler"])
def test_a_scheduler_has_a_short_and_a_long_name(name):
    assert isinstance(build_scheduler(name, CONFIG, 3), DDIMScheduler)


def test_an_unknown_scheduler_is_refused_and_the_closest_named():
    with pytest.raises(MaskVideoError, match="'eulr' is unknown: the closest is euler,"):
        build_scheduler("eulr", CONFIG, 3)


@pytest.mark.parametrize(("steps", "nearest"), [(0, 1), (1001, 1000)])
def test_steps_beyond_the_schedule_are_refused(steps, nearest):
    with pytest.raises(MaskVideoError, match=f"{steps} steps: give 1 to 1000, the nearest is {nearest}"):
        build_scheduler("ddim", CONFIG, steps)


def test_each_step_is_reported_and_what_the_report_raises_ends_the_run():
    reports = []

    def stop_at_two(step, steps, clean):
        reports.append((step, steps))
        if step == 2:
            raise KeyboardInterrupt

    clean, noise = torch.randn(2, 1, 4, 2, 3, 3)
    with pytest.raises(KeyboardInterrupt):
        denoise(build_scheduler("ddim", CONFIG, 5), noise, exact_prediction(clean), on_step=stop_at_two)
    assert reports == [(1, 5), (2, 5)]


def test_a_stochastic_scheduler_repeats_with_the_same_seed():
    clean, noise = torch.randn(2, 1, 4, 2, 3, 3)

    def run(seed):
        scheduler = build_scheduler("euler_ancestral", CONFIG, 4)
        return denoise(scheduler, noise, lambda s, t, x: (x * 0.1, clean), torch.Generator().manual_seed(seed))

    assert torch.equal(run(1), run(1))
    assert not torch.equal(run(1), run(2))
