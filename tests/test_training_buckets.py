"""Aspect buckets: sizes of about one area, and which of them fits a clip."""

import pytest
from maskvideo.training.buckets import BUCKET_PX, SMALL_PX, bucket_size, bucket_sizes, fitting_size

SET_SIZES = [(512, 320), (512, 512), (256, 160), (96, 64), (320, 512)]


@pytest.mark.parametrize(("width", "height"), SET_SIZES)
def test_no_bucket_is_larger_than_the_size_set_and_every_side_fits_the_latent_grid(width, height):
    sizes = bucket_sizes(width, height)
    assert sizes[0] == (width, height) and len(set(sizes)) == len(sizes) > 2
    step = BUCKET_PX if min(width, height) >= SMALL_PX else BUCKET_PX // 4
    for one, other in sizes[1:]:
        assert one * other <= width * height and one % step == other % step == 0
        assert 0.5 <= one / other <= 2
    assert any(one > other for one, other in sizes) and any(one < other for one, other in sizes)


def test_a_clip_of_the_shape_set_has_the_size_set():
    assert bucket_size((1080, 1728), 512, 320) == (512, 320)
    assert bucket_size((64, 96), 96, 64) == (96, 64)


@pytest.mark.parametrize(
    ("shape", "expected"), [((1920, 1080), (320, 512)), ((1000, 1000), (384, 384)), ((100, 900), (512, 320))]
)
def test_another_shape_has_the_bucket_nearest_to_it(shape, expected):
    assert bucket_size(shape, 512, 320) == expected


def test_without_buckets_every_shape_has_the_size_set():
    assert fitting_size((1920, 1080), 512, 320, aspect_buckets=False) == (512, 320)
    assert fitting_size((1920, 1080), 512, 320, aspect_buckets=True) == (320, 512)
