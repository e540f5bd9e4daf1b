"""LAMP's layers against ten-line loops in float64."""

import torch
from maskvideo.core.lamp_layers import FrameAttention, GatedCausalConv, norm_over_video
from torch import nn

VIDEOS, FRAMES, CHANNELS, HEIGHT, WIDTH = 2, 4, 6, 2, 3


def random_images() -> torch.Tensor:
    return torch.randn(VIDEOS * FRAMES, CHANNELS, HEIGHT, WIDTH, dtype=torch.float64)


def randomised(module: nn.Module) -> nn.Module:
    for parameter in module.parameters():
        nn.init.normal_(parameter, std=0.5)
    return module.double().requires_grad_(False)


def test_the_convolution_is_its_loop_over_pixels():
    torch.manual_seed(0)
    layer, images = randomised(GatedCausalConv(CHANNELS)), random_images()
    expected = images.clone()
    gates = nn.functional.conv2d(images, layer.gate.weight, layer.gate.bias, padding=1).sigmoid()
    for index in range(len(images)):
        video, frame = divmod(index, FRAMES)
        mixed = layer.conv.bias[:, None, None].expand(-1, HEIGHT, WIDTH).clone()
        for back in range(min(frame, 2) + 1):
            kernel = layer.conv.weight[:, :, 2 - back, 0]
            mixed += torch.einsum("oi,ihw->ohw", kernel, images[video * FRAMES + frame - back])
        expected[index] += gates[index] * mixed
    torch.testing.assert_close(layer(images, FRAMES), expected)


def test_the_convolution_sees_no_later_frame():
    torch.manual_seed(0)
    layer, images = randomised(GatedCausalConv(CHANNELS)), random_images()
    changed = images.clone()
    changed[2] += 1  # frame 2 of the first video
    difference = (layer(changed, FRAMES) - layer(images, FRAMES)).flatten(1).norm(dim=1)
    assert difference.nonzero().flatten().tolist() == [2, 3]


def test_the_attention_is_its_loop_over_pixels():
    torch.manual_seed(0)
    layer = randomised(FrameAttention(CHANNELS, heads=2))
    tokens = torch.randn(VIDEOS * FRAMES, 5, CHANNELS, dtype=torch.float64)
    expected = tokens.clone()
    for video in tokens.unflatten(0, (VIDEOS, FRAMES)).unbind():
        for pixel in range(5):
            q, k, v = (layer.to_qkv(layer.norm(video[:, pixel]))).chunk(3, dim=-1)
            heads = []
            for part in (slice(0, 3), slice(3, 6)):
                weights = (q[:, part] @ k[:, part].T / 3**0.5).softmax(-1)
                heads.append(weights @ v[:, part])
            video[:, pixel] += layer.to_out(torch.cat(heads, dim=-1))
    expected, tokens = tokens, expected  # the loop wrote into its input
    torch.testing.assert_close(layer(tokens, FRAMES), expected)


def test_untrained_layers_change_nothing():
    images, tokens = random_images().float(), torch.randn(VIDEOS * FRAMES, 5, CHANNELS)
    assert torch.equal(GatedCausalConv(CHANNELS)(images, FRAMES), images)
    assert torch.equal(FrameAttention(CHANNELS, heads=2)(tokens, FRAMES), tokens)


def test_the_norm_takes_mean_and_variance_over_the_frames_of_each_video():
    torch.manual_seed(0)
    norm, images = nn.GroupNorm(2, CHANNELS).double(), 3 * random_images() + 1
    expected = images.unflatten(0, (VIDEOS, FRAMES)).clone()
    for video in expected:
        for group in (slice(0, 3), slice(3, 6)):
            video[:, group] = (video[:, group] - video[:, group].mean()) / video[:, group].std(correction=0)
    torch.testing.assert_close(norm_over_video(norm, images, FRAMES), expected.flatten(0, 1), atol=1e-4, rtol=1e-4)
