import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.core.schedule import add_noise, noise_scales, predict_clean, with_clean_first_frame

ALPHAS_CUMPROD = torch.cumprod(1 - torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2, 0)
TIMESTEP = torch.tensor([0, 999])


def a_tensor(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def test_add_noise_follows_ddpm_for_each_video_of_the_batch():
    latent, noise = a_tensor(2, 3, 4, 2, 3), a_tensor(2, 3, 4, 2, 3, seed=1)
    x_t = add_noise(latent, noise, TIMESTEP, ALPHAS_CUMPROD)
    for b, t in enumerate(TIMESTEP.tolist()):
        alpha = ALPHAS_CUMPROD[t].item()
        torch.testing.assert_close(x_t[b], alpha**0.5 * latent[b] + (1 - alpha) ** 0.5 * noise[b])


def test_predict_clean_with_the_true_noise_gives_the_latent_back():
    latent, noise = a_tensor(2, 3, 4, 2, 3), a_tensor(2, 3, 4, 2, 3, seed=1)
    x_t = add_noise(latent, noise, TIMESTEP, ALPHAS_CUMPROD)
    torch.testing.assert_close(predict_clean(x_t, noise, TIMESTEP, ALPHAS_CUMPROD), latent)


def test_the_scales_squared_sum_to_one_at_every_timestep():
    signal, spread = noise_scales(torch.arange(1000), ALPHAS_CUMPROD, ALPHAS_CUMPROD)
    assert signal.shape == (1000, 1, 1, 1, 1)
    torch.testing.assert_close(signal**2 + spread**2, torch.ones_like(signal))


def test_half_precision_keeps_the_digits_of_the_first_timestep():
    like = torch.zeros(1, dtype=torch.float16)
    _, spread = noise_scales(torch.tensor([0]), ALPHAS_CUMPROD, like)
    assert spread.item() == pytest.approx(0.00085**0.5, rel=1e-3)


def test_one_timestep_serves_the_whole_batch():
    latent, noise = a_tensor(2, 3, 4, 2, 3), a_tensor(2, 3, 4, 2, 3, seed=1)
    one = add_noise(latent, noise, torch.tensor([500]), ALPHAS_CUMPROD)
    assert torch.equal(one, add_noise(latent, noise, torch.tensor([500, 500]), ALPHAS_CUMPROD))


def test_only_frame_0_becomes_the_clean_first_frame():
    x_t, first = a_tensor(2, 3, 4, 2, 3), a_tensor(2, 3, 2, 3, seed=1)
    before = x_t.clone()
    conditioned = with_clean_first_frame(x_t, first)
    assert torch.equal(conditioned[:, :, 0], first)
    assert torch.equal(conditioned[:, :, 1:], x_t[:, :, 1:])
    assert torch.equal(x_t, before)


def test_a_first_frame_of_another_size_is_refused():
    with pytest.raises(MaskVideoError, match=r"shape \[2, 3, 4, 4\].* \[2, 3, 2, 3\]: make the first frame"):
        with_clean_first_frame(a_tensor(2, 3, 4, 2, 3), a_tensor(2, 3, 4, 4))


def test_a_batch_of_images_is_refused_as_a_video():
    with pytest.raises(MaskVideoError, match=r"must be \[B, C, T, h, w\]"):
        with_clean_first_frame(a_tensor(2, 3, 4, 4), a_tensor(2, 3, 4, 4))
