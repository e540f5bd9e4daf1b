"""The synthetic world: pictures, silhouettes and few-shot clips."""

import numpy as np
import pytest
from maskvideo.evaluation.colour_words import COLOUR_WORDS
from maskvideo.training.demo_model.silhouettes import KINDS, silhouette
from maskvideo.training.demo_model.world import Variety, draw_clip, draw_picture, random_scene, rasterise

SIZE = (80, 128)


def test_a_seed_draws_the_same_picture_and_another_seed_another():
    first, again, other = (draw_picture(np.random.default_rng(seed), SIZE)[0] for seed in (3, 3, 4))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_coverage_separates_the_two_colours_of_the_scene():
    image, coverage, scene = draw_picture(np.random.default_rng(7), SIZE, Variety(scales=(0.4, 0.5)))
    inside, outside = image[coverage == 1].mean(0), image[coverage == 0].mean(0)
    assert np.abs(inside - COLOUR_WORDS[scene.colour]).max() < 12
    assert np.abs(outside - COLOUR_WORDS[scene.ground]).max() < 25


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_silhouette_covers_a_part_of_its_unit_circle(kind):
    outlines = silhouette(kind, np.random.default_rng(1))(0.5)
    covered = rasterise([points * 30 + 40 for points in outlines], (80, 80)).mean()
    assert 0.03 < covered < 0.5


def test_blobs_deform_with_the_phase_and_rigid_shapes_do_not():
    blob, star = silhouette("blob", np.random.default_rng(0)), silhouette("star", np.random.default_rng(0))
    assert any(not np.allclose(a, b) for a, b in zip(blob(0.0), blob(1.0), strict=True))
    assert np.array_equal(star(0.0)[0], star(1.0)[0])


def test_a_clip_keeps_its_colours_and_moves_its_mask():
    images, masks = draw_clip(np.random.default_rng(2), 6, SIZE)
    assert images.shape == (6, *SIZE, 3) and masks.shape == (6, *SIZE)
    colours = [image[mask == 255].mean(0) for image, mask in zip(images, masks, strict=True)]
    assert np.ptp(colours, axis=0).max() < 20
    assert all(not np.array_equal(masks[0], mask) for mask in masks[1:])


def test_object_and_background_never_share_a_colour():
    scenes = [random_scene(np.random.default_rng(seed), SIZE, "star") for seed in range(40)]
    assert all(scene.colour != scene.ground for scene in scenes)
