"""What values mean is judged once for the whole sequence."""

import numpy as np
import pytest
from maskvideo.core.errors import MaskVideoError
from maskvideo.files.picture import Picture
from maskvideo.mask_tools.mask_reading import read_values

from .mask_layouts import SIZE, by_jpeg, crossing, mirrored, noise, painted, pictures, soft

BALL, DOG = (48, 112, 32), (51, 221, 255)
VOID = (224, 224, 192)


def overlap(found, truth):
    """The lowest IoU of any frame; two empty masks are equal."""
    pairs = [(a > 0, b > 0) for a, b in zip(found, truth, strict=True)]
    return min((a & b).sum() / max((a | b).sum(), 1) if (a | b).any() else 1.0 for a, b in pairs)


def read(sequence, channel="auto"):
    reading = read_values(sequence, "masks", channel)
    return reading, [reading.labels_of(picture) for picture in sequence]


def rgba(one, _other, index):
    """A dark, striped object on a bright ground, cut out by its alpha."""
    colour = painted((one, (40, 60, 110)), ground=(200, 190, 180))
    colour[::3] //= 2
    return np.dstack([colour, one * np.uint8(255)])


def palette_picture(indices, colours):
    palette = np.full((256, 4), 255, np.uint8)
    palette[:, :3] = 0
    palette[: len(colours), :3] = colours
    return Picture(indices.astype(np.uint8), palette)


