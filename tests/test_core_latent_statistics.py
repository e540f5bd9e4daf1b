import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.core.latent_statistics import adain_to_first, histogram_match

UNBOUNDED = 1e9


def a_tensor(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def a_scene(place, foreground, background, size=12):
    """One frame ``[2, size, size]`` and its soft mask: two plain textures, mixed on the edge of a square."""
    mask = torch.zeros(size, size, dtype=torch.float64)
    mask[place : place + 5, place : place + 5] = 0.5
    mask[place + 1 : place + 4, place + 1 : place + 4] = 1.0
    inside, outside = (torch.tensor(c, dtype=torch.float64).view(2, 1, 1) for c in (foreground, background))
    return mask * inside + (1 - mask) * outside, mask


def a_video(scenes):
    frames, masks = zip(*scenes, strict=True)
    return torch.stack(frames, dim=1)[None], torch.stack(masks)[None, None]


def slow_adain(latent, first):
    out = latent.clone()
    for b in range(latent.shape[0]):
        for c in range(latent.shape[1]):
            for t in range(1, latent.shape[2]):
                x, target = latent[b, c, t], first[b, c]
                scale = target.std(unbiased=False) / x.std(unbiased=False)
                out[b, c, t] = (x - x.mean()) * scale + target.mean()
    return out


def slow_masked_adain(latent, first, mask, max_gain):
    out = latent.clone()
    for b in range(latent.shape[0]):
        for t in range(1, latent.shape[2]):
            shares = (mask[b, 0, t], mask[b, 0, 0]), (1 - mask[b, 0, t], 1 - mask[b, 0, 0])
            for c in range(latent.shape[1]):
                centre, gain, target = 0, 0, 0
                for share, first_share in shares:
                    mean, std = slow_statistics(latent[b, c, t], share)
                    first_mean, first_std = slow_statistics(first[b, c], first_share)
                    centre = centre + share * mean
                    target = target + share * first_mean
                    gain = gain + share * min(max(first_std / std, 1 / max_gain), max_gain)
                out[b, c, t] = (latent[b, c, t] - centre) * gain + target
    return out


def slow_statistics(x, share):
    weight = share * (share > 0.9) if (share > 0.9).any() else share
    mean = (weight * x).sum() / weight.sum()
    return mean, ((weight * (x - mean) ** 2).sum() / weight.sum()) ** 0.5


def test_adain_without_a_mask_follows_the_loop():
    latent, first = a_tensor(0, 2, 3, 4, 5, 6) * 1.4 + 1, a_tensor(1, 2, 3, 5, 6)
    matched = adain_to_first(latent, first, max_gain=UNBOUNDED)
    torch.testing.assert_close(matched, slow_adain(latent, first), rtol=1e-5, atol=1e-5)


def test_adain_leaves_frame_0_to_the_bit():
    latent = a_tensor(0, 1, 3, 4, 5, 6)
    assert torch.equal(adain_to_first(latent, a_tensor(1, 1, 3, 5, 6))[:, :, 0], latent[:, :, 0])


def test_an_all_one_mask_equals_none():
    latent, first = a_tensor(0, 2, 3, 4, 5, 6), a_tensor(1, 2, 3, 5, 6)
    torch.testing.assert_close(adain_to_first(latent, first, torch.ones(2, 1, 4, 5, 6)), adain_to_first(latent, first))


def test_frames_that_repeat_the_first_one_are_unchanged():
    first, mask = a_tensor(0, 1, 3, 6, 6), torch.rand(1, 1, 1, 6, 6, dtype=torch.float64)
    video = first[:, :, None].expand(-1, -1, 4, -1, -1)
    torch.testing.assert_close(adain_to_first(video, first, mask.expand(-1, -1, 4, -1, -1)), video)


def test_each_region_gets_its_own_colour_back_and_its_edge_the_right_mixture():
    true, masks = a_video([a_scene(1, (1, -1), (0, 2)), a_scene(5, (1, -1), (0, 2))])
    drifted, _ = a_video([a_scene(1, (1, -1), (0, 2)), a_scene(5, (3, 0), (-1, 1))])
    torch.testing.assert_close(adain_to_first(drifted, true[:, :, 0], masks), true, rtol=0, atol=1e-9)


def test_a_global_adain_would_mix_the_regions():
    true, _ = a_video([a_scene(1, (1, -1), (0, 2)), a_scene(5, (1, -1), (0, 2))])
    drifted, _ = a_video([a_scene(1, (1, -1), (0, 2)), a_scene(5, (3, 0), (-1, 1))])
    assert (adain_to_first(drifted, true[:, :, 0]) - true).abs().max() > 0.1


def test_a_region_is_measured_on_its_interior():
    video, masks = a_video([a_scene(1, (1, -1), (0, 2)), a_scene(5, (3, 0), (-1, 1))])
    edge = (masks == 0.5)[:, 0, 1]
    video[0, :, 1, edge[0]] = 50.0  # a halo must not pull the statistics of either side
    matched = adain_to_first(video, video[:, :, 0], masks)
    interior, outside = masks[0, 0, 1] == 1, masks[0, 0, 1] == 0
    expected = torch.tensor([[1.0], [-1.0]], dtype=torch.float64)
    torch.testing.assert_close(matched[0, :, 1, interior], expected.expand(-1, 9), rtol=0, atol=1e-9)
    expected = torch.tensor([[0.0], [2.0]], dtype=torch.float64)
    torch.testing.assert_close(matched[0, :, 1, outside], expected.expand(-1, int(outside.sum())), rtol=0, atol=1e-9)


@pytest.mark.parametrize("highest", [1.0, 0.8])  # with and without cells that are surely foreground
def test_masked_adain_follows_the_loop(highest):
    latent, first = a_tensor(0, 2, 3, 4, 5, 6) + 1, a_tensor(1, 2, 3, 5, 6)
    mask = torch.sigmoid(4 * a_tensor(2, 2, 1, 4, 5, 6)).clamp(1 - highest, highest)
    matched = adain_to_first(latent, first, mask)
    torch.testing.assert_close(matched, slow_masked_adain(latent, first, mask, 2.0), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("empty_frame", [0, 1])
def test_an_object_missing_in_either_frame_is_left_and_the_background_is_not(empty_frame):
    video, masks = a_video([a_scene(1, (1, -1), (0, 2)), a_scene(5, (3, 0), (-1, 1))])
    masks[:, :, empty_frame] = 0
    masks[:, :, empty_frame, 0, 0] = 0.3  # less than a cell
    matched = adain_to_first(video, video[:, :, 0], masks)
    inside = masks[0, 0, 1] == 1
    assert torch.equal(matched[0, :, 1, inside], video[0, :, 1, inside])
    assert (matched[0, :, 1, -1, 0] - video[0, :, 1, -1, 0]).abs().min() > 0.5


def test_a_sliver_of_the_object_moves_with_the_background_alone():
    video, masks = a_video([a_scene(1, (1, -1), (0, 2)), a_scene(5, (-1, 1), (-1, 1))])
    masks[:, :, 1] = 0
    masks[:, :, 1, 0, 0] = 0.3
    moved = (adain_to_first(video, video[:, :, 0], masks) - video)[0, :, 1]
    torch.testing.assert_close(moved[:, 5, 5], torch.tensor([1.0, 1.0]).double())
    torch.testing.assert_close(moved[:, 0, 0], torch.tensor([0.7, 0.7]).double())


def test_a_frame_whose_regions_are_all_empty_on_one_side_is_untouched():
    video, masks = a_video([a_scene(1, (1, -1), (0, 2)), a_scene(5, (3, 0), (-1, 1))])
    masks[:, :, 0], masks[:, :, 1] = 0, 1
    assert torch.equal(adain_to_first(video, video[:, :, 0], masks), video)


def test_the_gain_is_bounded_so_that_a_flat_region_does_not_explode():
    first, latent = a_tensor(0, 1, 1, 8, 8), a_tensor(1, 1, 1, 2, 8, 8) * 1e-3
    latent[0, 0, 1, 0, 0] = 0.5
    assert adain_to_first(latent, first).abs().max() < 2
    assert adain_to_first(latent, first, max_gain=UNBOUNDED).abs().max() > 5


def test_a_constant_frame_takes_the_mean_and_stays_finite():
    first = a_tensor(0, 1, 2, 8, 8)
    matched = adain_to_first(torch.ones(1, 2, 2, 8, 8, dtype=torch.float64), first)
    torch.testing.assert_close(matched[0, :, 1], first[0].mean(dim=(-2, -1), keepdim=True).expand(-1, 8, 8))


def test_half_precision_comes_back_in_half_precision():
    latent, first = a_tensor(0, 1, 2, 3, 8, 8), a_tensor(1, 1, 2, 8, 8)
    matched = adain_to_first(latent.half(), first.half())
    assert matched.dtype == torch.float16
    torch.testing.assert_close(matched.double(), adain_to_first(latent, first), rtol=0, atol=5e-3)


def test_adain_refuses_what_does_not_fit():
    latent = a_tensor(0, 1, 2, 3, 8, 8)
    with pytest.raises(MaskVideoError, match=r"\[1, 2, 4, 4\], the video's frames are \[1, 2, 8, 8\]"):
        adain_to_first(latent, a_tensor(0, 1, 2, 4, 4))
    with pytest.raises(MaskVideoError, match=r"mask has shape \[1, 1, 3, 64, 64\], the video needs \[1, 1, 3, 8, 8\]"):
        adain_to_first(latent, latent[:, :, 0], torch.ones(1, 1, 3, 64, 64))
    with pytest.raises(MaskVideoError, match=r"max_gain is 0\.5, it must be 1 or more"):
        adain_to_first(latent, latent[:, :, 0], max_gain=0.5)


def a_picture(seed, *shape):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_matching_to_itself_changes_nothing():
    first = a_picture(0, 1, 3, 9, 9)
    video = first[:, :, None].expand(-1, -1, 3, -1, -1)
    torch.testing.assert_close(histogram_match(video, first), video, rtol=0, atol=1e-12)


def test_a_shifted_and_stretched_window_takes_the_first_frames_distribution():
    first = a_picture(0, 1, 3, 40, 40)
    video = torch.stack([first, 0.3 + 0.5 * first.flip(-1), 0.3 + 0.5 * first.flip(-2)], dim=2)
    matched = histogram_match(video, first)
    torch.testing.assert_close(matched[:, :, 1], first.flip(-1), rtol=0, atol=0.02)
    torch.testing.assert_close(matched[:, :, 2], first.flip(-2), rtol=0, atol=0.02)


def test_later_frames_follow_the_sorted_reference():
    first, later = a_picture(0, 1, 1, 64, 64) ** 2, a_picture(1, 1, 1, 64, 64)
    matched = histogram_match(torch.stack([first, later], dim=2), first)[0, 0, 1]
    expected = torch.empty(64 * 64, dtype=torch.float64)
    expected[later.flatten().argsort()] = first.flatten().sort().values
    torch.testing.assert_close(matched.flatten(), expected, rtol=0, atol=0.02)


def test_one_transform_serves_the_whole_window():
    first, video = a_picture(0, 1, 1, 12, 12), a_picture(1, 1, 1, 3, 12, 12)
    video[..., 1, 0, 0] = video[..., 2, 5, 5] = 0.25
    matched = histogram_match(video, first)
    assert matched[0, 0, 1, 0, 0] == matched[0, 0, 2, 5, 5]


def test_frame_0_and_the_input_are_not_changed_by_matching():
    first, video = a_picture(0, 1, 3, 6, 6), a_picture(1, 1, 3, 3, 6, 6)
    before = video.clone()
    assert torch.equal(histogram_match(video, first)[:, :, 0], before[:, :, 0])
    assert torch.equal(video, before)


def test_foreground_and_background_are_matched_apart():
    mask = torch.zeros(1, 1, 2, 8, 8)
    mask[..., 0, :4, :4] = mask[..., 1, :, :6] = 1  # the object grows
    colours = {0: (0.8, 0.2), 1: (0.6, 0.5)}
    video = torch.stack([torch.where(mask[:, :, t] > 0, *map(torch.tensor, colours[t])) for t in (0, 1)], dim=2)
    matched = histogram_match(video, video[:, :, 0], mask)
    torch.testing.assert_close(matched[:, :, 1], torch.where(mask[:, :, 1] > 0, 0.8, 0.2), rtol=0, atol=0.005)


def test_each_region_follows_its_own_sorted_reference():
    mask = torch.zeros(1, 1, 2, 64, 64)
    mask[:, :, 0, :, :32] = mask[:, :, 1, 16:48] = 1
    first, later = a_picture(0, 1, 1, 64, 64) ** 2, a_picture(1, 1, 1, 64, 64)
    matched = histogram_match(torch.stack([first, later], dim=2), first, mask)[0, 0, 1]
    for region in (mask, 1 - mask):
        there, here = (region[0, 0, t] == 1 for t in (0, 1))
        expected = torch.empty(32 * 64, dtype=torch.float64)
        expected[later[0, 0, here].argsort()] = first[0, 0, there].sort().values
        torch.testing.assert_close(matched[here], expected, rtol=0, atol=0.02)


def test_a_flat_window_takes_the_median():
    first = a_picture(0, 1, 1, 32, 32) ** 3
    video = torch.stack([first, torch.full_like(first, 0.9)], dim=2)
    assert histogram_match(video, first)[0, 0, 1].mean().item() == pytest.approx(first.median().item(), abs=0.005)


def test_a_soft_edge_moves_by_its_share_of_both():
    mask = torch.tensor([1.0, 0.5, 0.0]).view(1, 1, 1, 1, 3).repeat(1, 1, 2, 1, 1)
    video = torch.tensor([[0.8, 0.5, 0.2], [0.5, 0.45, 0.4]]).view(1, 1, 2, 1, 3)
    matched = histogram_match(video, video[:, :, 0], mask)
    torch.testing.assert_close(matched[0, 0, 1, 0], torch.tensor([0.8, 0.5, 0.2]), rtol=0, atol=0.005)


def test_a_region_empty_in_the_first_frame_is_not_matched():
    mask = torch.zeros(1, 1, 2, 8, 8)
    mask[:, :, 1, :4] = 1
    video = a_picture(0, 1, 3, 2, 8, 8).float()
    matched = histogram_match(video, video[:, :, 0], mask)
    assert torch.equal(matched[:, :, 1, :4], video[:, :, 1, :4])
    assert not torch.equal(matched[:, :, 1, 4:], video[:, :, 1, 4:])


def test_matched_frames_stay_within_0_and_1():
    first, video = a_picture(0, 1, 3, 8, 8).round(), a_picture(1, 1, 3, 4, 8, 8)
    matched = histogram_match(video, first)
    assert matched.min() >= 0
    assert matched.max() <= 1


def test_a_window_of_one_frame_is_returned_as_it_is():
    video = a_picture(0, 1, 3, 1, 4, 4)
    assert torch.equal(histogram_match(video, a_picture(1, 1, 3, 4, 4)), video)
