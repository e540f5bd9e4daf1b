import cv2
import numpy as np
import pytest
from maskvideo.evaluation.colour_words import colour
from maskvideo.evaluation.segment_by_colour import reference_colours, segment_by_colour

HEIGHT, WIDTH = 160, 256


def disc(x, y, radius):
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    return (columns - x) ** 2 + (rows - y) ** 2 <= radius**2


def grain(seed, amount=0.03):
    """Fine noise plus clouds of about 20 px."""
    generator = np.random.default_rng(seed)
    clouds = cv2.resize(generator.normal(size=(8, 12, 3)), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return amount * (0.5 * generator.normal(size=(HEIGHT, WIDTH, 3)) + 0.8 * clouds)


def paint(mask, front, back, seed=0, texture=0.03):
    """A soft-edged, textured picture that went through JPEG."""
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.0)[..., None]
    picture = soft * front + (1 - soft) * back + grain(seed, texture)
    coded = cv2.imencode(".jpg", (picture.clip(0, 1) * 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 60])[1]
    return cv2.imdecode(coded, cv2.IMREAD_COLOR).astype(np.float32) / 255


def overlap(a, b):
    return (a & b).sum() / (a | b).sum()


RED, BLUE, GREEN, PURPLE, GRAY = (colour(word) for word in ("red", "blue", "green", "purple", "gray"))
START = disc(60, 60, 30)


@pytest.mark.parametrize("front, back", [(RED, BLUE), (PURPLE, BLUE), (GREEN, GRAY), (BLUE, RED)])
def test_an_object_that_moved_is_found_where_it_is(front, back):
    reference = reference_colours(paint(START, front, back), START)
    moved = disc(190, 100, 30)
    assert overlap(segment_by_colour(paint(moved, front, back, seed=1), reference), moved) > 0.95


def test_an_object_of_half_a_percent_of_the_picture_is_found():
    tiny = disc(200, 40, 8.5)
    assert tiny.mean() < 0.006
    reference = reference_colours(paint(START, GREEN, GRAY), START)
    assert overlap(segment_by_colour(paint(tiny, GREEN, GRAY, seed=1), reference), tiny) > 0.8


def test_an_object_that_fills_most_of_the_picture_is_found():
    huge = disc(128, 80, 110)
    reference = reference_colours(paint(START, RED, BLUE), START)
    assert overlap(segment_by_colour(paint(huge, RED, BLUE, seed=1), reference), huge) > 0.97


@pytest.mark.parametrize("hue", [(0.2, 0.7, 0.3), (0.5, 0.3, 0.7), (0.1, 0.1, 0.4), (0.9, 0.8, 0.2)])
def test_a_changed_hue_is_still_the_object(hue):
    reference = reference_colours(paint(START, RED, BLUE), START)
    moved = disc(190, 100, 30)
    assert overlap(segment_by_colour(paint(moved, np.array(hue), BLUE, seed=1), reference), moved) > 0.95


@pytest.mark.parametrize("back", [GREEN, GRAY, PURPLE, np.array([0.9, 0.9, 0.5])])
def test_a_changed_background_is_still_background(back):
    reference = reference_colours(paint(START, RED, BLUE), START)
    moved = disc(190, 100, 30)
    assert overlap(segment_by_colour(paint(moved, RED, back, seed=1), reference), moved) > 0.95


@pytest.mark.parametrize("back", [BLUE, RED, np.array([0.3, 0.5, 0.6])])
@pytest.mark.parametrize("texture", [0.0, 0.03, 0.07])
def test_a_picture_without_the_object_is_empty_whatever_its_colour_and_texture(back, texture):
    reference = reference_colours(paint(START, RED, BLUE), START)
    assert not segment_by_colour(paint(np.zeros_like(START), RED, back, seed=1, texture=texture), reference).any()


@pytest.mark.parametrize("strength", [0.1, 0.25, 0.4])
def test_a_gradient_is_no_object(strength):
    reference = reference_colours(paint(START, PURPLE, BLUE), START)
    slope = strength * np.linspace(-1, 1, WIDTH)[None, :, None] * np.array([1.0, -0.5, 0.3])
    frame = (BLUE + slope + grain(2, 0.02)).clip(0, 1).astype(np.float32)
    assert not segment_by_colour(frame, reference).any()


def test_an_object_faded_below_a_quarter_of_its_contrast_is_absent():
    reference = reference_colours(paint(START, RED, BLUE), START)
    moved = disc(190, 100, 30)
    faded, faint = 0.15 * RED + 0.85 * BLUE, 0.4 * RED + 0.6 * BLUE
    assert not segment_by_colour(paint(moved, faded, BLUE, seed=1), reference).any()
    assert overlap(segment_by_colour(paint(moved, faint, BLUE, seed=1), reference), moved) > 0.95


def test_a_second_object_of_the_same_colour_is_found_too():
    reference = reference_colours(paint(START, RED, BLUE), START)
    both = disc(60, 60, 25) | disc(190, 100, 25)
    assert overlap(segment_by_colour(paint(both, RED, BLUE, seed=1), reference), both) > 0.95


def test_a_first_frame_without_the_object_finds_nothing_in_frames_without_it_and_does_not_fail():
    nothing = np.zeros_like(START)
    reference = reference_colours(paint(nothing, RED, BLUE), START)
    assert not segment_by_colour(paint(nothing, RED, BLUE, seed=1), reference).any()
    assert not segment_by_colour(np.full((HEIGHT, WIDTH, 3), 0.5, np.float32), reference).any()
