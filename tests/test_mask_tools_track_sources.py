import numpy as np
import pytest
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.sequence import collect
from maskvideo.mask_tools.track_sources import open_tracks
from maskvideo.mask_tools.tracks import track_colour
from maskvideo.mask_tools.tracks_file import write_tracks
from maskvideo.mask_tools.write import write_masks
from PIL import Image

from .tracks_base import iou, moving_disc, tracks_of

DAVIS_RED, DAVIS_GREEN = (128, 0, 0), (0, 128, 0)


def save_labels(folder, labels, palette=None):
    """labels: uint8 [T, H, W]."""
    folder.mkdir(exist_ok=True)
    for index, frame in enumerate(labels):
        image = Image.fromarray(frame)
        if palette:
            image.putpalette([value for colour in palette for value in colour])
        image.save(folder / f"{index:05d}.png")


def labelled():
    labels = np.zeros((3, 6, 8), np.uint8)
    labels[:, :2], labels[1:, 4:], labels[:, 3, 3] = 1, 2, 255
    return labels


def test_a_davis_folder_has_an_object_for_each_label_in_its_palettes_colour_without_the_void(tmp_path):
    palette = [(0, 0, 0), DAVIS_RED, DAVIS_GREEN, *[(9, 9, 9)] * 252, (224, 224, 192)]
    save_labels(tmp_path / "m", labelled(), palette)
    tracks = open_tracks(tmp_path / "m")
    assert tracks.names == ("object 1", "object 2") and tracks.colours == (DAVIS_RED, DAVIS_GREEN)
    assert (tracks.count, tracks.size) == (3, (6, 8))
    assert (tracks.batch([2, 0])[:, 1] == (labelled()[[2, 0]] == 2)).all()


def test_grey_labels_are_objects_too_also_one_that_comes_later(tmp_path):
    labels = np.where(labelled() == 255, 0, labelled())
    save_labels(tmp_path / "m", labels)
    tracks = collect(open_tracks(tmp_path / "m"))
    assert tracks.colours == (track_colour(0), track_colour(1))
    assert (tracks.track("object 2").masks == (labels == 2)).all()


@pytest.mark.parametrize("palette", [None, [(0, 0, 0), *[(200, 0, 0)] * 255]])
def test_black_and_white_masks_are_one_object(tmp_path, palette):
    masks = moving_disc(3)
    save_labels(tmp_path / "m", masks * 255, palette)
    tracks = open_tracks(tmp_path / "m")
    assert tracks.names == ("object 1",) and (tracks.batch([0, 1, 2])[:, 0] == masks).all()


def test_a_folder_of_tracks_its_json_an_image_and_a_video_are_read(tmp_path):
    tracks = tracks_of(moving_disc(3), moving_disc(3, start=(40, 20)), names=["x", "y"])
    write_tracks(tmp_path / "t", tracks)
    write_masks(tmp_path / "m.mp4", tracks.tensor(), fps=5)
    for path in (tmp_path / "t", tmp_path / "t" / "tracks.json"):
        assert open_tracks(path).names == ("x", "y")
    image = open_tracks(tmp_path / "t" / "00000.png")
    assert image.count == 1
    video = open_tracks(tmp_path / "m.mp4")
    assert (video.count, video.fps, video.size) == (3, 5, (60, 80))
    assert iou(collect(video).union(), tracks.union()) > 0.95


def test_black_objects_are_inverted_at_the_border(tmp_path):
    masks = moving_disc(2)
    save_labels(tmp_path / "m", (1 - masks) * 255)
    assert (open_tracks(tmp_path / "m", invert=True).batch([1, 0])[:, 0] == masks[::-1]).all()
    save_labels(tmp_path / "two", labelled() % 255)
    with pytest.raises(MaskVideoError, match="holds 2 objects, which cannot all be inverted"):
        open_tracks(tmp_path / "two", invert=True)


def test_what_holds_no_masks_is_told(tmp_path):
    with pytest.raises(MaskVideoError, match=r"there are no masks at .*nowhere"):
        open_tracks(tmp_path / "nowhere")
    with pytest.raises(MaskVideoError, match="no masks found in"):
        open_tracks(tmp_path)
    Image.new("L", (8, 6)).save(tmp_path / "a.png")
    Image.new("L", (9, 6)).save(tmp_path / "b.png")
    with pytest.raises(MaskVideoError, match=r"a\.png is 8x6, b\.png is 9x6: make all 8x6"):
        open_tracks(tmp_path)


def save_masks(folder, masks, name, start=0):
    """masks: uint8 [T, H, W] of 0 and 1; name: a format string for the number."""
    folder.mkdir(parents=True, exist_ok=True)
    for index, mask in enumerate(masks, start):
        Image.fromarray(mask * 255).save(folder / name.format(index))


