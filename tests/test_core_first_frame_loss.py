import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.core.first_frame_loss import first_frame_loss

SHAPE = (2, 3, 4, 2, 3)


def a_tensor(seed, shape=SHAPE):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def a_mask(shape=(2, 1, 4, 2, 3)):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(5), dtype=torch.float64)


def slow_loss(predicted, noise):
    total, count = 0.0, 0
    for b, c, t, y, x in torch.cartesian_prod(*(torch.arange(n) for n in predicted.shape)).tolist():
        if t > 0:
            total += (predicted[b, c, t, y, x] - noise[b, c, t, y, x]).item() ** 2
            count += 1
    return total / count


def slow_inside(predicted, noise, mask):
    videos, channels, frames = predicted.shape[:3]
    total = 0.0
    for b in range(videos):
        for t in range(1, frames):
            error = sum((predicted[b, c, t] - noise[b, c, t]) ** 2 for c in range(channels)) / channels
            total += ((error * mask[b, 0, t]).sum() / max(mask[b, 0, t].sum().item(), 1.0)).item()
    return total / (videos * (frames - 1))


def test_the_loss_is_the_mean_over_later_frames():
    loss = first_frame_loss(a_tensor(0), a_tensor(1))
    assert loss.item() == pytest.approx(slow_loss(a_tensor(0), a_tensor(1)), rel=1e-12)


def test_frame_0_neither_changes_the_loss_nor_gets_a_gradient():
    predicted, noise = a_tensor(0).requires_grad_(), a_tensor(1)
    loss = first_frame_loss(predicted, noise, a_mask(), 0.5, a_tensor(2), 0.5)
    loss.backward()
    assert predicted.grad[:, :, 0].abs().max() == 0
    assert predicted.grad[:, :, 1:].abs().min() > 0
    noise[:, :, 0] = 1e6
    assert first_frame_loss(predicted, noise, a_mask(), 0.5, a_tensor(2), 0.5) == loss


def test_the_mask_term_is_the_mean_inside_each_frames_mask():
    predicted, noise, mask = a_tensor(0), a_tensor(1), a_mask()
    loss = first_frame_loss(predicted, noise, mask, mask_weight=0.3)
    expected = slow_loss(predicted, noise) + 0.3 * slow_inside(predicted, noise, mask)
    assert loss.item() == pytest.approx(expected, rel=1e-12)


def test_an_object_of_one_cell_weighs_as_much_as_one_of_four():
    zero, error = torch.zeros(1, 3, 2, 4, 4), torch.ones(1, 3, 2, 4, 4)
    small, large = torch.zeros(2, 1, 1, 2, 4, 4)
    small[..., 0, 0], large[..., :2, :2] = 1, 1
    losses = [first_frame_loss(error, zero, mask, mask_weight=1.0).item() for mask in (small, large)]
    assert losses == pytest.approx([2.0, 2.0])


def test_a_frame_without_an_object_adds_nothing():
    predicted, noise = a_tensor(0), a_tensor(1)
    empty = torch.zeros(2, 1, 4, 2, 3)
    assert first_frame_loss(predicted, noise, empty, mask_weight=1.0) == first_frame_loss(predicted, noise)


def test_an_all_one_mask_doubles_the_loss_at_weight_one():
    predicted, noise = a_tensor(0), a_tensor(1)
    loss = first_frame_loss(predicted, noise, torch.ones(2, 1, 4, 2, 3), mask_weight=1.0)
    assert loss.item() == pytest.approx(2 * first_frame_loss(predicted, noise).item())


def test_a_pixel_mask_weighs_as_its_area_in_each_latent_cell():
    predicted, noise, mask = a_tensor(0), a_tensor(1), a_mask((2, 1, 4, 16, 24))
    cells = mask.unflatten(3, (2, 8)).unflatten(5, (3, 8)).mean(dim=(4, 6))
    by_pixel, by_cell = (first_frame_loss(predicted, noise, m, mask_weight=1.0) for m in (mask, cells))
    assert by_pixel.item() == pytest.approx(by_cell.item())


def test_the_consistency_term_is_the_distance_to_the_base_and_does_not_train_it():
    predicted, noise, base = a_tensor(0), a_tensor(1), a_tensor(2).requires_grad_()
    loss = first_frame_loss(predicted, noise, base_prediction=base, consistency_weight=0.7)
    assert loss.item() == pytest.approx(slow_loss(predicted, noise) + 0.7 * slow_loss(predicted, base))
    assert not loss.requires_grad


def test_weights_of_0_ignore_what_they_weigh():
    predicted, noise = a_tensor(0), a_tensor(1)
    assert first_frame_loss(predicted, noise, a_mask(), 0.0, a_tensor(2), 0.0) == first_frame_loss(predicted, noise)


def test_a_half_precision_prediction_is_summed_in_float32():
    loss = first_frame_loss(torch.full(SHAPE, 300.0, dtype=torch.float16), torch.zeros(SHAPE))
    assert loss.dtype == torch.float32
    assert loss.item() == 300.0**2


@pytest.mark.parametrize(
    ("frames", "arguments", "message"),
    [
        (1, {}, "got 1 frame: give clips of 2 frames or more"),
        (4, {"mask_weight": 0.5}, "mask_weight is 0.5 and there is no mask"),
        (4, {"mask": torch.ones(2, 1, 3, 2, 3)}, "3 masks for 4 frames"),
        (4, {"consistency_weight": 0.1}, "consistency_weight is 0.1 and there is no base prediction"),
    ],
)
def test_a_missing_part_is_named(frames, arguments, message):
    video = torch.zeros(2, 3, frames, 2, 3)
    with pytest.raises(MaskVideoError, match=message):
        first_frame_loss(video, video, **arguments)
