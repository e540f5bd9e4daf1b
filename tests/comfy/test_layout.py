"""The file that reorders needs no host: these run everywhere."""

import numpy as np
import pytest
import torch
from maskvideo.adapters.comfy.layout import (
    frames_to_core,
    frames_to_host,
    image_to_uint8,
    latent_to_core,
    latent_to_host,
    masks_to_core,
    masks_to_host,
)
from maskvideo.core.errors import MaskVideoError


def random(*shape):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(0))


def test_each_value_keeps_its_frame_channel_and_place():
    mask, image, samples = random(3, 4, 5), random(3, 4, 5, 3), random(3, 4, 2, 2)
    assert masks_to_core(mask)[0, 0, 2, 1, 4] == mask[2, 1, 4]
    assert frames_to_core(image)[0, 1, 2, 3, 4] == image[2, 3, 4, 1]
    assert latent_to_core(samples)[0, 3, 2, 1, 0] == samples[2, 3, 1, 0]


def test_there_and_back_is_the_same():
    mask, image, samples = random(3, 4, 5), random(3, 4, 5, 3), random(3, 4, 2, 2)
    assert torch.equal(masks_to_host(masks_to_core(mask)), mask)
    assert torch.equal(frames_to_host(frames_to_core(image)), image)
    assert torch.equal(latent_to_host(latent_to_core(samples)), samples)


def test_what_goes_to_the_host_is_contiguous():
    assert (
        frames_to_host(random(1, 3, 2, 4, 5)).is_contiguous() and latent_to_host(random(1, 4, 2, 4, 5)).is_contiguous()
    )


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.float16, torch.bfloat16, torch.float64, torch.int64])
def test_masks_of_any_dtype_just_work(dtype):
    mask = (random(3, 4, 5) > 0.5).to(dtype)
    core = masks_to_core(mask)
    assert core.dtype == torch.float32 and torch.equal(core[0, 0], mask.float())


def test_bytes_up_to_255_are_a_mask_too():
    assert masks_to_core(torch.tensor([[[0, 255]]], dtype=torch.uint8)).flatten().tolist() == [0, 1]


def test_one_mask_without_a_frame_axis_is_a_sequence_of_one():
    assert masks_to_core(random(4, 5)).shape == (1, 1, 1, 4, 5)


def test_masks_with_a_channel_are_the_masks_without_it():
    mask = random(3, 4, 5)
    assert torch.equal(masks_to_core(mask[:, None]), masks_to_core(mask))


def test_values_out_of_range_are_clamped_and_the_input_stays():
    mask = torch.tensor([[[-1.0, 2.0]]])
    assert masks_to_core(mask).flatten().tolist() == [0, 1] and mask.flatten().tolist() == [-1, 2]


def test_alpha_is_dropped_and_grey_becomes_three_channels():
    image = random(2, 4, 5, 4)
    assert torch.equal(frames_to_core(image), frames_to_core(image[..., :3]))
    assert torch.equal(frames_to_core(image[..., :1])[0, 2], image[..., 0])


def test_an_image_in_bytes_is_what_the_core_has_rounded():
    for channels in (1, 3, 4):
        image = random(2, 4, 5, channels) * 1.2 - 0.1
        core = frames_to_core(image)[0].permute(1, 2, 3, 0)
        assert np.array_equal(image_to_uint8(image), (core * 255).round().byte().numpy())


def test_a_latent_keeps_its_values_and_dtype():
    samples = random(2, 4, 3, 3).half() * 20
    assert latent_to_core(samples).dtype == torch.float16 and latent_to_core(samples).max() > 10


@pytest.mark.parametrize(
    ("convert", "shape", "named"),
    [
        (masks_to_core, (1, 1, 2, 4, 5), "a mask sequence"),
        (masks_to_core, (0, 4, 5), "a mask sequence"),
        (masks_to_core, (3, 2, 4, 5), "a mask sequence"),
        (frames_to_core, (4, 5, 3), "give frames"),
        (frames_to_core, (2, 4, 5, 2), "give frames"),
        (image_to_uint8, (4, 5, 3), "give frames"),
        (latent_to_core, (1, 16, 2, 4, 5), "latents of an SD1.x VAE"),
    ],
)
def test_other_shapes_are_refused_by_what_came_and_what_is_needed(convert, shape, named):
    with pytest.raises(MaskVideoError, match=named) as raised:
        convert(torch.zeros(shape))
    assert str(list(shape)) in str(raised.value)