def red_steps(values):
    """0..1 in eight entries of a palette, as a colour image of them."""
    return palette_picture(np.rint(values * 7), [(255 * step // 7, 0, 0) for step in range(8)])


MATTES = {
    "0 and 255": (pictures(lambda one, *_: one * np.uint8(255)), "values 0 and 255: matte"),
    "0 and 1": (pictures(lambda one, *_: one * np.uint8(1)), "label 1: 1 object"),
    "studio levels": (pictures(lambda one, *_: np.where(one, 235, 16).astype(np.uint8)), "values 16 and 235: matte"),
    "two greys": (pictures(lambda one, *_: np.where(one, 110, 100).astype(np.uint8)), "values 100 and 110: matte"),
    "noise near black": (pictures(lambda one, *_: np.where(one, 255, noise(0, 8))), "values 0 to 255: matte"),
    "noise on both": (pictures(lambda one, *_: np.where(one, noise(220, 245), noise(8, 24))), "matte, cut at"),
    "soft edge": (pictures(lambda one, *_: soft(one * np.uint8(255), 1.5)), "matte, cut at 127.5"),
    "16 bit on dark grey": (pictures(lambda one, *_: (900 + one * 60000).astype(np.uint16)), "900 and 60900: matte"),
    "12 bits of 16, soft": (pictures(lambda one, *_: soft(one * np.uint16(4095), 1.5)), "matte, cut at"),
    "float": (pictures(lambda one, *_: soft(one.astype(np.float32), 1.5)), "values 0 to 1: matte, cut at 0.5"),
    "float up to 255": (pictures(lambda one, *_: one.astype(np.float32) * 255), "values 0 and 255: matte"),
    "grey RGB": (pictures(lambda one, *_: painted((one, (255, 255, 255)))), "values 0 and 255: matte"),
    "red on black": (pictures(lambda one, *_: painted((one, (255, 0, 0)))), "label colour #ff0000: 1 object"),
    "white on green": (pictures(lambda one, *_: painted((one, (255,) * 3), ground=(0, 255, 0))), "#ffffff: 1 object"),
    "red, soft": (pictures(lambda one, *_: soft(painted((one, (255, 0, 0))), 1.0)), "near #ff0000: 1 object"),
    "JPEG": (pictures(lambda one, *_: by_jpeg(one * np.uint8(255)), lossy=True), "matte, cut at"),
    "RGB JPEG": (pictures(lambda one, *_: by_jpeg(painted((one, (255,) * 3))), lossy=True), "matte, cut at"),
    "alpha": (pictures(rgba), "alpha 0 and 255: matte"),
    "dark red, soft": (pictures(lambda one, *_: soft(painted((one, (20, 0, 0))), 1.0)), "matte, cut at"),
    "dark red on white, soft": (
        pictures(lambda one, *_: soft(painted((one, (20, 0, 0)), ground=(255,) * 3), 1.0)),
        "near #140000: 1 object",
    ),
    "studio levels in 16 bit, soft": (
        pictures(lambda one, *_: (4096 + soft(one.astype(np.float32), 1.2) * 56064).astype(np.uint16)),
        "values 4096 to 60160: matte",
    ),
    "a JPEG saved without loss": (
        pictures(lambda one, *_: by_jpeg(painted((one, (255,) * 3)), 40)),
        "matte, cut at 127.5",
    ),
    "soft red as palette": (
        [red_steps(soft(one.astype(np.float32), 1.5)) for one in crossing()],
        "label colours near #ff0000: 1 object",
    ),
    "grey and alpha": (pictures(lambda one, *_: np.dstack([noise(0, 255), one * np.uint8(255)])), "alpha 0 and 255"),
}


@pytest.mark.parametrize("kind", MATTES)
def test_one_object_is_found_whatever_its_values(kind):
    sequence, text = MATTES[kind]
    reading, labels = read(sequence)
    assert overlap(labels, crossing()) > 0.98 and labels[0].max() == 1
    assert text in reading.text


def numbered(one, other, first, second, dtype):
    return (one * first + other * second).astype(dtype)


def outlined(one, other, index):
    """VOC's: the objects by number, a band of void around them."""
    band = soft((one | other).astype(np.float32), 2)
    return np.where((band > 0.1) & ~(one | other), 255, one + 2 * other).astype(np.uint8)


TWO_OBJECTS = {
    "1 and 2": (pictures(lambda a, b, i: numbered(a, b, 1, 2, np.uint8)), ("object 1", "object 2")),
    "1 and 2, 255 is void": (pictures(outlined), ("object 1", "object 2")),
    "grey label colours": (pictures(lambda a, b, i: numbered(a, b, 38, 75, np.uint8)), ("object 38", "object 75")),
    "instances": (
        pictures(lambda a, b, i: numbered(a, b, 1002, 2001, np.uint16)),
        ("class 1 object 2", "class 2 object 1"),
    ),
    "instances on classes without any": (
        pictures(lambda a, b, i: np.where(a | b, numbered(a, b, 24001, 26000, np.int32), 7).astype(np.int32)),
        ("class 24 object 1", "class 26 object 0"),
    ),
    "float labels": (pictures(lambda a, b, i: numbered(a, b, 1, 2, np.float32)), ("object 1", "object 2")),
    "label colours": (pictures(lambda a, b, i: painted((a, BALL), (b, DOG))), ("object 1", "object 2")),
    "label colours on white": (
        pictures(lambda a, b, i: painted((a, BALL), (b, DOG), ground=(255,) * 3)),
        ("object 1", "object 2"),
    ),
    "label colours with a soft edge": (
        pictures(lambda a, b, i: soft(painted((a, BALL), (b, DOG)), 0.7)),
        ("object 1", "object 2"),
    ),
    "label colours as JPEG": (
        pictures(lambda a, b, i: by_jpeg(painted((a, BALL), (b, DOG)), 92), lossy=True),
        ("object 1", "object 2"),
    ),
    "grey labels as JPEG": (
        pictures(lambda a, b, i: by_jpeg(numbered(a, b, 80, 160, np.uint8), 92), lossy=True),
        ("object 1", "object 2"),
    ),
}


@pytest.mark.parametrize("kind", TWO_OBJECTS)
def test_two_objects_are_told_apart(kind):
    sequence, names = TWO_OBJECTS[kind]
    reading, labels = read(sequence)
    assert reading.names == names and reading.text.endswith("2 objects")
    objects = [[label == number for label in labels] for number in (1, 2)]
    truths = crossing(), mirrored(crossing())
    straight, crossed = (min(map(overlap, objects, pair)) for pair in (truths, truths[::-1]))
    assert max(straight, crossed) > 0.95


def test_label_colours_are_the_objects_own():
    assert read(pictures(lambda a, b, i: painted((a, BALL), (b, DOG))))[0].colours == (BALL, DOG)


def test_void_is_said_and_is_no_object():
    reading, labels = read(pictures(outlined))
    assert "255 is void" in reading.text
    assert overlap(labels, [a | b for a, b in zip(crossing(), mirrored(crossing()), strict=True)]) == 1
    reading, labels = read(pictures(lambda a, b, i: painted((a, BALL), (b, VOID))))
    assert "#e0e0c0 is void" in reading.text and overlap(labels, crossing()) == 1


def test_a_fade_is_cut_at_half_of_the_sequence_and_not_of_each_image():
    reading, labels = read(pictures(lambda one, _, i: (one * (255 - 23 * i)).astype(np.uint8)))
    assert [bool(label.any()) for label in labels] == [255 - 23 * i > 128 for i in range(12)]
    assert "matte" in reading.text


@pytest.mark.parametrize("steps", [(85, 170), (128,)])
def test_a_fade_of_few_steps_is_one_object(steps):
    values = [*steps, *[255] * (12 - len(steps))]
    reading, labels = read(pictures(lambda one, _, i: (one * values[i]).astype(np.uint8)))
    assert len(reading.names) == 1 and [bool(label.any()) for label in labels] == [value > 127.5 for value in values]


def test_a_fade_in_16_bit_is_no_row_of_instances():
    reading, labels = read(pictures(lambda one, _, i: one.astype(np.uint16) * np.uint16(257 * (255 - 23 * i))))
    assert len(reading.names) == 1 and [bool(label.any()) for label in labels] == [
        255 - 23 * i > 127 for i in range(12)
    ]


def test_a_tiny_object_in_a_large_picture_is_found_also_with_a_soft_edge():
    sequence, truth = [], []
    for index in range(3):
        mask = np.zeros((1080, 1920), bool)
        mask[500:509, 100 + 30 * index : 109 + 30 * index] = True
        truth.append(mask)
        sequence.append(Picture(soft(mask * np.uint8(255), 1)))
    assert overlap(read(sequence)[1], truth) > 0.9


def test_an_object_that_leaves_leaves_nothing_behind():
    gone = pictures(lambda one, _, i: np.where(one & (i < 7), 235, 16).astype(np.uint8))
    assert [bool(label.any()) for label in read(gone)[1]] == [i < 7 for i in range(12)]


@pytest.mark.parametrize(
    "sequence",
    [
        pictures(lambda one, *_: one * np.uint8(0)),
        pictures(lambda *_: np.full(SIZE, 16, np.uint8)),
        pictures(lambda *args: noise(0, 8, args[2])),
        pictures(lambda *args: noise(0, 9, args[2]), lossy=True),
        pictures(lambda *args: np.where(noise(0, 99, args[2]) < 3, 2, 0).astype(np.uint8)),
        pictures(lambda *_: np.zeros((*SIZE, 3), np.uint8)),
        pictures(lambda *args: by_jpeg(noise(0, 13, args[2]), 50)),
    ],
    ids=[
        "black",
        "studio black",
        "noise",
        "JPEG's noise",
        "specks",
        "black RGB",
        "JPEG's noise without loss",
    ],
)
def test_where_nothing_is_no_mask_is_made_up(sequence):
    reading, labels = read(sequence)
    assert not np.any(labels) and "no object" in reading.text


def test_a_dark_colour_that_brightness_does_not_tell_from_its_ground_is_said_to_be_missed():
    reading, labels = read(pictures(lambda one, *_: soft(painted((one, (20, 0, 0)), ground=(20,) * 3), 1.0)))
    assert np.any(labels) or "no object" in reading.text


@pytest.mark.parametrize("value", [1, 255])
def test_an_object_that_fills_every_frame_is_one(value):
    assert np.all(read(pictures(lambda *_: np.full(SIZE, value, np.uint8)))[1])


def test_alpha_that_does_not_vary_is_no_mask():
    opaque = pictures(lambda one, *_: np.dstack([painted((one, (255,) * 3)), np.full(SIZE, 255, np.uint8)]))
    reading, labels = read(opaque)
    assert overlap(labels, crossing()) == 1 and "alpha" not in reading.text


@pytest.mark.parametrize("channel", ["luma", "green", "colour"])
def test_a_channel_that_was_asked_for_is_taken_instead_of_alpha(channel):
    sequence = pictures(lambda one, other, _: np.dstack([painted((other, (255,) * 3)), one * np.uint8(255)]))
    assert overlap(read(sequence, channel)[1], mirrored(crossing())) == 1
    assert overlap(read(sequence)[1], crossing()) == 1


def test_a_channel_that_is_not_there_is_named():
    with pytest.raises(MaskVideoError, match="masks has no alpha: set channel"):
        read(pictures(lambda one, *_: one * np.uint8(255)), "alpha")
    with pytest.raises(MaskVideoError, match="channel"):
        read(pictures(lambda one, *_: one * np.uint8(255)), "hue")


def test_photographs_are_refused_and_taken_by_luma():
    rng = np.random.default_rng(0)
    photo = soft(rng.integers(0, 256, (*SIZE, 3)).astype(np.uint8), 3)
    stretched = ((photo - photo.min()) * (255 / np.ptp(photo))).astype(np.uint8)
    with pytest.raises(MaskVideoError, match="masks looks like photographs"):
        read([Picture(stretched)])
    assert read([Picture(stretched)], "luma")[0].channel == "luma"


def test_a_palettes_entries_number_the_objects_also_where_its_colours_do_not_tell_them_apart():
    pairs = list(zip(crossing(), mirrored(crossing()), strict=True))
    for colours in ([(0, 0, 0), (128, 0, 0), (9, 9, 9), (0, 128, 0)], [(0, 0, 0)] * 4):
        reading, labels = read([palette_picture(a * 1 + b * 3, colours) for a, b in pairs])
        assert reading.names == ("object 1", "object 3")
        assert overlap([label == 2 for label in labels], mirrored(crossing())) == 1


def test_a_grey_palette_is_its_greys_also_where_each_image_has_its_own():
    inverted = [palette_picture(~mask, [(255, 255, 255), (0, 0, 0)]) for mask in crossing()]
    assert overlap(read(inverted)[1], crossing()) == 1
    own = [
        palette_picture(mask if index % 2 else ~mask, [(0, 0, 0), (255, 255, 255)][:: 1 if index % 2 else -1])
        for index, mask in enumerate(crossing())
    ]
    assert overlap(read(own)[1], crossing()) == 1
