import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.core.noise_prior import NOISE_PRIORS, NoisePrior, shared_noise


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def a_noise(*shape):
    return torch.randn(*shape, generator=seeded(1), dtype=torch.float64)


def slow_shared_noise(noise, shared, own, alpha):
    """Algorithm 1, one number at a time."""
    out = noise.clone()
    for b, c, t, y, x in torch.cartesian_prod(*(torch.arange(n) for n in noise.shape)).tolist():
        if t > 0:
            out[b, c, t, y, x] = alpha * shared[b, c, y, x] + own * noise[b, c, t, y, x]
    return out


@pytest.mark.parametrize(("kind", "own"), [("first_frame", 0.8), ("first_frame_vp", 0.96**0.5)])
def test_first_frame_priors_follow_the_papers_loop(kind, own):
    noise, first = a_noise(2, 3, 4, 2, 3), a_noise(2, 3, 2, 3)
    mixed = shared_noise(noise, first, NoisePrior(kind, 0.2))
    torch.testing.assert_close(mixed, slow_shared_noise(noise, first, own, 0.2), rtol=0, atol=1e-14)


@pytest.mark.parametrize(("kind", "own"), [("random", 0.8), ("random_vp", 0.96**0.5)])
def test_random_priors_share_one_draw_of_the_generator(kind, own):
    noise, first = a_noise(2, 3, 4, 2, 3), a_noise(2, 3, 2, 3)
    mixed = shared_noise(noise, first, NoisePrior(kind, 0.2), seeded(7))
    drawn = torch.randn(2, 3, 2, 3, generator=seeded(7)).double()
    torch.testing.assert_close(mixed, slow_shared_noise(noise, drawn, own, 0.2), rtol=0, atol=1e-14)


def test_random_priors_ignore_the_first_frames_content():
    noise = a_noise(1, 2, 3, 2, 2)
    prior = NoisePrior("random", 0.5)
    one, other = (shared_noise(noise, a_noise(1, 2, 2, 2) * k, prior, seeded(3)) for k in (1, 9))
    assert torch.equal(one, other)


@pytest.mark.parametrize("kind", NOISE_PRIORS)
def test_frame_0_and_the_input_stay_as_they_are(kind):
    noise = a_noise(1, 2, 3, 2, 2)
    before = noise.clone()
    mixed = shared_noise(noise, a_noise(1, 2, 2, 2), NoisePrior(kind, 0.7), seeded())
    assert torch.equal(noise, before)
    assert torch.equal(mixed[:, :, 0], noise[:, :, 0])


@pytest.mark.parametrize("kind", NOISE_PRIORS)
def test_alpha_0_leaves_the_noise_as_it_was(kind):
    noise = a_noise(1, 2, 3, 2, 2)
    assert torch.equal(shared_noise(noise, a_noise(1, 2, 2, 2), NoisePrior(kind, 0.0), seeded()), noise)


def test_prior_none_leaves_the_noise_as_it_was_at_any_alpha():
    noise = a_noise(1, 2, 3, 2, 2)
    assert torch.equal(shared_noise(noise, a_noise(1, 2, 2, 2), NoisePrior("none", 0.9)), noise)


def test_alpha_1_gives_every_later_frame_the_first_frames_latent():
    noise, first = a_noise(1, 2, 3, 2, 2), a_noise(1, 2, 2, 2)
    mixed = shared_noise(noise, first, NoisePrior("first_frame_vp", 1.0))
    assert torch.equal(mixed[:, :, 1], first)
    assert torch.equal(mixed[:, :, 2], first)


@pytest.mark.parametrize(("kind", "variance"), [("random_vp", 1.0), ("random", 0.3**2 + 0.7**2)])
def test_variance_is_kept_by_vp_and_falls_without_it(kind, variance):
    noise, first = a_noise(1, 4, 9, 64, 64), torch.zeros(1, 4, 64, 64)
    mixed = shared_noise(noise, first, NoisePrior(kind, 0.3), seeded(2))
    assert mixed[:, :, 1:].var().item() == pytest.approx(variance, abs=0.02)


@pytest.mark.parametrize(("kind", "correlation"), [("random_vp", 0.36), ("none", 0.0)])
def test_later_frames_correlate_by_alpha_squared(kind, correlation):
    mixed = shared_noise(a_noise(1, 4, 3, 64, 64), torch.zeros(1, 4, 64, 64), NoisePrior(kind, 0.6), seeded(2))
    pair = torch.stack([mixed[:, :, 1].flatten(), mixed[:, :, 2].flatten()])
    assert torch.corrcoef(pair)[0, 1].item() == pytest.approx(correlation, abs=0.03)


def test_noise_keeps_its_dtype_when_the_latent_has_another():
    mixed = shared_noise(torch.zeros(1, 2, 3, 2, 2), a_noise(1, 2, 2, 2), NoisePrior("first_frame", 0.2))
    assert mixed.dtype == torch.float32


def test_an_unknown_kind_names_the_closest():
    with pytest.raises(MaskVideoError, match=r"'first_fram' is unknown: .*\(closest: first_frame\)"):
        NoisePrior("first_fram")


@pytest.mark.parametrize(("alpha", "nearest"), [(1.5, "1"), (-0.2, "0")])
def test_an_alpha_out_of_range_names_the_nearest(alpha, nearest):
    with pytest.raises(MaskVideoError, match=rf"alpha is {alpha}, it must lie between 0 and 1: give {nearest}$"):
        NoisePrior("random", alpha)


def test_a_first_frame_of_another_size_is_refused():
    with pytest.raises(MaskVideoError, match=r"\[1, 2, 4, 4\], the video's frames are \[1, 2, 2, 2\]"):
        shared_noise(a_noise(1, 2, 3, 2, 2), a_noise(1, 2, 4, 4), NoisePrior())