def test_masks_are_read_in_the_order_of_their_numbers_and_gaps_are_named(tmp_path):
    masks = moving_disc(6)
    for number, mask in zip((-2, -1, 0, 1, 2, 9), masks, strict=True):
        save_masks(tmp_path, [mask], f"shot.{'-' if number < 0 else ''}{abs(number):04d}.png")
    tracks = open_tracks(tmp_path)
    assert tracks.numbers == (-2, -1, 0, 1, 2, 9) and "without 3 to 8" in tracks.reading
    assert (collect(tracks).union() == masks).all()


def test_gaps_are_filled_by_shape_on_request_and_given_masks_stay(tmp_path):
    masks = moving_disc(6)
    for index in (0, 3, 5):
        save_masks(tmp_path, [masks[index]], f"{index:05d}.png")
    assert open_tracks(tmp_path).count == 3
    filled = open_tracks(tmp_path, fill_gaps=True)
    assert filled.numbers == tuple(range(6)) and "3 filled in between" in filled.reading
    found = collect(filled).union()
    assert (found[[0, 3, 5]] == masks[[0, 3, 5]]).all() and iou(found, masks) > 0.9


def two_objects(count=4):
    return {"ball": moving_disc(count), "dog": moving_disc(count, start=(45, 20))}


@pytest.mark.parametrize("name", ["task-{n}-tag-{object}-0.png", "{object}_{n}.png", "{object}/{n}.png"])
def test_a_sequence_for_each_object_gives_tracks_of_their_names(tmp_path, name):
    for thing, masks in two_objects().items():
        for n, mask in enumerate(masks):
            path = tmp_path / name.format(object=thing, n=f"{n:03d}")
            save_masks(path.parent, [mask], path.name)
    tracks = collect(open_tracks(tmp_path))
    assert tracks.names == ("ball", "dog")
    assert all((tracks.track(thing).masks == masks).all() for thing, masks in two_objects().items())


def test_an_object_is_absent_where_it_has_no_file_and_that_is_said(tmp_path):
    objects = two_objects()
    save_masks(tmp_path, objects["ball"], "ball_{:02d}.png")
    save_masks(tmp_path, objects["dog"][1:3], "dog_{:02d}.png", start=1)
    opened = open_tracks(tmp_path)
    assert "dog in 2 of 4 frames" in opened.reading
    assert [bool(mask.any()) for mask in collect(opened).track("dog").masks] == [False, True, True, False]


def test_an_object_in_a_single_frame_is_in_the_frame_of_its_number(tmp_path):
    objects = two_objects()
    save_masks(tmp_path, objects["ball"][:1], "ball_{:02d}.png", start=3)
    save_masks(tmp_path, objects["dog"], "dog_{:02d}.png", start=1)
    tracks = collect(open_tracks(tmp_path))
    assert tracks.names == ("ball", "dog")
    assert [bool(mask.any()) for mask in tracks.track("ball").masks] == [False, False, True, False]


@pytest.mark.parametrize("names", [("{:02d}.png", "{:02d}.tif"), ("comp_v1.{:02d}.png", "comp_v2.{:02d}.png")])
def test_the_same_masks_in_two_formats_or_versions_are_not_two_objects(tmp_path, names):
    for name, masks in zip(names, two_objects().values(), strict=True):
        save_masks(tmp_path, masks, name)
    with pytest.raises(MaskVideoError, match="holds 2 sequences"):
        open_tracks(tmp_path)


def test_objects_folders_are_in_the_order_of_their_numbers(tmp_path):
    for name in ("1", "2", "10"):
        save_masks(tmp_path / name, moving_disc(2), "{:02d}.png")
    assert open_tracks(tmp_path).names == ("1", "2", "10")


@pytest.mark.parametrize("name", ["frame_{n}_mask.png", "masks/frame_{n}.png", "frame_{n}.png"])
def test_pictures_beside_masks_are_left_out(tmp_path, name):
    for n, mask in enumerate(moving_disc(3)):
        pixels = np.random.default_rng(n).integers(0, 256, (*mask.shape, 3)).astype(np.uint8)
        picture = tmp_path / ("frames" if "/" in name else "") / f"frame_{n}.jpg"
        picture.parent.mkdir(exist_ok=True)
        Image.fromarray(pixels).save(picture)
        path = tmp_path / name.format(n=n)
        save_masks(path.parent, [mask], path.name)
    assert (collect(open_tracks(tmp_path)).union() == moving_disc(3)).all()


def test_what_stands_beside_one_sequence_is_told_and_not_read_as_a_frame(tmp_path):
    save_masks(tmp_path, moving_disc(3), "m_{:02d}.png")
    save_masks(tmp_path, moving_disc(1), "sheet.png")
    with pytest.raises(MaskVideoError, match=r"holds 2 sequences \(m_##\.png, 3 files, 0 to 2; sheet\.png, 1 file\)"):
        open_tracks(tmp_path)


def test_errors_say_how_the_masks_were_read(tmp_path):
    save_masks(tmp_path, 0 * moving_disc(2), "{:02d}.png")
    with (
        pytest.raises(MaskVideoError, match=r"too small \(read: value 0: no object\)"),
        open_tracks(tmp_path).explained(),
    ):
        raise MaskVideoError("too small")
